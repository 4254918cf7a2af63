"""What `run` makes of its options, by themselves and in a study that has begun."""

import contextlib
import json
import shlex
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from PIL import Image

from search.commands.main import run_app
from search.errors import UserError
from search.settings import counted_epochs
from search.workers.room import parse_workers
from tests.search.searches import instead

RUN = ("run", "--budget", "2000", "--dataset", "digits", "--epochs", "2")


@pytest.fixture
def counted(monkeypatch):
    """How many last epochs count in a search that is asked for so."""
    asked = []
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    monkeypatch.setattr("search.commands.searching.search", lambda settings, **_: asked.append(settings) or 0)

    def of(*options):
        assert run_app(instead(RUN, options)) == 0
        return asked.pop().last_epochs

    return of


@pytest.mark.parametrize(
    ("epochs", "last"), [(1, 1), (2, 1), (3, 1), (5, 1), (6, 2), (9, 3), (14, 4), (15, 5), (17, 5), (1000, 5)]
)
def test_the_last_third_counts_and_five_epochs_at_most(counted, monkeypatch, tmp_path, epochs, last):
    monkeypatch.chdir(tmp_path)
    assert counted("--epochs", str(epochs)) == counted_epochs(None, epochs) == last
    assert counted("--epochs", str(epochs), "--hold", "1") == 1


@pytest.mark.parametrize("data", [("digits", "--image-size", "12"), ("auto", "--data-dir", "own")])
def test_a_limit_is_checked_for_the_images_that_there_are(counted, monkeypatch, tmp_path, capsys, data):
    """Of digits made smaller, and of others in files that are called as MNIST's are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    for part in ("train", "t10k"):
        pixels = np.random.default_rng(len(part)).integers(0, 256, (60, 12, 12), dtype=np.uint8)
        for kind, array in (("images-idx3", pixels), ("labels-idx1", (np.arange(60) % 2).astype(np.uint8))):
            head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
            (tmp_path / "own" / f"{part}-{kind}-ubyte").write_bytes(head + array.tobytes())
    assert counted("--max-macs", "12000", "--dataset", *data) == 1
    for words in (data, ("digits",)):
        least = "12" if words == data else "12000"
        assert run_app([*instead(RUN, ("--dataset", *words)), "--max-macs", least]) == 2
        assert "the smallest that can be met is" in capsys.readouterr().err


def test_a_study_goes_on_with_its_own(studied, counted, monkeypatch, tmp_path):
    """One of a version whose default was another, its settings lost or not; what is given counts all the same."""
    shutil.copytree(studied[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    folder = tmp_path / "copy" / "runs" / "digits-2000"
    stored = json.loads((folder / "settings.json").read_text())
    stored["identity"]["hold"] = 2
    (folder / "settings.json").write_text(json.dumps(stored))
    assert counted() == 2
    assert counted("--hold", "1") == 1
    assert counted("--epochs", "9") == 3
    assert counted("--study", "another") == 1
    for file in ("settings.json", "told/settings.json"):
        (folder / file).unlink()
    with contextlib.closing(sqlite3.connect(folder / "study.db")) as database, database:
        hold = """UPDATE study_user_attributes SET value_json = replace(value_json, '"hold": 1', '"hold": 2')"""
        assert database.execute(hold).rowcount
    assert counted() == 2


@pytest.fixture
def begun(studied, tmp_path, monkeypatch):
    """What a search is asked for, and its lines, in a folder that has the study of five trials."""
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    asked = []
    monkeypatch.setattr(
        "search.commands.searching.search", lambda *settings, **lines: asked.append((*settings, lines))
    )

    def of(*options):
        assert run_app(["run", *options]) == 0
        return asked.pop()

    return of


def test_a_study_goes_on_by_its_name_with_all_that_is_stored(begun):
    """What every option made it, and no other; what is a machine's own is as typed, or as usual."""
    stored = json.loads(Path("runs/digits-2000/settings.json").read_text())
    settings, lines = begun("--study", "digits-2000")
    assert json.loads(json.dumps(settings.to_json())) == stored["settings"]
    assert settings.identity == stored["identity"]
    assert (settings.workers, settings.timeout, settings.finals) == (parse_workers("auto"), None, 8)
    assert lines["again"] == "python -m search run --study digits-2000"
    assert lines["longer"](trials=9) == "python -m search run --trials 9 --study digits-2000"
    own = ("--timeout", "2h", "--workers", "1", "--finals", "0", "--device", "cpu")
    settings, lines = begun("--study", "digits-2000", *own, "--trials", "7", "--patience", "3")
    assert (settings.trials, settings.patience, settings.epochs) == (7, 3, 2)
    assert shlex.split(lines["again"])[4:] == [
        *("--timeout", "2h", "--study", "digits-2000", "--workers", "1", "--finals", "0", "--device", "cpu")
    ]


UNKNOWN = "c9k9 bn relu gap c10k1"  # a network that no search has


def test_a_warm_start_is_checked_where_the_study_has_not_begun(begun, capsys):
    """One that has begun keeps its own, whatever is given."""
    for words in (("--study", "digits-2000"), RUN[1:]):
        assert begun(*words, "--warm-start", UNKNOWN)[0].warm_start == UNKNOWN
    assert run_app([*RUN, "--study", "another", "--warm-start", UNKNOWN]) == 2
    assert "--warm-start must be a network that --space wide has" in capsys.readouterr().err


def test_a_study_that_cannot_begin_with_what_it_is_given_is_not_written_down(begun):
    """Whether a server has it already is known no earlier than here."""
    from search.loop.run import run_search
    from search.workers.stopping import Stop

    Path("runs").rename("before")
    settings, _ = begun(*RUN[1:])
    refused = replace(settings, warm_start=UNKNOWN)
    with pytest.raises(UserError, match="`warm_start` must be a network that `space` wide has"):
        run_search(refused, Path("runs"), command="", view=None, stop=Stop(), say=lambda _: None)
    assert not [*Path("runs").rglob("*.json"), *Path("runs").rglob("study.db*")]


def test_a_study_that_is_not_named_keeps_what_a_search_may_change(begun):
    """Other options must be as it was begun with, and are refused otherwise; the total is as typed, or as usual."""
    file = Path("runs/digits-2000/settings.json")
    stored = json.loads(file.read_text())
    own = {"target": 0.987, "sampler": "random", "pruner": "none", "warm_start": "none", "patience": 5}
    file.write_text(json.dumps(stored | {"settings": stored["settings"] | own | {"cost_aware": True}}))
    settings, _ = begun(*RUN[1:])
    assert {name: getattr(settings, name) for name in own} == own
    assert (settings.cost_aware, settings.trials, settings.study) == (True, 50, "digits-2000")
    settings, _ = begun(*RUN[1:], "--target", "99", "--pruner", "median", "--no-cost-aware")
    assert (settings.target, settings.pruner, settings.cost_aware, settings.patience) == (0.99, "median", False, 5)
    assert begun(*instead(RUN[1:], ("--budget", "3000")))[0].pruner == "screening"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            ("--augment", "natural"),
            "(space wide with other choices there, by another --augment or of another",
        ),
        (("--sampling", "plain"), "(sampling inside there, plain here)"),
    ],
    ids=str,
)
def test_what_makes_a_space_another_is_named(studied, tmp_path, monkeypatch, capsys, options, why):
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    assert run_app([*RUN, *options]) == 2
    assert why in capsys.readouterr().err


OPTIONS = (
    "--space core --sampling plain --warm-start none --sampler random --pruner none --seed 3 --hold 1 --target 98.7 "
    "--max-macs 900k --max-activation-bytes 0.2M --minimize-parameters --patience 12 --augment none "
    "--limit-images 900 --image-size 12 --hold-out 0.25 --deterministic --precision fp32 --trials 1k"
)


def test_every_option_that_is_stored_is_taken_from_there(begun, monkeypatch):
    """A study that was begun with everything unusual, and goes on by its name alone, renamed."""
    from search.study.beginning import beginning
    from search.study.begun import begin
    from search.study.folder import StudyFolder

    first, lines = begun("--budget", "9k", "--dataset", "digits", "--epochs", "4", *OPTIONS.split(), "--study", "odd")
    folder = StudyFolder("odd", Path("runs"))
    folder.path.mkdir()
    folder.told.mkdir()
    begin(folder, beginning(first, command=lines["command"]))
    folder.path.rename("runs/renamed")
    again, _ = begun("--study", "renamed")
    assert again == replace(first, study="renamed", source=again.source)
    assert again.source == replace(first.source, notes=again.source.notes)
    typed, _ = begun("--study", "renamed", "--seed", "4", "--trials", "2k", "--dataset", "digits")
    assert typed == replace(
        again, seed=4, trials=2_000, source=typed.source
    )  # of which the seed is refused when the study is opened


def test_images_that_were_moved_are_found_where_they_are_said_to_be(begun, tmp_path):
    """Of a study of a folder of pictures, which has gone elsewhere since."""
    from search.study.beginning import beginning
    from search.study.begun import begin
    from search.study.folder import StudyFolder

    for kind in ("cross", "ring"):
        (tmp_path / "pictures" / kind).mkdir(parents=True)
        for number in range(20):
            pixels = np.random.default_rng([number, len(kind)]).integers(0, 256, (12, 12), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / kind / f"{number}.png")
    first, lines = begun("--budget", "9k", "--dataset", "pictures", "--study", "mine")
    folder = StudyFolder("mine", Path("runs"))
    folder.told.mkdir(parents=True)
    begin(folder, beginning(first, command=lines["command"]))
    assert begun("--study", "mine")[0].source.digest == first.source.digest
    (tmp_path / "pictures").rename(tmp_path / "elsewhere")
    shutil.rmtree(first.source.folder)
    assert run_app(["run", "--study", "mine"]) == 2
    assert begun("--study", "mine", "--data-dir", "elsewhere")[0].source.digest == first.source.digest


def test_a_study_of_a_server_goes_on_there(begun, monkeypatch):
    """Its folder has the address, and the environment no more than the password."""
    file = Path("runs/digits-2000/settings.json")
    stored = json.loads(file.read_text())
    assert begun("--study", "digits-2000")[0].storage is None
    monkeypatch.setenv("THIMBLE_STORAGE", "postgresql://u:secret@h/d")
    assert begun("--study", "digits-2000")[0].storage is None, "it is kept in its folder"
    file.write_text(json.dumps(stored | {"storage": "postgresql+psycopg://u@h/d"}))
    settings, lines = begun("--study", "digits-2000")
    assert settings.storage == "postgresql+psycopg://u:secret@h/d"
    assert lines["again"] == "python -m search run --study digits-2000"
    assert "secret" not in lines["command"]
    monkeypatch.delenv("THIMBLE_STORAGE")
    assert begun("--study", "digits-2000")[0].storage == "postgresql+psycopg://u@h/d"
    typed = begun("--study", "digits-2000", "--storage", "postgresql://v@h/d")[0]
    assert typed.storage == "postgresql+psycopg://v@h/d"  # which is refused when the study is opened


@pytest.mark.parametrize(
    "settings",
    [{"budget": "many"}, {"trials": "x"}, {"sampler": "axe"}, {"hold": 9}, {"data": {"name": 3}}, {"target": 99}],
    ids=str,
)
def test_settings_that_are_damaged_are_named(begun, capsys, settings):
    file = Path("runs/digits-2000/settings.json")
    stored = json.loads(file.read_text())
    file.write_text(json.dumps(stored | {"settings": stored["settings"] | settings}))
    assert run_app(["run", "--study", "digits-2000"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "study digits-2000 cannot be read: its attribute 'settings" in line


def test_a_study_of_a_later_version_is_said_to_be(begun, capsys):
    file = Path("runs/digits-2000/settings.json")
    stored = json.loads(file.read_text())
    later = {
        "settings": stored["settings"] | {"pruner": "another"},
        "versions": stored["versions"] | {"thimble": "90.1.0"},
    }
    file.write_text(json.dumps(stored | later))
    assert run_app(["run", "--study", "digits-2000"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "; it was begun with version 90.1.0, and this is " in line
    assert line.endswith("; use that one")


def test_export_and_report_without_a_finished_trial(begun, capsys):
    """What a search has begun of which no trial has ended yet."""
    from search.study.beginning import beginning
    from search.study.begun import begin
    from search.study.databases import open_storage
    from search.study.folder import StudyFolder

    settings, lines = begun("--budget", "9000", "--dataset", "digits", "--study", "empty")
    folder = StudyFolder("empty", Path("runs"))
    with folder.locked():
        begin(folder, beginning(settings, command=lines["command"]))
        open_storage(folder).close()  # as a search leaves it that is ended while it trains a teacher
        said(capsys, "study empty has no trial yet; go on with it: ")
        storage = open_storage(folder)
        optuna.create_study(storage=storage, study_name="empty")
        storage.remove_session()
    said(capsys, "study empty has no trained trial yet; go on with it: ")


def said(capsys, line):
    capsys.readouterr()  # Optuna says that there is a new study
    for command in ("export", "report", "best"):
        assert run_app([command, "--study", "empty"]) == 2
        (error,) = capsys.readouterr().err.splitlines()
        assert line in error
        assert "run --budget 9000" in error
