"""Files of a study that a power cut left short: what the next command makes of each."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from search.commands.main import run_app
from tests.amounts import slow
from tests.search.conftest import SMALL
from tests.search.searches import QUIET, checkpoints, environment, finish, instead, kill, outcomes, start, wait_until

STUDY = Path("runs", "digits-2000")
RUN = ("run", *QUIET[:-2], "--finals", "2", "--epochs", "2", "--trials", "8")
MIDDLE = ("--trials", "2", "--epochs", "12")
SMALL_AGAIN = (*SMALL, "--trials", "5")
CUTS = {
    "nothing": lambda whole: b"",
    "half": lambda whole: whole[: len(whole) // 2],
    "zeros": lambda w: bytes(len(w)),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study that has ended, with finals and a confirmation, its last writes still in the database's log."""
    folder, copy = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("copy")
    (folder / STUDY).mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(folder / STUDY / "study.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # from now on the log stays
        for command in (RUN, ("confirm", "best", "--seeds", "1", "--workers", "1", "--dataset", "digits")):
            done = subprocess.run(
                [sys.executable, "-m", "search", *command],
                cwd=folder, env=environment(), capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        shutil.copytree(folder / "runs", copy / "runs")
    assert (copy / STUDY / "study.db-wal").stat().st_size > 0
    return copy


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A folder in which a search was killed in the middle of two trials."""
    folder = tmp_path_factory.mktemp("killed")
    process = start(folder, *MIDDLE)
    wait_until(lambda: len({file.parent for file in checkpoints(folder, epoch=4)}) == 2, process=process)
    kill(process)
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("THIMBLE_DATA", "THIMBLE_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def study(studied, place):
    """Without the copy of settings.json, which `test_restoring` has."""
    shutil.copytree(studied[0] / "runs", place / "runs")
    (STUDY / "told" / "settings.json").unlink()
    return STUDY


@pytest.fixture
def logged(whole, place):
    shutil.copytree(whole / "runs", place / "runs")
    return STUDY


def cut(file, how):
    assert file.stat().st_size > 1, file
    file.write_bytes(CUTS[how](file.read_bytes()))


def said(capfd, *words):
    """The exit code of a command, what it prints, and the lines that it says."""
    code = run_app(list(words))
    out, err = capfd.readouterr()
    assert "Traceback" not in err, err
    return code, out, [line for line in err.splitlines() if line]


def refusal(capfd, *words):
    """The one line with which a command is refused."""
    code, out, lines = said(capfd, *words)
    assert (code, out, len(lines)) == (2, "", 1), (code, out, lines)
    assert lines[0].startswith("error: ")
    return lines[0]


def trials(capfd):
    code, out, _ = said(capfd, "table", "--json")
    assert code == 0
    return out


cuts = pytest.mark.parametrize("how", CUTS)
fault = [pytest.mark.fault, pytest.mark.timeout(600)]


@cuts
@pytest.mark.parametrize("command", ["best", *slow("table", "run")])
def test_cut_settings_are_written_anew_from_the_database(study, capfd, caplog, how, command):
    file = study / "settings.json"
    before, begun = trials(capfd), json.loads(file.read_text())
    cut(file, how)
    code, _, lines = said(capfd, *(SMALL_AGAIN if command == "run" else (command,)))
    assert code == 0, lines
    assert caplog.messages == [f"{file} could not be read and is written anew from the study's database"]
    assert json.loads(file.read_text()) == begun
    assert trials(capfd) == before


def test_that_they_were_is_said_in_one_line(study):
    cut(study / "settings.json", "half")
    done = subprocess.run(
        [sys.executable, "-m", "search", "best"], capture_output=True, text=True, check=True, env=environment()
    )
    assert done.stderr.splitlines() == [
        f"{study / 'settings.json'} could not be read and is written anew from the study's database"
    ]


def test_settings_that_are_gone_are_written_anew_and_other_settings_are_still_refused(study, capfd):
    begun = json.loads((study / "settings.json").read_text())
    (study / "settings.json").unlink()
    assert "epochs 2 there, 3 here" in said(capfd, *instead(SMALL_AGAIN, ("--epochs", "3")))[2][-1]
    assert json.loads((study / "settings.json").read_text()) == begun


def test_a_study_of_an_earlier_version_gets_settings_from_which_it_goes_on(study, capfd):
    """Its database has no copy of what settings.json alone said."""
    begun = json.loads((study / "settings.json").read_text())
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        connection.execute("DELETE FROM study_user_attributes WHERE key = 'beginning'")
        connection.commit()
    cut(study / "settings.json", "half")
    assert said(capfd, "best")[0] == 0
    rebuilt = json.loads((study / "settings.json").read_text())
    assert {name: rebuilt[name] for name in ("identity", "target", "storage")} == {
        name: begun[name] for name in ("identity", "target", "storage")
    }
    before = trials(capfd)
    words = rebuilt["command"].removeprefix("python -m search ").split()
    assert said(capfd, *words, "--json")[0] == 0
    assert trials(capfd) == before


@pytest.mark.fault
@cuts
def test_cut_settings_without_a_database_refuse_nothing_for_ever(study, capfd, how):
    """A search that was cut off while it began has neither trials nor a database."""
    shutil.rmtree(study)
    study.mkdir()
    (study / "settings.json").write_bytes(CUTS[how](b'{"storage": null}'))
    assert "settings.json is not a study's settings" in refusal(capfd, "best")
    few = ("run", *QUIET, "--epochs", "1", "--trials", "1")
    assert said(capfd, *few)[0] == 0
    assert json.loads((study / "settings.json").read_text())["identity"]["epochs"] == 1


@pytest.mark.parametrize("data", [{}, [], "x", {"digest": 3}, None])
def test_settings_that_do_not_say_which_images_are_named(study, capfd, data):
    file = study / "settings.json"
    begun = json.loads(file.read_text())
    begun["settings"]["data"] = data
    file.write_text(json.dumps(begun))
    for words in (("best",), ("report", "-o", "page.html"), ("export", "best", "-o", "net.py"), ("confirm",)):
        assert f"{file} does not say which images" in said(capfd, *words)[2][-1]


def test_cut_settings_of_a_study_that_is_elsewhere_begin_no_other(study, capfd):
    (study / "study.db").unlink()
    cut(study / "settings.json", "half")
    assert "settings.json" in refusal(capfd, *SMALL_AGAIN)


class TestFiles:
    pytestmark = fault

    @cuts
    @pytest.mark.parametrize("command", ["best", "table", "run"])
    def test_a_cut_database_is_named_and_left_as_it_is(self, logged, capfd, how, command):
        """Where nothing of its trials is beside it, as in studies of versions before 0.3."""
        shutil.rmtree(logged / "told")
        (logged / "study.db-wal").unlink()
        (logged / "study.db-shm").unlink(missing_ok=True)
        file = logged / "study.db"
        cut(file, how)
        left = file.read_bytes()
        line = refusal(capfd, *(RUN if command == "run" else (command,)))
        assert str(file) in line
        assert "put a sound one in its place, or name another study with --study" in line
        assert file.read_bytes() == left

    @cuts
    @pytest.mark.parametrize("command", ["best", "table", "run"])
    def test_a_cut_database_is_made_anew_from_what_is_beside_it(self, logged, capfd, caplog, how, command):
        before = trials(capfd)
        (logged / "study.db-wal").unlink(missing_ok=True)
        (logged / "study.db-shm").unlink(missing_ok=True)
        cut(logged / "study.db", how)
        left = (logged / "study.db").read_bytes()
        assert said(capfd, *(RUN if command == "run" else (command,)))[0] == 0
        assert f"{logged / 'study.db'} is damaged; it is in {logged / 'damaged-1'} now" in caplog.messages
        assert (logged / "damaged-1" / "study.db").read_bytes() == left
        assert {t["trial"]: t["score"] for t in map(json.loads, trials(capfd).splitlines())} == {
            t["trial"]: t["score"] for t in map(json.loads, before.splitlines())
        }

    @cuts
    def test_of_a_cut_log_what_is_whole_counts_and_the_search_goes_on(self, logged, capfd, how):
        """The log is part of the database: what stood in the part that is gone is trained again, or was all of it."""
        cut(logged / "study.db-wal", how)
        code, _, lines = said(capfd, *RUN)
        if code == 2:
            assert len(lines) == 1
            assert str(logged / "study.db") in lines[0]
        else:
            assert code == 0, lines
            assert sum(json.loads(line)["verdict"] == "trained" for line in trials(capfd).splitlines()) == 8

    @cuts
    def test_cut_weights_are_missed_by_who_wants_them_only(self, logged, capfd, how):
        before = trials(capfd)
        for file in (logged / "weights").iterdir():
            cut(file, how)
        for words in (("best",), ("table",), RUN):
            assert said(capfd, *words)[0] == 0
        assert trials(capfd) == before
        line = refusal(capfd, "export", "best", "-o", "net.py", "--weights", "net.safetensors")
        assert str(logged / "weights") in line

    @cuts
    @pytest.mark.parametrize("below", [STUDY / "finals", Path("runs", ".confirmed")])
    def test_cut_records_of_trainings_are_named_with_what_to_do(self, logged, capfd, how, below):
        (file, *_) = sorted(below.rglob("seed-*.json"))
        before = trials(capfd)
        cut(file, how)
        for words in (("best",), ("table",)):
            assert said(capfd, *words)[0] == 0
        words = RUN if below == STUDY / "finals" else ("confirm", "best", "--seeds", "1", "--workers", "1")
        code, _, lines = said(capfd, *words)
        assert code == 2
        assert lines[-1].startswith("error: ")
        assert (
            f"{file} is damaged: it is not a run's record as it was written; remove it to train it again" in lines[-1]
        )
        assert trials(capfd) == before
        file.unlink()
        assert said(capfd, *words)[0] == 0
        assert trials(capfd) == before

    @cuts
    @pytest.mark.parametrize("kind", ["checkpoint", "result"])
    def test_a_search_goes_on_before_cut_checkpoints_and_results(self, killed, undisturbed, tmp_path, how, kind):
        (tmp_path / "cut").mkdir()
        shutil.copytree(killed / "runs", tmp_path / "cut" / "runs")
        for folder in (tmp_path / "cut" / STUDY / "checkpoints").iterdir():
            if kind == "checkpoint":
                cut(max(folder.glob("epoch-*")), how)
            else:
                (folder / "result.json").write_bytes(CUTS[how](json.dumps({"end": {}, "curve": []}).encode()))
        _, err = finish(start(tmp_path / "cut", *MIDDLE))
        assert "Traceback" not in err
        assert err.count("is not used") == (2 if kind == "checkpoint" else 0)
        assert outcomes(tmp_path / "cut") == undisturbed(trials=2, epochs=12)
        assert not any((tmp_path / "cut" / STUDY / "checkpoints").iterdir())
