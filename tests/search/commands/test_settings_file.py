"""`run --config FILE`: options from a TOML file, and the file that a study writes."""

import json
import random
import tomllib
from pathlib import Path

import pytest

from search.commands.main import run_app
from search.study.folder import StudyFolder
from search.study.reading import read_records
from tests.amounts import soak

QUICK = """
budget = [400, "1k"]  # two budgets
dataset = "digits"
epochs = 1
trials = 3
space = "core"
workers = 1
finals = 0
warm-start = "none"
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_typed_wins_over_the_file_and_that_over_the_defaults(here, capsys):
    Path("mine.toml").write_text(QUICK)
    assert run_app(["run", "--config", "mine.toml", "--trials", "2", "--study", "first", "--json"]) == 0
    records = read_records(StudyFolder("first", here / "runs"))
    assert [record.of_budget for record in records] == [400, 1000]
    assert all(record.epochs <= 1 for record in records)
    written = tomllib.loads(Path("runs/first/search.toml").read_text())
    assert (written["budget"], written["trials"], written["sampler"]) == ([400, 1000], 2, "tpe")
    assert "--config" not in json.loads(Path("runs/first/settings.json").read_text())["command"]

    assert run_app(["run", "--config", "runs/first/search.toml", "--study", "again", "--workers", "1"]) == 0
    again = read_records(StudyFolder("again", here / "runs"))
    assert [(one.notation, one.recipe) for one in again] == [(one.notation, one.recipe) for one in records]
    assert Path("runs/again/search.toml").read_text() == Path("runs/first/search.toml").read_text()

    capsys.readouterr()
    Path("other.toml").write_text('study = "again"\nepochs = 2\n')
    assert run_app(["run", "--config", "other.toml"]) == 2
    assert "epochs 1 there, 2 here" in capsys.readouterr().err


WRONG = {
    "budget = 8000\nepoch = 3\n": "wrong.toml, line 2: there is no option 'epoch'; the nearest is epochs",
    'budget = 8000\n\nepochs = "three"\n': "wrong.toml, line 3: --epochs must be a whole number",
    'budget = 8000\ndataset = "digits"\nepochs = 0\n': "wrong.toml, line 3: --epochs must be from 1 to 1,000, not 0",
    "budget = true\n": "wrong.toml, line 1: --budget must be one value, or a list of some",
    "budget = 8000\nbudget = 3\n": "wrong.toml, line 2: not TOML: budget is given twice",
    "budget 8000": "wrong.toml, line 1: not TOML",
    'budget = "8000': "wrong.toml, line 1: not TOML",
    "[run]\nbudget = 8000\n": "wrong.toml, line 1: there is no option 'run'",
    "budget = 8000\ngray = 1\n": "wrong.toml, line 2: --gray must be true or false, not 1",
    'budget = 8000\nsampler = "tp"\n': "wrong.toml, line 2: --sampler cannot be that: 'tp' is not one of",
    'budget = 8000\ndataset = "digits"\nhold = 40\n': "wrong.toml, line 3: --hold 40 must be at most --epochs 15",
    "budget = 8000\ntarget = 0.994\n": "wrong.toml, line 2: --target is in percent",
    "hold = 1\nlast_epochs = 2\n": "wrong.toml, line 2: last_epochs stands there twice, as hold too",
    "budget = 8000\nepochs = [3]\n": "wrong.toml, line 2: --epochs must be one value",
    "budget = 8000\nepochs = 1979-05-27\n": "wrong.toml, line 2: --epochs must be one value",
    'study = "a/b"\n': "wrong.toml, line 1: --study 'a/b' must be",
    'budget = 8000\nlog = ["foo"]\n': "--log must be tensorboard, mlflow or wandb, not 'foo'",
    'config = "other.toml"\n': "wrong.toml, line 1: there is no option 'config'",
    'budget = "2,000,4,000"\n': "with commas between, as 2k,4k,8k or 2,000, 4,000, not '2,000,4,000'",
    "budget = [8000, []]\n": "wrong.toml, line 1: --budget must be one value, or a list of some",
}


@pytest.mark.parametrize(("text", "line"), WRONG.items())
def test_what_cannot_be_is_one_line_with_file_and_line(here, capsys, text, line):
    Path("wrong.toml").write_text(text)
    assert run_app(["run", "--config", "wrong.toml"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert line in said
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("option", "file"),
    [("space", "spaces/my.toml"), ("dataset", "pictures.npz"), ("data-dir", "images"), ("warm-start", "net.py:Net")],
)
def test_a_file_that_is_beside_the_settings_and_not_here_is_named(here, capsys, option, file):
    there = Path("there", file.partition(":")[0])
    there.parent.mkdir(parents=True)
    there.mkdir() if option == "data-dir" else there.write_text("base = 'wide'\n")
    dataset = "" if option == "dataset" else 'dataset = "mnist"\n'
    Path("there/search.toml").write_text(f'budget = 8000\n{option} = "{file}"\n{dataset}')
    assert run_app(["run", "--config", "there/search.toml"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("error: there/search.toml, line 2: ")
    assert said.endswith(f"; files are looked for where the command is typed, and {there} is there\n")


def test_the_space_of_a_study_that_has_moved_is_named(here, capsys):
    Path("moved").mkdir()
    Path("moved/space.toml").write_text("base = 'wide'\n")
    Path("moved/search.toml").write_text('budget = 8000\nspace = "runs/own/space.toml"\n')
    assert run_app(["run", "--config", "moved/search.toml"]) == 2
    assert capsys.readouterr().err.endswith("typed, and moved/space.toml is there\n")


@pytest.mark.parametrize("name", ["nowhere.toml", ".", "binary.toml", "large.toml", "a\0b.toml", ""])
def test_a_file_that_cannot_be_read_is_one_line(here, capsys, name):
    Path("binary.toml").write_bytes(b"budget = 8000\n\xff\xfe\x00")
    Path("large.toml").write_bytes(b"#" * 300_000)
    assert run_app(["run", "--config", name]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def damaged(rng):
    """A file of options with letters taken out, put in, doubled or moved."""
    text = list(QUICK + 'augment = "digits"\nseed = 7\ncost_aware = false\nlog = ["tensorboard"]\ntimeout = "30m"\n')
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(text))
        match rng.randrange(4):
            case 0:
                del text[place]
            case 1:
                text.insert(place, rng.choice('"[]{}=.,#\n0a\\\t\u00e9\u2028'))
            case 2:
                text[place] = rng.choice('"[]{}=.,-_x9')
            case _:
                text[place:place] = text[place : place + rng.randint(1, 30)]
    return "".join(text)


@pytest.mark.slow
def test_hundreds_of_damaged_files_are_one_line_each(here, capsys, monkeypatch):
    monkeypatch.setattr("search.commands.run._search", lambda given: 0)  # what a file lets pass would be searched
    rng = random.Random(1)
    for _ in range(soak("CONFIGS", 150)):
        text = damaged(rng)
        Path("damaged.toml").write_text(text)
        code = run_app(["run", "--config", "damaged.toml"])
        said = capsys.readouterr().err
        assert code in (0, 2), text
        assert said.count("\n") == (1 if code else 0), (text, said)
