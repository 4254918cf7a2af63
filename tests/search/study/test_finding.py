"""Which study is meant where none is named: the latest searched, never the latest read."""

import os
import shutil

import pytest

from search.commands.main import run_app
from search.errors import UserError
from search.study.begun import settings_of
from search.study.finding import find
from search.study.folder import StudyFolder, existing
from search.study.ledger import Ledger
from search.study.locks import alone
from search.study.reading import opened, read_records


@pytest.fixture
def two(studied, tmp_path, monkeypatch):
    """The studies `older` and `digits-2000`, searched an hour later; the older was read last."""
    shutil.copytree(studied[0] / "runs" / "digits-2000", tmp_path / "runs" / "digits-2000")
    shutil.copytree(studied[0] / "runs" / "digits-2000", tmp_path / "runs" / "older")
    for name, when in (("digits-2000", 2_000_000), ("older", 1_996_400)):
        for path in (tmp_path / "runs" / name).rglob("*"):
            os.utime(path, (when, when))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs"


def test_it_is_the_latest_searched_not_the_latest_read(two, capsys):
    for name in ("study.db", "settings.json"):
        os.utime(two / "older" / name)
    assert existing(two) == ["digits-2000", "older"]
    for command in (("best",), ("table",), ("report", "-o", "report.html"), ("best", "--json")):
        assert run_app([*command, "--study", "older", *(["--force"] if "report" in command else [])]) == 0
        assert "the latest" not in capsys.readouterr().err
    assert find(None, two).name == "digits-2000"
    assert run_app(["table"]) == 0
    assert capsys.readouterr().err == "study digits-2000, the latest searched\n"
    os.utime(two / "older" / "weights", (2_000_001, 2_000_001))  # as the end of a trial does
    assert find(None, two).name == "older"


def test_the_one_that_is_being_searched_is_meant(two):
    with alone(two / "older", "taken", "wait"):
        assert find(None, two).name == "older"
    assert find(None, two).name == "digits-2000"


def test_of_two_that_are_being_searched_one_must_be_named(two, capsys):
    with alone(two / "older", "taken", "wait"), alone(two / "digits-2000", "taken", "wait"):
        with pytest.raises(UserError, match="digits-2000 and older are being searched at this moment; name one"):
            find(None, two)
        assert run_app(["best"]) == 2
        assert "--study" in capsys.readouterr().err
        assert find("older", two).name == "older"


def test_looking_changes_nothing(two):
    """Of the database SQLite may, when it is closed."""

    def changed():
        return {path: path.stat().st_mtime_ns for path in two.glob("*/*/**/*")} | {
            path: path.stat().st_mtime_ns for path in two.glob("*/*") if "study.db" not in path.name
        }

    before = changed()
    assert find(None, two).name == "digits-2000"
    assert changed() == before


def test_a_folder_that_cannot_be_looked_into_is_said(tmp_path):
    with pytest.raises(UserError, match=r"cannot be read \(File name too long\); see that you may read it"):
        find("a" * 300, tmp_path)


def test_an_empty_address_in_the_environment_is_none(two, monkeypatch):
    monkeypatch.setenv("THIMBLE_STORAGE", "")
    (two / "older" / "study.db").unlink()
    assert find("older", two).database.exists()


def test_finals_that_a_search_stores_at_this_moment_are_not_read_yet(two, capsys):
    """They are written beside the database first."""

    def finals():
        assert run_app(["show", "0"]) == 0
        assert capsys.readouterr().err == ""
        return read_records(folder)[0].finals

    folder = StudyFolder("digits-2000", two)
    with folder.locked():
        Ledger(folder).enter_finals({"0": [0.5]})
        assert finals() == ()
        with opened(folder) as (_, study):
            study.set_user_attr("finals", {"0": [0.5]})
        assert finals() == (0.5,)


def test_settings_that_are_written_anew_make_no_study_the_latest_searched(two):
    """Of one that has nothing but a database, by whose time it goes."""
    for name in ("told", "weights", "checkpoints"):
        shutil.rmtree(two / "older" / name, ignore_errors=True)
    (two / "older" / "settings.json").unlink()
    assert settings_of(StudyFolder("older", two))["identity"]["budget"] == 2000
    assert (two / "older" / "settings.json").exists()
    assert existing(two) == ["digits-2000", "older"]
