"""A lock between processes, which ends with the process that has it."""

from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock


def one_at_a_time(file: Path) -> BaseFileLock:
    """Returns a lock that one process has at a time, for a `with` block; the others wait for it.

    Where a system has no locks the file is the lock, so that it has another name than one which a lock has left.
    """
    return FileLock(file.with_suffix(".taken" if issubclass(FileLock, SoftFileLock) else ".lock"))
