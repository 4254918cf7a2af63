"""The command line: examples in every help, and one line with exit code 2 for every bad input."""

import gzip
import json
import re
import shlex
import shutil
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from search.commands.main import app, run_app
from tests.search.searches import instead

COMMANDS = [command.callback.__name__ for command in app.registered_commands]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_DATA", raising=False)
    return tmp_path


def refused(capsys, *arguments):
    """The one line on standard error that the command line refuses with. A search says first what it will do."""
    assert run_app(list(arguments)) == 2
    captured = capsys.readouterr()
    assert re.fullmatch(r"(study \S+: loading torch and .+\n)?", captured.out)
    lines = captured.err.splitlines()
    assert len(lines) == 1, captured.err
    return lines[0]


def run(*more):
    return instead(("run", "--budget", "8000", "--dataset", "digits"), more)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example(command, capsys):
    assert run_app([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    assert "…" not in said
    assert "..." not in said.partition("\n\n")[2]  # the usage has them
    out = " ".join(said.split())
    assert f"Example: python -m search {command}" in out


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("run", "below the larger of them"),
        ("run", "--finals, --timeout, --workers, --device, --log and the options of Ray and of the database are not"),
        ("run", "End after this time with finals, not counting a teacher's training"),
        ("worker", "End after this time, not counting a teacher's training"),
        *((name, "as net.py:Net") for name in ("count", "train", "confirm", "explain", "export", "compare", "bench")),
        *((name, "one a core, as far as memory allows") for name in ("run", "worker", "confirm", "explain", "bench")),
    ],
)
def test_a_help_says_what_is_so(command, says, capsys):
    run_app([command, "--help"])
    assert says in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--budget", "10", "--dataset", "digits"), ["10 parameters", "smallest", "132"]),
        (("run", "--budget", "131", "--dataset", "digits"), ["132"]),
        (("run", "--budget", "0", "--dataset", "digits"), ["at least 1", "132"]),
        (("run", "--budget", "-5", "--dataset", "digits"), ["-5", "132"]),
        (
            ("run", "--budget", "many", "--dataset", "digits"),
            ["--budget must be a whole number", "8000", "many"],
        ),
        (("run",), ["--budget"]),
        (run("--dataset", "cifar"), ["cifar", "mnist", "digits"]),
        (run("--sampler", "grid"), ["grid", "tpe", "nsga2"]),
        (run("--pruner", "axe"), ["axe", "hyperband"]),
        (run("--sampling", "odd"), ["odd", "inside", "plain"]),
        (run("--device", "tpu"), ["tpu", "cpu"]),
        (run("--device", "cuda"), ["--device cuda needs a GPU", "use --device cpu"]),
        (run("--precision", "fp8"), ["fp8", "bf16"]),
        (run("--workers", "999"), ["--workers 999 need", "GiB are free", "or fewer"]),
        (run("--deterministic", "--pruner", "hyperband"), ["--deterministic", "--pruner hyperband"]),
        (run("--deterministic", "--cost-aware"), ["cannot have --cost-aware, which", "leave one out"]),
        (run("--epochs", "0"), ["--epochs", "0"]),
        (run("--epochs", "-3"), ["--epochs", "-3"]),
        (run("--hold", "0"), ["--hold"]),
        (run("--hold", "20"), ["--hold 20", "--epochs 15"]),
        (run("--trials", "0"), ["--trials"]),
        (run("--target", "0"), ["--target"]),
        (run("--target", "101"), ["--target", "101"]),
        (run("--workers", "0"), ["--workers", "auto"]),
        (run("--workers", "two"), ["--workers", "two"]),
        (run("--timeout", "soon"), ["--timeout", "soon", "30m"]),
        (run("--timeout", "0"), ["--timeout"]),
        (run("--seed", "-1"), ["--seed"]),
        (run("--storage", "sqlite:///x.db"), ["--storage", "postgresql+psycopg://", "not of the kind sqlite"]),
        (run("--storage", f"postgresql://u:p@{'a' * 64}/d"), ["--storage", "no such URL"]),  # no host has such a name
        (run("--storage", "postgresql://u:p@a..b/d"), ["--storage", "no such URL"]),
        (run("--storage", "postgresql://u:p@p@h/d"), ["--storage", "%40"]),
        (run("--study", "../away"), ["--study", "../away"]),
        (run("--study", ""), ["--study"]),
        (run("--max-macs", "1000"), ["1,000 multiply-adds", "smallest"]),
        (run("--max-activation-bytes", "-1"), ["at least 1"]),
        (run("--colour", "red"), ["--colour"]),
        (("sing",), ["sing"]),
        (("run", "--budget", "8000", "--data-dir", "nowhere"), ["nowhere", "does not exist"]),
        (("count", "c8 foo"), ["layer 2 `foo`"]),
        (("count", "c8k6 mp c8 c8 c8 c8 c10k5"), ["layer 7 `c10k5`: kernel 5 does not fit a 3x3 map"]),
        (("count", ""), ["empty"]),
        (("count", "ladder-3/7"), ["ladder-3/7", "ladder-3/6"]),
        (("count", "best"), ["no study", "run --budget"]),
        (("train", "c8 gap", "--dataset", "digits"), ["of 8 classes", "1x28x28 of 10"]),
        (("train", "ladder-3/6", "--dataset", "digits", "--epochs", "0"), ["--epochs", "0"]),
        (("train", "ladder-3/6", "--dataset", "digits", "--save", "no/w.safetensors"), ["does not exist"]),
        (("bench", "--dataset", "digits", "--batch", "1"), ["--batch", "1"]),
        (("bench", "--dataset", "digits", "--images", "20"), ["--images must be at least 128, not 20"]),
        (("bench", "--dataset", "digits", "--device", "cuda"), ["--device cuda needs a GPU"]),
        (("train", "ladder-3/6", "--dataset", "digits", "--device", "cuda"), ["--device cuda needs a GPU"]),
        (("best",), ["no study"]),
        (("table",), ["no study"]),
        (("report",), ["no study"]),
        (("export",), ["no study"]),
        (("show", "3"), ["no study"]),
        (("dashboard",), ["no study"]),
        (("dashboard", "--port", "0"), ["--port"]),
        (("best", "--study", "other"), ["other"]),
        (("space", "--budget", "12"), ["132"]),
    ],
)
def test_bad_input_is_one_line(here, capsys, arguments, words):
    line = refused(capsys, *arguments)
    for word in words:
        assert word in line
    assert not (here / "runs").exists(), "a refused command left something behind"


def test_refusing_loads_neither_torch_nor_optuna(here):
    """In a clean interpreter; what is not loaded need not be waited for."""
    script = (
        "import sys; from search.commands.main import run_app\n"
        "for line in sys.argv[1:]: assert run_app(line.split()) in (0, 2), line\n"
        "print([name for name in ('torch', 'optuna', 'fvcore', 'pandas') if name in sys.modules])"
    )
    lines = ["--help", "run --help", "run --budget 5", "run --budget x", "run --budget 8000 --data-dir nowhere"]
    lines += ["run --budget 8000 --sampler x", "run --budget 8000 --epochs 0", "best"]
    done = subprocess.run([sys.executable, "-c", script, *lines], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def images(count):
    return struct.pack(">iiii", 2051, count, 28, 28) + bytes(784 * count)


def labels(count):
    return struct.pack(">ii", 2049, count) + bytes(count)


def test_damaged_data_is_named(here, capsys):
    raw = here / "d" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        (raw / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images(3)))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(labels(3))
    command = ("run", "--budget", "8000", "--data-dir", "d")
    (raw / "t10k-labels-idx1-ubyte").write_bytes(labels(2))
    assert "t10k-labels-idx1-ubyte holds 2 labels" in refused(capsys, *command)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(labels(3)[:-1])
    assert "t10k-labels-idx1-ubyte is cut short" in refused(capsys, *command)
    (raw / "t10k-labels-idx1-ubyte").unlink()
    assert "t10k-labels-idx1-ubyte (or .gz) is missing" in refused(capsys, *command)
    assert not (here / "runs").exists()


def test_a_study_folder_that_cannot_be_written(here, capsys):
    Path("runs").write_text("a file where the folder should be")
    assert "runs/digits-8000 cannot be written" in refused(capsys, *run())


def test_a_study_file_that_is_not_a_database_is_named_and_kept(here, capsys):
    folder = Path("runs/digits-8000")
    folder.mkdir(parents=True)
    file = folder / "study.db"
    for content in (b"not a database at all", b"SQLite format 3\0" + bytes(50)):
        file.write_bytes(content)
        assert "runs/digits-8000/study.db is not a study's database" in refused(capsys, *run())
        assert file.read_bytes() == content
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    before = file.read_bytes()
    assert "study.db is not a study's database (it holds other tables)" in refused(capsys, *run())
    assert file.read_bytes() == before


def test_a_study_file_that_was_cut_short_is_named_and_kept(studied, here, capsys):
    """Where nothing of its trials stands beside it, as in studies of earlier versions."""
    folder, _ = studied
    shutil.copytree(folder / "runs", here / "runs")
    shutil.rmtree(here / "runs" / "digits-2000" / "told")
    file = here / "runs" / "digits-2000" / "study.db"
    for path in file.parent.glob("study.db-*"):
        path.unlink()
    content = file.read_bytes()[: file.stat().st_size // 2 // 4096 * 4096 + 100]
    file.write_bytes(content)
    line = refused(capsys, "run", "--budget", "2000", "--dataset", "digits", "--epochs", "2")
    assert "study.db is not a study's database" in line
    assert file.read_bytes() == content


def test_settings_that_differ_are_named(studied, monkeypatch, capsys):
    monkeypatch.chdir(studied[0])
    line = refused(
        capsys, "run", "--budget", "2000", "--dataset", "digits", "--epochs", "3", "--hold", "3", "--seed", "7"
    )
    assert "epochs 2 there, 3 here" in line
    assert "hold 1 there, 3 here" in line
    assert "seed 0 there, 7 here" in line
    assert "--study" in line


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("bset", "best"),
        ("zo/8000", "zoo/8000"),
        ("zoo/800", "zoo/8000"),
        ("lader-3/6", "ladder-3/6"),
        ("ladder3/6", "ladder-3/6"),
    ],
)
def test_a_design_that_does_not_exist_is_answered_with_the_nearest(here, capsys, text, near):
    for command in ("count", "export"):
        assert run_app([command, text]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert text in line
        assert near in line
    assert list(here.iterdir()) == []


def test_outputs_are_never_overwritten_without_leave(studied, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(studied[0])
    kept = tmp_path / "net.py"
    kept.write_text("mine")
    assert "exists" in refused(capsys, "export", "best", "-o", str(kept))
    assert "exists" in refused(capsys, "report", "-o", str(kept))
    assert "exists" in refused(capsys, "table", "--csv", str(kept))
    assert kept.read_text() == "mine"
    assert "does not exist" in refused(capsys, "export", "best", "-o", str(tmp_path / "no" / "net.py"))
    assert "is a folder" in refused(capsys, "report", "-o", str(tmp_path))


def test_damaged_weights_are_not_exported(studied, monkeypatch, capsys, tmp_path):
    shutil.copytree(studied[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    for weights in Path("runs").glob("*/weights/*.safetensors"):
        weights.write_bytes(weights.read_bytes()[:100])
    line = refused(capsys, "export", "best", "-o", "other.py")
    assert "is damaged" in line
    assert "train the design again" in line


def test_a_trial_that_is_not_there(studied, monkeypatch, capsys):
    monkeypatch.chdir(studied[0])
    assert "no trial 99" in refused(capsys, "show", "99")


def test_count_prints_the_contract(capsys):
    assert run_app(["count", "ladder-3/6", "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert (counted["parameters"], counted["macs"], counted["receptive_field"]) == (7624, 1_068_480, 28)
    assert sum(layer["parameters"] for layer in counted["layers"]) == 7624
    assert counted["layers"][0] == {
        "token": "c8", "shape": [8, 26, 26], "parameters": 72, "macs": 48672, "receptive_field": 3,
    }  # fmt: skip
    assert run_app(["count", "ladder-3/6"]) == 0
    out = capsys.readouterr().out
    assert "1,068,480" in out
    assert "16x24x24" in out


def test_space_prints_its_share(capsys):
    assert run_app(["space", "--budget", "4000", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["share_inside_budget"]["inside"] == 1.0
    assert 0 < printed["share_inside_budget"]["plain"] < 0.2
    assert printed["choices"]["first_pool_field"] == "5 | 7 | 9"
    assert run_app(["space", "--image-size", "64"]) == 2
    assert "go with --dataset" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        "",
        "--trials 7 --timeout 1.5h --epochs 8 --hold 3 --target 99.25 --minimize-parameters --workers 1 --study a-b",
        "--seed 3 --sampler gp --pruner none --space core --sampling plain --warm-start none --deterministic",
        "--device cpu --precision bf16 --max-macs 500000 --max-activation-bytes 100000 --timeout 90 --finals 0",
        "--executor ray --ray-address h:1 --gpus-per-trial 0.5 --workers 2 --storage postgresql+psycopg://u@h/d",
        "--executor ray",
        "--cost-aware --timeout 25m",
        "--no-cost-aware",
    ],
)
def test_the_command_that_goes_on_means_the_same(options, here, monkeypatch):
    asked = []
    monkeypatch.setattr("search.commands.searching.search", lambda settings, **more: asked.append((settings, more)))
    assert run_app([*run(), *options.split()]) == 0
    ((settings, lines),) = asked
    assert run_app(shlex.split(lines["command"])[3:]) == 0
    assert asked.pop()[0] == settings


@pytest.mark.parametrize(
    ("typed", "inherited", "notes"),
    [
        ("postgresql://u:secret@h/d", None, 1),
        ("postgresql://u:secret@h/d", "postgresql://u:secret@h/d", 1),
        (None, "postgresql://u:secret@h/d", 0),
        ("postgresql://u@h:5432/d", None, 0),  # the password is in ~/.pgpass
        (None, None, 0),
    ],
)
def test_a_password_that_was_typed_is_said_to_be_seen(here, monkeypatch, capsys, typed, inherited, notes):
    monkeypatch.setattr("search.commands.searching.search", lambda *_, **__: 0)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    if inherited:
        monkeypatch.setenv("THIMBLE_STORAGE", inherited)
    assert run_app([*run(), *(("--storage", typed) if typed else ())]) == 0
    err = capsys.readouterr().err
    assert err.count("can be read in the list of processes") == err.count("$THIMBLE_STORAGE") == notes
    assert "secret" not in err


def test_the_command_that_goes_on_repeats_what_was_typed_and_hides_a_password(here, monkeypatch):
    lines = []
    monkeypatch.setattr("search.commands.searching.search", lambda settings, **more: lines.append(more))
    storage = ("--storage", "postgresql://u:secret@h/d")
    assert (
        run_app([*run(), *storage, "--timeout", "2h", "--study", "a-b", "--dashboard", "--dashboard-port", "8081"])
        == 0
    )
    line = lines[0]["command"]
    assert lines[0]["again"] == "python -m search run --timeout 2h --study a-b --dashboard --dashboard-port 8081"
    assert line.startswith("python -m search run --budget 8000 --dataset digits --timeout 2h --study a-b")
    assert line.endswith("--study a-b --dashboard --dashboard-port 8081")  # $THIMBLE_STORAGE has the password
    assert "secret" not in line
