"""Studies of a server in a list, and deleted there too."""

import json
import os
import shutil
from pathlib import Path

import pytest

from search.commands.main import run_app
from search.study.beginning import beginning
from search.study.begun import begin
from search.study.folder import StudyFolder
from search.study.store import Store
from space.design import Budget
from tests.search.study.test_store import curve, propose, settings


def begun(name, url):
    """A study on a server, of which no trial was trained."""
    chosen = settings(study=name, budget=Budget(parameters=2000))
    folder = StudyFolder(name, Path("runs"), storage=url)
    with folder.locked():
        begin(folder, beginning(chosen, command="python -m search run"))
        return Store(folder, chosen)


@pytest.fixture
def shared(tmp_path, postgres, monkeypatch):
    """A study of two trials on a server, of which another folder has a copy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THIMBLE_STORAGE", postgres)
    monkeypatch.setattr("search.study.deleting._PAUSE", 0.01)
    store = begun("shared", postgres)
    for _ in range(2):
        store.tell(propose(store)[0], "trained", curve(0.5, 0.5, 0.5))
    store.close()
    Path("runs/shared/weights").mkdir(exist_ok=True)
    return tmp_path


def said(capsys, *words, code=0):
    assert run_app(list(words)) == code
    return capsys.readouterr()


def test_a_study_of_a_server_is_listed_and_deleted_on_it(shared, postgres, capsys):
    (row,) = map(json.loads, said(capsys, "list", "--json").out.splitlines())
    assert (row["trials"], row["running"], row["problem"]) == ({"trained": 2}, False, None)
    assert row["storage"].startswith("postgresql")
    assert "thimble:" not in row["storage"], "a password is shown"
    shutil.copytree("runs/shared", "kept")
    assert "also in postgresql" in said(capsys, "delete", "shared", "--yes").out
    assert not Path("runs/shared").exists()
    shutil.copytree("kept", "runs/shared")
    (row,) = map(json.loads, said(capsys, "list", "--json").out.splitlines())
    assert "there is no study shared" in row["problem"]
    assert "also in" not in said(capsys, "delete", "shared", "--yes").out
    assert not Path("runs/shared").exists()


def test_a_study_that_is_searched_on_a_server_is_not_deleted(shared, postgres, capsys):
    store = begun("again", postgres)
    try:
        assert '"running": true' not in said(capsys, "list", "--json").out
        propose(store)  # a trial that this process, which lives, has leased
        assert '"running": true' in said(capsys, "list", "--json").out
        assert "study again is being searched" in said(capsys, "delete", "again", "--yes", code=2).err
        assert Path("runs/again/settings.json").exists()
    finally:
        store.close()
    assert said(capsys, "table", "--study", "again", "--json").out


def test_a_study_whose_server_is_away_is_listed_and_stays(shared, monkeypatch, capsys):
    monkeypatch.delenv("THIMBLE_STORAGE")
    file = Path("runs/shared/settings.json")
    stored = json.loads(file.read_text())
    file.write_text(json.dumps(stored | {"storage": "postgresql+psycopg://nobody@127.0.0.1:1/none"}))
    (row,) = map(json.loads, said(capsys, "list", "--json").out.splitlines())
    assert (row["study"], row["dataset"], row["budget"], row["trials"]) == ("shared", "digits", 2000, None)
    assert "cannot be opened" in row["problem"]
    assert "on a server that is not to be had" in said(capsys, "delete", "shared", "--yes", code=2).err
    assert file.exists()


def test_a_study_that_a_server_lacks_is_nothing_to_its_others(shared, capsys):
    shutil.copytree("runs/shared", "runs/gone")
    for name in ("gone", "shared"):  # whichever is looked at first
        os.utime(Path("runs", name, "weights"))
        rows = {row["study"]: row for row in map(json.loads, said(capsys, "list", "--json").out.splitlines())}
        assert "there is no study gone" in rows["gone"]["problem"]
        assert (rows["shared"]["problem"], rows["shared"]["trials"]) == (None, {"trained": 2})
