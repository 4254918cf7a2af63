"""A study of version 0.1.0, its database as text: it is read as that version read it, and gone on with."""

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from search.commands.main import run_app
from search.settings import Settings
from search.study.begun import check_same, read, settings_of
from search.study.folder import StudyFolder
from search.study.reading import read_settings
from train.data.dataset import open_dataset

STORED = Path(__file__).parent / "of_0_1"
NAME = "digits-2000"
OWN = {"source": open_dataset("digits", Path()), "workers": 1, "timeout": None, "device": "cpu", "finals": 0}


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("THIMBLE_DATA", "THIMBLE_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    folder = StudyFolder(NAME, Path("runs"))
    folder.weights.mkdir(parents=True)
    shutil.copy(STORED / "settings.json", folder.settings_file)
    with contextlib.closing(sqlite3.connect(folder.database)) as database:
        database.executescript((STORED / "study.sql").read_text())
    return folder


def table(capfd):
    assert run_app(["table", "--json"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_its_trials_are_read_as_they_were(study, capfd):
    stored = [json.loads(line) for line in (STORED / "table.jsonl").read_text().splitlines()]
    assert [{name: row[name] for name in stored[0]} for row in table(capfd)] == stored


def test_its_scores_are_of_the_images_that_the_data_set_holds_out(study, capfd):
    assert run_app(["best", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["estimate"]["images"] == 250


def test_its_designs_are_trained_again(study, capsys):
    assert run_app(["train", "0"]) == 0
    assert "trial 0" in capsys.readouterr().out


def test_its_settings_are_read_and_can_be_written_anew(study, capfd):
    stored = read(study.settings_file)
    settings = Settings.from_json(read_settings(study), **OWN)
    assert (settings.study, settings.trials, settings.epochs, settings.target) == (NAME, 3, 1, stored["target"])
    study.settings_file.write_bytes(b"")
    rebuilt = settings_of(study)
    for name in ("identity", "target", "storage"):
        assert rebuilt[name] == stored[name]


def test_it_is_gone_on_with(study, capfd):
    """As far as its total, which is reached; another search space is another study."""
    stored = read(study.settings_file)
    check_same(NAME, stored, Settings.from_json(read_settings(study), **OWN).identity)
    before = table(capfd)
    options = ("--trials", "3", "--epochs", "1", "--workers", "1", "--finals", "0", "--json")
    for named in (("--budget", "2000", "--dataset", "digits"), ("--study", NAME)):
        assert run_app(["run", *named, *options]) == 0
        assert json.loads(capfd.readouterr().out.splitlines()[-1])["trained"] == 3
        assert table(capfd) == before
