"""Writes files whole or not at all, whatever ends the process or cuts the power, and reads them; loads nothing."""

import contextlib
import errno
import os
from pathlib import Path

# What systems say that cannot open a folder (Windows: EACCES) or cannot sync one; PostgreSQL passes over the same
# (fsync_fname_ext in src/backend/storage/file/fd.c).
_NO_FOLDER_SYNC = (errno.EACCES, errno.EISDIR, errno.EBADF, errno.EINVAL)


def write_whole(content: bytes, path: Path) -> None:
    """Writes a file of which a reader, now or after a power cut, finds either the old content or all of the new.

    The content goes to a temporary name in the same folder and from there to the disk, before it takes the name;
    then the folder goes to the disk. A failure removes the temporary file and leaves the old one.

    Raises:
        OSError: It cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def read_whole(path: Path) -> bytes:
    """Reads a file; raises OSError, also where it is a pipe or the like, which would be waited for."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return path.read_bytes()


def sync_folder(folder: Path) -> None:
    """Has the names in a folder written to the disk, where the system can do that."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
