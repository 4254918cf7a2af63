"""Studies read by who may not write them."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from search.commands.main import run_app
from tests.amounts import slow
from tests.search.searches import outcomes

STUDY = Path("runs", "digits-2000")
ROOT = os.geteuid() == 0
COMMANDS = {
    "best": ("best", "--json"),
    "table": ("table", "--csv", "table.csv"),
    "show": ("show", "0"),
    "report": ("report", "-o", "report.html"),
    "export": ("export", "best", "-o", "net.py", "--weights", "net.safetensors"),
}


@contextlib.contextmanager
def read_only(folder):
    """The folder and all below it, which nobody may write meanwhile."""
    if ROOT:  # who may write what has no permission to be written
        if not shutil.which("mount"):
            pytest.skip("root may write everything")
        subprocess.run(["mount", "--bind", folder, folder], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
        return
    every = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in every}
    for path in every:
        path.chmod(modes[path] & ~0o222)
    try:
        yield
    finally:
        for path in every:
            path.chmod(modes[path])


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("THIMBLE_DATA", "THIMBLE_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def at_rest(study):
    return contextlib.nullcontext()


@contextlib.contextmanager
def searched(study):
    """As another process has it that searches: with a log that is not in the database yet."""
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA user_version = 7")
        connection.commit()
        yield


@contextlib.contextmanager
def cut_off(study):
    """As a machine leaves it that went off: with a log whose index is gone."""
    with searched(study):
        shutil.copytree(study, "copied")
    shutil.rmtree(study)
    shutil.move("copied", study)
    (study / "study.db-shm").unlink()
    assert (study / "study.db-wal").stat().st_size
    yield


@pytest.mark.parametrize("state", [cut_off, *slow(at_rest, searched)])
def test_what_may_not_be_written_can_be_read(studied, compared_here, place, capfd, state):
    shutil.copytree(studied[0] / "runs", place / "runs")
    before = outcomes(place)
    with state(STUDY), read_only(place / "runs"):
        for name, words in COMMANDS.items():
            code = run_app(list(words))
            err = capfd.readouterr().err
            assert code == 0, (name, err)
            assert "error" not in err, (name, err)
            assert "move" not in err, (name, err)
        assert outcomes(place) == before
        assert run_app(["run", "--budget", "2000", "--dataset", "digits", "--epochs", "2", "--trials", "9"]) == 2
        assert "cannot be written" in capfd.readouterr().err
    assert {file.name for file in place.iterdir()} >= {"table.csv", "report.html", "net.py", "net.safetensors"}
