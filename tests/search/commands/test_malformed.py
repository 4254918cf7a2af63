"""Generated command lines and settings files that are wrong: exit code 2, one line, nothing changed."""

import contextlib
import itertools
import json
import random
import shutil
from pathlib import Path

import pytest
import typer

from search.commands.main import app, run_app
from tests.amounts import soak

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands
REQUIRED = {
    "run": ["--budget", "3000"],
    "worker": ["--study", "s", "--storage", "postgresql://u:hush@127.0.0.1/d"],
    "train": ["ladder-3/6"],
    "count": ["ladder-3/6"],
    "show": ["0"],
    "bench": ["ladder-3/6"],
    "reproduce": ["ladder-3/6"],
}
DATA = {"run", "train", "bench", "confirm", "reproduce"}  # which would look for MNIST otherwise
# fmt: off
JUNK = ("", " ", "\n", "-", "--", "x" * 5000, "1 2", "0x10", "1_0", "½", "٣", "NaN", "inf", "1e999", "-1e-999",
        "None", "[]", "{}", "\x1b[31m", "\r", "\t", "🧵", "\udcff", "../..", "/", "%s", "{0}",
        "$HOME", "a\x7fb", "﷽", "+", ",", "1,000", "true", "9" * 400, "-" + "9" * 400, "٠", "1.", ".5.", "'",
        '"', "\\", ";", "--budget", "=")
# fmt: on
NO_NUMBER = [text for text in JUNK if text not in ("1_0", "1,000", "1.")]
NOWHERE = ("no/such/folder/x", "no/" * 600, "x" * 300 + "/x", "\udcff/x")
WRONG = {  # values of options that hold text or a number, which no command takes
    "budget": [*NO_NUMBER, "0", "-1", "131", "12.5", "8x"],
    "trials": [*NO_NUMBER, "0", "-7", "1.5"],
    "epochs": [*NO_NUMBER, "0", "-1", "2.5"],
    "last_epochs": [*NO_NUMBER, "0", "-1", "1001"],
    "target": ["0", "-3", "100.01", "NaN", "inf", "-inf", "1e999", "high", "99,4", "99%", "", "0x63"],
    "workers": ["0", "-1", "1.5", "many", "1000", "", " 2", "2 ", "٣", "auto ", "9" * 50],
    "timeout": ["0", "-1", "soon", "1d", "1h30m", "", " 5", "5 s", "٣m", "NaN", "inf", "1e5", "9" * 40],
    "study": ["", ".", "..", "../s", "a/b", "-s", "a b", "a" * 65, "ü", "s\n", "\udcff", "a\\b", "$(x)", "🧵"],
    "storage": ["", "sqlite:///hush.db", "postgresql://", "mysql://u:hush@h/d", "hush", "postgresql://u:hush@h", "://",
                f"postgresql://u:hush@{'a' * 70}/d", "postgresql://u:hush@a..b/d",
                "postgresql+psycopg2://u:hush@h/d", "postgresql://u:hu@sh@h/d", "postgresql://u@h/d?password=hush",
                "postgresql://u:hush@h:port/d", "postgresql://u:hush@h:99999999/d"],
    "seed": [*NO_NUMBER, "-1", str(2**32)],
    "max_macs": [*NO_NUMBER, "0", "-1", "10"],
    "max_activation_bytes": [*NO_NUMBER, "0", "-1", "10"],
    "gpus_per_trial": ["-1", "65", "NaN", "inf", "one", ""],
    "data_dir": list(NOWHERE),
    "save": list(NOWHERE),
    "csv": list(NOWHERE),
    "output": list(NOWHERE),
    "weights": list(NOWHERE),
    "top": ["-1", "1.5", "all", ""],
    "port": [*NO_NUMBER, "0", "-1", "65536", "http"],
    "batch": [*NO_NUMBER, "0", "1", "-5"],
    "images": ["0", "-5", "12", "all", ""],
    "finals": [*NO_NUMBER, "-1", "1001"],
    "seeds": [*NO_NUMBER, "0", "-5", "101"],
    "repeats": [*NO_NUMBER, "0", "-5"],
}  # fmt: skip
CHOICES = {"dataset", "sampler", "pruner", "sampling", "warm_start", "device", "precision", "executor"}
NOTATION = ("c8", "relu", "c16k1", "mp", "bn", "d0.1", "gap", "c10", "ap2", "c10k1")
BROKEN = ("c0", "c-3", "c8k0", "c8k99", "c8k", "k3", "c8c8", "relu6x", "mp1", "mp99", "d1", "d1.5", "dnan", "gap2",
          "c", "c99999999999", "C8", "c8k3.5", "bn8", "ap0", "ladder-3/6", "\x00", "🧵", "(", "c8,relu",
          "d0,1")  # fmt: skip


def valid(command):
    return [command, *REQUIRED.get(command, []), *(["--dataset", "digits"] * (command in DATA))]


def options(command):
    return [p for p in COMMANDS[command].params if p.param_type_name == "option" and p.name not in ("help", "json")]


def wrong_value(rng):
    command = rng.choice([name for name in COMMANDS if any(p.name in WRONG for p in options(name))])
    option = rng.choice([p for p in options(command) if p.name in WRONG])
    value = rng.choice(WRONG[option.name])
    words = valid(command) + ["--executor", "ray"] * (option.name == "gpus_per_trial")
    spelled = option.opts[0]
    if spelled in words:
        del words[words.index(spelled) : words.index(spelled) + 2]
    return [*words, f"{spelled}={value}"] if rng.random() < 0.5 else [*words, spelled, value]


def wrong_choice(rng):
    command = rng.choice([name for name in COMMANDS if any(p.name in CHOICES for p in options(name))])
    option = rng.choice([p for p in options(command) if p.name in CHOICES])
    return [*valid(command), option.opts[0], rng.choice([*JUNK, "cpu ", "TPE1", "Digits_", "local,ray", "mnist\n"])]


def unknown_option(rng):
    name = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz-", k=rng.randint(3, 40)))
    return [*valid(rng.choice(list(COMMANDS))), f"--q{name}", *rng.sample(["1", "", "x"], rng.randint(0, 1))]


def no_value(rng):
    command = rng.choice([name for name in COMMANDS if any(not p.is_flag for p in options(name))])
    return [*valid(command), rng.choice([p.opts[0] for p in options(command) if not p.is_flag])]


def one_too_many(rng):
    command = rng.choice(list(COMMANDS))
    places = sum(p.param_type_name == "argument" for p in COMMANDS[command].params)
    words = REQUIRED.get(command, [])
    given = len(words) if words and not words[0].startswith("-") else 0
    extra = ["c8 gap c10"] * (places - given) + ["one", "too many"][: rng.randint(1, 2)]
    return [*valid(command), *extra]


def no_such_command(rng):
    word = rng.choice([text for text in JUNK if text.strip("-")] + [name + "s" for name in COMMANDS])
    return [word, *rng.sample(["--budget", "8000", "x"], rng.randint(0, 3))]


def broken_design(rng):
    command = rng.choice(["count", "train", "bench", "export"])
    words = [rng.choice(NOTATION) for _ in range(rng.randint(0, 12))]
    words.insert(rng.randint(0, len(words)), rng.choice([b for b in BROKEN if words or b != "ladder-3/6"]))
    return [command, *(["--dataset", "digits"] * (command in DATA)), "--", " ".join(words)]


def without(rng):
    """What a command cannot do without."""
    command = rng.choice(sorted(REQUIRED.keys() - {"bench"}))
    return [command, *(["--dataset", "digits"] * (command in DATA))]


KINDS = (wrong_value, wrong_value, wrong_value, wrong_choice, unknown_option, no_value, one_too_many, no_such_command,
         broken_design, broken_design, without)  # fmt: skip


def command_lines(count):
    rng = random.Random(0)
    return [rng.choice(KINDS)(rng) for _ in range(count)]


def cut(rng, text):
    return text[: rng.randrange(len(text) - 2)]


def not_text(rng, text):
    at = rng.randrange(len(text))
    return text[:at] + rng.choice([b"\xff\xfe", b"\x00", b"\xc3\x28", b"\x80"]) + text[at:]


def of_another_type(rng, text):
    kept = json.loads(text)
    wrong = {
        "identity": [None, [], {}, "x", 3],
        "target": [None, "99.4", 0, 99.4, [], True, float("nan")],
        "command": [None, 1, []],
        "created": [None, 20261121, {}],
        "versions": [None, [], {"torch": 2}, "x"],
        "storage": [1, [], {}],
        "data_dir": [1, [], {}],
        "note": [None, 1, []],
    }
    name = rng.choice(list(wrong))
    return json.dumps(kept | {name: rng.choice(wrong[name])}).encode()


def of_another_identity(rng, text):
    kept = json.loads(text)
    wrong = {
        "budget": [None, "2000", 0, -1, 2000.5, [], True],
        "dataset": [None, 3, []],  # whatever it is called, it is told by its content
        "epochs": [None, 0, "1", {}],
        "hold": [None, 0, "1", {}],
        "seed": [None, "0", 0.5],
        "sampling": [None, "odd", 3, [[]]],
        "space": [None, "", {}],
    }
    name = rng.choice(list(wrong))
    if rng.random() < 0.3:
        del kept["identity"][name]
    else:
        kept["identity"][name] = rng.choice(wrong[name])
    return json.dumps(kept).encode()


def something_missing(rng, text):
    kept = json.loads(text)
    del kept[rng.choice(["identity", "target", "command", "created", "versions"])]
    return json.dumps(kept).encode()


def something_else(rng, text):
    return rng.choice([b"", b"null", b"[]", b"{}", b"3", b'"x"', b"[" * 100_000, b'{"a":' * 50_000, b"NaN",
                       b"\x00" * 99, b"9" * 100_000, b"{}" * 2, rng.randbytes(300)])  # fmt: skip


DAMAGES = (cut, not_text, of_another_type, of_another_identity, something_missing, something_else)


@pytest.fixture
def study(studied, tmp_path, monkeypatch):
    shutil.copytree(studied[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    for name in ("THIMBLE_DATA", "THIMBLE_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    return next(Path("runs").glob("*/settings.json"))


def state():
    """Every file below the current folder, but the database's own bookkeeping."""
    return {
        file: (file.read_bytes() if file.is_file() else None)
        for file in sorted(Path().rglob("*"))
        if not file.name.endswith(("-shm", "-wal"))
    }


def refused(capfd, words):
    """The one line that the command line refuses with."""
    code = run_app(words)
    out, err = capfd.readouterr()
    assert (code, out) == (2, ""), (words, code, out, err)
    lines = [line for line in err.split("\n") if line and not line.startswith("note: a password")]
    assert len(lines) == 1, (words, err)
    assert lines[0].startswith("error: "), (words, err)
    assert "Traceback" not in err
    assert "hush" not in err, "a password is shown"
    assert len(lines[0]) < 1200, words
    assert lines[0].isprintable(), (words, "control characters are repeated")
    return lines[0]


def is_object(text):
    with contextlib.suppress(ValueError, RecursionError):
        return isinstance(json.loads(text), dict)
    return False


def check(lines, files, capfd, study):
    before = state()
    for words in lines:
        refused(capfd, words)
        assert state() == before, words
    whole, rng = study.read_bytes(), random.Random(1)
    identity = json.loads(whole)["identity"]
    again = ["run", "--budget", str(identity["budget"]), "--dataset", "digits", "--epochs", str(identity["epochs"])]
    for damage in itertools.islice(itertools.cycle(DAMAGES), files):
        study.write_bytes(damage(rng, whole))
        damaged = state()
        if is_object(study.read_bytes()):
            assert "settings" in refused(capfd, [*again, "--study", study.parent.name]), study.read_bytes()[:500]
            assert state() == damaged
        else:  # as a power cut leaves it: it is written anew from the database
            assert run_app(["best", "--study", study.parent.name]) == 0
            assert json.loads(study.read_bytes()) == json.loads(whole)
            capfd.readouterr()
    study.write_bytes(whole)


def test_malformed_command_lines_and_settings(study, capfd):
    check(command_lines(80), 25, capfd, study)


@pytest.mark.fault
@pytest.mark.timeout(900)
def test_hundreds_of_them(study, capfd):
    count = soak("MALFORMED", 200)
    check(command_lines(count), count // 2, capfd, study)
