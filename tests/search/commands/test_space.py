"""Spaces of somebody's own on the command line: printed, searched, kept by the study, and refused in one line."""

import functools
import json
import random
import tomllib
from pathlib import Path

import pytest

import thimble
from search.commands.main import run_app
from search.settings import Settings
from space.choices.own_writing import toml_of
from space.choices.survey import survey
from space.task import DIGITS
from tests.amounts import slow, soak
from tests.search.commands.test_malformed import refused
from tests.space.choices.spaces import random_document

MINE = """
forms = ["stages", "template"]
templates = ["c? bn relu mp [ c?k3p1g? bn relu c?k1 bn ] relu"]
start = ["c8 bn relu mp [ c8k3p1g8 bn relu c8k1 bn ] relu gap c10k1"]
optimizer = "adamw"
batch_size = [64, 96]
momentum = { low = 0.6, high = 0.7, when = { schedule = "cosine" } }
"""
RUN = ["run", "--budget", "2000", "--dataset", "digits", "--epochs", "1", "--workers", "1", "--finals", "0"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THIMBLE_DATA", "")
    return tmp_path


@pytest.fixture
def few_proposals(monkeypatch):
    """Shares of 60 random proposals instead of 500, for what compares them with one another."""
    for place in ("space.choices.survey", "search.api.tools"):
        monkeypatch.setattr(f"{place}.survey", functools.partial(survey, proposals=60))


def printed(capsys, *words):
    assert run_app(list(words)) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["core", *slow("wide", "taught")])
def test_a_printed_space_is_the_space(name, place, few_proposals, capsys):
    text = printed(capsys, "space", "--toml", "--space", name)
    tomllib.loads(text)
    place.joinpath("my.toml").write_text(text)
    shown = printed(capsys, "space", "--json", "--space", name)
    own = json.loads(printed(capsys, "space", "--json", "--space", "my.toml"))
    assert own == json.loads(shown) | {"space": "my"}, "and is called by its file, as it may be changed"
    again = printed(capsys, "space", "--toml", "--space", "my.toml")
    assert [one for one in again.splitlines() if one != 'name = "my"'] == [
        one for one in text.splitlines() if not one.startswith("# name = ")
    ]
    assert max(map(len, text.splitlines())) < 180


def test_ones_own_space_is_shown(place, few_proposals, capsys):
    place.joinpath("my.toml").write_text(MINE)
    shown = json.loads(printed(capsys, "space", "--json", "--space", "my.toml", "--budget", "2000"))
    assert shown["space"] == "my"
    assert shown["choices"]["optimizer"] == "adamw"
    assert shown["share_inside_budget"]["inside"] == 1.0
    assert "batch_size" in printed(capsys, "space", "--space", "my.toml", "--budget", "2000")
    assert thimble.space(2000, place / "my.toml").choices["batch_size"].options == (64, 96)
    assert "leave one out" in refused_here(capsys, ["space", "--toml", "--json"])


def refused_here(capsys, words):
    assert run_app(words) == 2
    return capsys.readouterr().err


@pytest.mark.slow
def test_a_study_keeps_its_space(place, capsys):
    """It goes on without the file, under another name of it, and not with another space."""
    file = place / "my.toml"
    file.write_text(MINE)
    printed(capsys, *RUN, "--space", "my.toml", "--trials", "3", "--study", "own")
    study = thimble.load("runs/own")
    assert study.trials[0].origin.startswith("start 1")
    recipes = [trial.recipe for trial in study.trials if trial.recipe]
    assert all(recipe.optimizer == "adamw" and recipe.batch_size in (64, 96) for recipe in recipes)

    settings = json.loads(Path("runs/own/settings.json").read_text())
    assert settings["settings"]["space"]["templates"] == tomllib.loads(MINE)["templates"]
    assert Settings.from_json(
        settings["settings"], workers=1, timeout=None, device="cpu", finals=0
    ).identity == settings["identity"]  # fmt: skip

    file.rename(place / "moved.toml")
    printed(capsys, "run", "--study", "own", "--trials", "4", "--workers", "1", "--finals", "0")
    printed(capsys, *RUN, "--space", "moved.toml", "--trials", "5", "--study", "own")
    assert thimble.Search(2000, "digits", folder="runs/own", epochs=1, space=place / "moved.toml").settings.space.name
    assert len(thimble.load("runs/own").trials) >= 5

    other = MINE.replace("[64, 96]", "[64]").replace("high = 0.7", "high = 0.8")
    file.write_text(other.replace('"stages", "template"', '"template"'))
    said = refused_here(capsys, [*RUN, "--space", "my.toml", "--trials", "6", "--study", "own"])
    assert said.count("\n") == 1
    assert "(space family stages | template there, template here, space batch_size 64 | 96 there, 64 here, " in said
    assert "space momentum 0.6 to 0.7 (" in said
    for name in ("wide", "core"):
        said = refused_here(capsys, [*RUN, "--space", name, "--trials", "6", "--study", "own"])
        assert f"space of its own, of wide there, {name} " in said

    for words in ("table", "list", "best", "show 0", "report -o r.html", "export 0 -o n.py"):
        printed(capsys, *words.split())
    assert "moved, of wide: forms stages, template" in place.joinpath("r.html").read_text()
    Path("runs/own/settings.json").unlink()
    Path("runs/own").joinpath("settings copy.json").unlink(missing_ok=True)
    printed(capsys, "run", "--study", "own", "--trials", "6", "--workers", "1", "--finals", "0")


def test_a_file_that_says_what_the_built_in_space_is_goes_on_with_its_study(place, capsys):
    printed(capsys, *RUN, "--space", "core", "--trials", "1", "--study", "core", "--warm-start", "none")
    place.joinpath("printed.toml").write_text(toml_of("core", task=DIGITS, augment="digits"))
    printed(capsys, *RUN, "--space", "printed.toml", "--trials", "2", "--study", "core")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.toml", None, "none.toml cannot be read (No such file or directory)"),
        ("binary.toml", b"name = '\xff\xfe'", "binary.toml, line 1: not UTF-8"),
        ("null.toml", b"a = 1\n\x00", "null.toml, line 2: not TOML"),
        ("huge.toml", b"#" * 300_000, "larger than 256 KiB"),
        ("bom.toml", b"\xef\xbb\xbfpol = 1", 'line 1: there is no key "pol"; the nearest is pool'),
        ("start.toml", b"start = [\n'c8 relu mp c10k3p1b gelu gap']", "line 2: start must be a network that"),
        ("one.toml", b"start = ['c8 relu c12 gap']", "12 classes"),
        ("share.toml", b"start = ['c64 relu mp c4 relu mp c10k1 gap']", "share_after_1 0.0625 lies outside"),
        ("template.toml", b"templates = [\n'c?',\n'c? flatten fc?']", "line 3: number 2 of templates, 'c? flatten"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_named(name, content, said, place, capfd):
    if content is not None:
        place.joinpath(name).write_bytes(content)
    assert said in refused(capfd, [*RUN, "--space", name])
    assert not place.joinpath("runs").exists()


def test_names_that_are_none_and_folders(place, capfd):
    assert "the nearest is wide" in refused(capfd, [*RUN, "--space", "wied"])
    for given in ("", "spaces", ".", "/dev/null/x", "a\x00b.toml", "x" * 5000, "\udcff.toml"):
        assert "--space" in refused(capfd, [*RUN, "--space", given])


# Generated files: a good one, broken in one way.

_JUNK = ("[]", "{}", '""', "''", "nan", "-inf", "1e999", "true", "0", "-1", "9" * 20, "3.5", '"\\u0000"', "[[]]",
         "[1, 'a']", "{ low = 1 }", "{ low = 2, high = 1 }", "{ low = 'a', high = 'b' }", "1979-05-27", "[nan]",
         "{ when = {} }", "{ options = [] }", "{ otherwise = 1 }", "'\x07'", "\"\"\"\n\"\"\"",
         "{ low = 0, high = 0, log = 3 }")  # fmt: skip


def _key(rng, lines):
    lines[rng.randrange(len(lines))] = rng.choice(["pol", "x.y", '"🧵"', "Momentum", "family", "momentums"]) + " = 1"


def _value(rng, lines):
    place = rng.randrange(len(lines))
    lines[place] = lines[place].partition("=")[0] + "= " + rng.choice(_JUNK)


def _twice(rng, lines):
    lines.append(rng.choice(lines))


def _cut(rng, lines):
    place = rng.randrange(len(lines))
    lines[place] = lines[place][: rng.randrange(max(1, lines[place].index("=") + 1))]


def _bytes(rng, lines):
    lines.insert(
        rng.randrange(len(lines) + 1), rng.choice(["\udcff", "\x00", "]", "= 3", "[[", "'", '"""', "{", "\x1b[31m"])
    )


def _network(rng, lines):
    word = rng.choice(
        ["mp?", "c?", "]", "[", "foo", "c0", "gn0", "|", "=conv9", "c8k99", "do2", "\x1b", "?", "fc?", "c" * 5000]
    )
    lines.append(f"templates = ['c? relu', {json.dumps(f'c? relu {word} mp30')}]")


_DAMAGES = (_key, _value, _value, _twice, _cut, _bytes, _network)


def malformed(rng):
    """Returns the text of a file that is wrong, as far as anybody can say that before it is read."""
    document = random_document(rng, DIGITS) | {"name": "x"}
    lines = [f"{name} = {_toml(value)}" for name, value in document.items() if name != "templates"]
    rng.choice(_DAMAGES)(rng, lines)
    return "\n".join(lines)


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + " }"
    return "[" + ", ".join(map(_toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def check_malformed(count, place, capfd):
    rng, wrong = random.Random(5), 0
    for _ in range(count):
        text = malformed(rng)
        place.joinpath("my.toml").write_text(text, errors="surrogateescape")
        code = run_app(["space", "--space", "my.toml", "--toml"])
        out, err = capfd.readouterr()
        if code == 0:  # a value that happens to be allowed
            tomllib.loads(out)
            continue
        wrong += 1
        lines = err.splitlines()
        assert (code, out, len(lines)) == (2, "", 1), (text, out, err)
        assert lines[0].startswith(("error: --space my.toml", "error: no network of the search space x")), (text, err)
        assert ", line " in lines[0] or "no network" in lines[0] or "KiB" in lines[0], (text, err)
        assert lines[0].isprintable()
        assert len(lines[0]) < 1200, text
    print(f"{wrong} of {count} files refused")
    assert wrong > 0.8 * count


def test_malformed_files(place, capfd):
    check_malformed(80, place, capfd)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_hundreds_of_malformed_files(place, capfd):
    check_malformed(soak("MALFORMED", 150), place, capfd)
