"""What can happen to a study's files: found before training, said in one line that names the file, and nothing
overwritten."""

import contextlib
import os
import shutil
import sqlite3
import subprocess

import pytest

from tests.search.searches import checkpoints, files_below, finish, kill, outcomes, search, start, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

STUDY = "runs/digits-2000"
MOUNTS = os.geteuid() == 0 and shutil.which("mount")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 12 MB of its own."""
    if not MOUNTS:
        pytest.skip("only root may mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder):
    """Writes until nothing more goes in."""
    with contextlib.suppress(OSError), (folder / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def refused(folder, *options):
    """What a search says that may not begin, which is one line, after one on what it was to do at most."""
    process = start(folder, *options)
    out, err = process.communicate(timeout=60)
    *before, line = err.splitlines()
    assert (process.returncode, out) == (2, ""), err
    assert line.startswith("error: ")
    assert len(before) <= 1
    return line


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != "lock"}


def test_the_disk_is_full_and_has_room_again(small_disk, undisturbed):
    options = ("--trials", "6", "--epochs", "20")
    process = start(small_disk, *options)
    wait_until(lambda: checkpoints(small_disk, epoch=5), process=process)
    fill(small_disk)
    _, err = finish(process, code=1)
    last = err.splitlines()[-1]
    assert last.startswith("error: ")
    assert "then go on with: python -m search run" in last
    assert "Traceback" not in err
    (small_disk / "ballast").unlink()
    search(small_disk, *options)
    assert outcomes(small_disk) == undisturbed(trials=6, epochs=20)


def test_the_disk_is_full_while_a_design_is_confirmed(tmp_path, small_disk):
    """As the finals of a search and `explain` train their runs, too."""
    options = ("c4 relu bn mp c6 gap c10k1", "--dataset", "digits", "--seeds", "2", "--epochs", "40", "--json")
    quiet, _ = finish(start(tmp_path / "quiet", *options, command="confirm"))
    process = start(small_disk, *options, command="confirm")
    wait_until(lambda: any(file.stem == "epoch-0010" for file in files_below(small_disk)), process=process)
    fill(small_disk)
    _, err = finish(process, code=2)
    assert err.splitlines()[-1].startswith("error: ")
    assert "No space left" in err.splitlines()[-1]
    assert "Traceback" not in err
    (small_disk / "ballast").unlink()
    assert finish(start(small_disk, *options, command="confirm"))[0] == quiet


def test_the_disk_is_full_from_the_start(small_disk):
    fill(small_disk)
    assert "full" in refused(small_disk)


def test_the_folder_may_not_be_written(small_disk):
    search(small_disk, "--trials", "1", "--epochs", "1")
    before = contents(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert STUDY in refused(small_disk, "--trials", "2", "--epochs", "1")
    assert contents(small_disk) == before


@pytest.mark.parametrize("kind", ["cut", "text", "empty", "newer", "older", "other"])
def test_a_damaged_database(tmp_path, kind):
    """Where nothing of its trials is beside it."""
    search(tmp_path, "--trials", "1", "--epochs", "1")
    shutil.rmtree(tmp_path / STUDY / "told")
    database = tmp_path / STUDY / "study.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if kind in ("newer", "older"):
            version = {"newer": "v99.0.0.a", "older": "v2.6.0.a"}[kind]
            connection.execute("UPDATE alembic_version SET version_num = ?", [version])
            connection.commit()
    whole = database.read_bytes()
    if kind in ("cut", "text", "empty"):
        database.write_bytes({"cut": whole[: len(whole) // 2], "text": b"hello " * 999, "empty": b""}[kind])
    if kind == "other":
        database.unlink()
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("CREATE TABLE birds (name TEXT)")
            connection.commit()
    before = contents(tmp_path)
    line = refused(tmp_path, "--trials", "2", "--epochs", "1")
    assert str(database.relative_to(tmp_path)) in line
    if kind in ("newer", "older"):
        command = line.rstrip().rpartition("left as it is: ")[2]
        assert command.startswith("python -m pip install" if kind == "newer" else "optuna storage upgrade --storage")
    assert before.items() <= contents(tmp_path).items()


@pytest.mark.skipif(not shutil.which("faketime"), reason="needs faketime")
def test_the_clock_is_set_back(tmp_path, undisturbed):
    options = ("--trials", "4", "--epochs", "20")
    process = start(tmp_path / "back", *options)
    wait_until(lambda: checkpoints(tmp_path / "back", epoch=6), process=process)
    kill(process)
    finish(start(tmp_path / "back", *options, prefix=("faketime", "-3 days")))
    assert outcomes(tmp_path / "back") == undisturbed(trials=4, epochs=20)
