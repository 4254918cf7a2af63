"""Who has a folder."""

import os
import subprocess
import sys
from threading import Timer

import filelock
import pytest

from search.errors import UserError
from search.study.locks import alone, is_taken


@pytest.fixture
def owner(tmp_path):
    """Another process, which has the folder, and its number."""
    code = (
        "import sys; from pathlib import Path; from search.study.locks import alone\n"
        "with alone(Path(sys.argv[1]), '', ''): print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        yield process
        process.kill()


def take(folder):
    with alone(folder, "taken", "wait"):
        return (folder / "lock").read_text()


def test_the_process_that_has_a_folder_is_named(tmp_path, owner):
    with pytest.raises(UserError, match=rf"^taken by process {owner.pid}; wait$"):
        take(tmp_path)


def test_it_is_named_though_it_has_only_just_taken_the_folder(tmp_path):
    lock = tmp_path / "lock"
    with filelock.FileLock(lock):
        Timer(0.5, lock.write_text, ("1234",)).start()
        with pytest.raises(UserError, match="taken by process 1234; wait"):
            take(tmp_path)


def test_the_lock_of_a_killed_process_is_free(tmp_path, owner):
    owner.kill()
    owner.wait()
    assert take(tmp_path) == str(os.getpid())
    assert take(tmp_path) == str(os.getpid())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no file that is locked")
def test_a_folder_stays_taken_though_its_lock_is_deleted(tmp_path, owner):
    (tmp_path / "lock").unlink()
    with pytest.raises(UserError, match=r"^taken by another process; wait$"):
        take(tmp_path)
    owner.kill()
    owner.wait()
    assert take(tmp_path) == str(os.getpid())


def test_where_the_system_has_no_locks_the_file_is_one(tmp_path, monkeypatch):
    """As on some network drives; one that was left by a killed process is taken away."""
    monkeypatch.setattr(filelock, "FileLock", filelock.SoftFileLock)
    monkeypatch.setattr(filelock, "lock_descriptor", lambda *_, **__: (_ for _ in ()).throw(OSError()))
    with alone(tmp_path, "", ""), pytest.raises(UserError, match=rf"^taken by process {os.getpid()}; wait$"):
        take(tmp_path)
    assert not (tmp_path / "lock").exists()
    code = (
        "import os, sys; from pathlib import Path; import filelock; filelock.FileLock = filelock.SoftFileLock\n"
        "from search.study.locks import alone\n"
        "with alone(Path(sys.argv[1]), '', ''): os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert (tmp_path / "lock").exists()
    assert take(tmp_path).startswith(str(os.getpid()))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_lock_that_is_no_file_is_named_and_not_waited_for(tmp_path, make):
    make(tmp_path / "lock")
    assert not is_taken(tmp_path)
    with pytest.raises(UserError, match="`lock` in it is no regular file"):
        take(tmp_path)
