"""Files for people: written whole or not at all, and never over another without leave."""

import os
from pathlib import Path

from search.errors import UserError
from train.files.whole import write_whole


class WriteRefused(UserError):
    """A file that must not or cannot be written; one line that names it and what to do."""


def check_target(path: Path, *, force: bool) -> None:
    """Raises WriteRefused where `path` cannot be written, before any work for it is done."""
    folder = path.absolute().parent
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # as it should be, or said below in words of our own
    except OSError as error:
        raise WriteRefused(f"{path} cannot be a file ({error.strerror}); name another") from None
    if path.is_dir():
        raise WriteRefused(f"{path} is a folder; name a file")
    if path.exists() and not force:
        raise WriteRefused(f"{path} exists; name another file or add `force`")
    if not folder.is_dir():
        raise WriteRefused(f"the folder {folder} does not exist; make it or name another file")
    if not os.access(folder, os.W_OK):
        raise WriteRefused(f"the folder {folder} cannot be written; name a file elsewhere")


def write_text(text: str, path: Path, *, force: bool) -> None:
    """Writes it in UTF-8; raises WriteRefused."""
    write_bytes(text.encode(), path, force=force)


def write_bytes(content: bytes, path: Path, *, force: bool) -> None:
    """Writes it, whole or not at all; raises WriteRefused."""
    check_target(path, force=force)
    try:
        write_whole(content, path)
    except OSError as error:
        raise WriteRefused(f"{path} cannot be written ({error.strerror}); name a file elsewhere") from None
