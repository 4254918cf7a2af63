"""What `run` makes of its options: how many last epochs count, by themselves and in a study that has begun."""

import contextlib
import json
import shutil
import sqlite3

import pytest

from search.commands.main import run_app
from search.settings import counted_epochs
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
