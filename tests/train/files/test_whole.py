"""A file is written whole or not at all, and is on the disk before it has its name."""

import errno
import os
import stat

import pytest

from train.files.whole import read_whole, write_whole


@pytest.fixture
def calls(monkeypatch):
    """What is done to files and folders, in order."""
    done = []
    fsync, replace = os.fsync, os.replace

    def recorded_fsync(descriptor):
        state = os.fstat(descriptor)
        done.append("fsync folder" if stat.S_ISDIR(state.st_mode) else f"fsync {state.st_size} bytes")
        fsync(descriptor)

    def recorded_replace(source, target):
        assert source.parent == target.parent
        done.append(f"rename to {target.name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "replace", recorded_replace)
    return done


def failing(number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    return fail


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_content_is_on_the_disk_before_the_name_and_the_name_before_the_return(tmp_path, calls):
    write_whole(b"new content", tmp_path / "file")
    assert calls == ["fsync 11 bytes", "rename to file", "fsync folder"]
    assert (tmp_path / "file").read_bytes() == b"new content"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call, error):
    (tmp_path / "file").write_bytes(b"old")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)):
        write_whole(b"new", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(b"new", tmp_path / "absent" / "file")


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_permissions_are_an_ordinary_files(tmp_path, umask):
    before = os.umask(umask)
    try:
        (tmp_path / "ordinary").write_bytes(b"")
        write_whole(b"", tmp_path / "file")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ordinary", "file")}
    assert modes == {0o666 & ~umask}


def test_where_a_folder_cannot_be_opened_the_file_is_written_all_the_same(tmp_path, monkeypatch, calls):
    """As on Windows."""
    monkeypatch.setattr(os, "open", failing(errno.EACCES))
    write_whole(b"new", tmp_path / "file")
    assert calls == ["fsync 3 bytes", "rename to file"]
    assert (tmp_path / "file").read_bytes() == b"new"


@pytest.mark.parametrize(("number", "raised"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_folder_that_fails_is_an_error_and_one_that_cannot_be_synced_is_none(tmp_path, monkeypatch, number, raised):
    fsync = os.fsync

    def of_files_only(descriptor):
        (failing(number) if stat.S_ISDIR(os.fstat(descriptor).st_mode) else fsync)(descriptor)

    monkeypatch.setattr(os, "fsync", of_files_only)
    if raised:
        with pytest.raises(OSError, match=os.strerror(number)):
            write_whole(b"new", tmp_path / "file")
    else:
        write_whole(b"new", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_pipe_is_not_waited_for(tmp_path):
    (tmp_path / "file").write_bytes(b"whole")
    assert read_whole(tmp_path / "file") == b"whole"
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "nothing"):
        with pytest.raises(OSError, match=name):
            read_whole(tmp_path / name)
