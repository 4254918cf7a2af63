"""The lock of a folder, which one process at a time has. It ends with the process, however that ends."""

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from search.errors import UserError
from search.study.writing import writing

_WAIT_SECONDS = 0.2  # for the lock; the second look takes away what a process that is gone has left
_SIGNED_SECONDS = 1.0  # within which a process that has just taken the lock has written its number into it
_TICK = 0.05  # seconds between two looks


class Taken(UserError):
    """An error: another process has the folder. owner: that process, in words."""

    def __init__(self, message: str, *, owner: str) -> None:
        super().__init__(message)
        self.owner = owner


@contextlib.contextmanager
def alone(folder: Path, taken: str, remedy: str) -> Iterator[None]:
    """Keep the folder from other processes that ask for it so, while the block runs.

    The lock is one of the system's on the file `lock`, and on the folder itself where it can be locked, too, which
    helps where somebody deletes the file. Where a system has no such locks the file is the lock.

    Raises:
        Taken: Another process has it: the message is `taken`, by which process, and the `remedy`.
        UserError: It cannot be written.
    """
    with contextlib.ExitStack() as stack:
        with writing(folder):
            free = _take(folder, stack)
        if not free:
            owner = _owner(folder / "lock")
            raise Taken(f"{taken} by {owner}; {remedy}", owner=owner)
        _sign(folder / "lock")
        yield


def is_taken(folder: Path) -> bool:
    """Say whether another process keeps the folder to itself, as far as that can be seen without writing."""
    try:
        import fcntl
    except ImportError:  # Windows
        return False
    try:
        if not (folder / "lock").is_file():  # a pipe would be waited for
            return False
        with (folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _take(folder: Path, stack: contextlib.ExitStack) -> bool:
    """Say whether the lock was free, and is ours now until `stack` ends; raise OSError where it cannot be made."""
    import filelock  # 40 ms, which most commands can do without

    if (folder / "lock").exists() and not (folder / "lock").is_file():
        raise OSError(errno.EINVAL, "`lock` in it is no regular file")
    lock = filelock.FileLock(folder / "lock")
    try:
        stack.enter_context(lock.acquire(timeout=_WAIT_SECONDS, poll_interval=_TICK))
    except filelock.Timeout:
        return False
    try:
        itself = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return True
    stack.callback(os.close, itself)  # which unlocks
    with contextlib.suppress(OSError):  # this system, or this file system, locks no folders
        return filelock.lock_descriptor(itself, blocking=False)
    return True


def _sign(file: Path) -> None:
    """Write this process's number into the lock's file, unless the lock has done so itself."""
    with contextlib.suppress(OSError):  # Windows lets nobody into a file that is locked
        if _first_line(file) != str(os.getpid()):
            file.write_text(str(os.getpid()))


def _owner(file: Path) -> str:
    """Name the process that has the lock by its number, where that can be read."""
    ends = time.monotonic() + _SIGNED_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(OSError):
            if number := _first_line(file):
                return f"process {number}"
        time.sleep(_TICK)
    return "another process"


def _first_line(file: Path) -> str:
    return file.read_text(errors="replace").partition("\n")[0]
