"""Files for people: written whole or not at all, and never over another without leave."""

import os
from pathlib import Path

from search.errors import UserError
from train.files.whole import write_whole

_ENDINGS = {  # by field: what its file is, and the endings that say so
    "output": ("a Python file", (".py",)),
    "weights": ("weights", (".safetensors", ".pt", ".pth")),
    "onnx": ("an ONNX file", (".onnx",)),
    "card": ("Markdown", (".md", ".markdown")),
    "data": ("images", (".npz",)),
}
_OF_A_STUDY = {  # in its folder
    *("study.db", "study.db-wal", "study.db-shm", "settings.json", "search.toml", "space.toml", "lock"),
    *("told", "weights", "checkpoints", "finals", "refit", "uploads"),
}
_MARKS = ("study.db", "told")  # of which a study's folder has at least one


class WriteRefused(UserError):
    """A file that must not or cannot be written; one line that names it and what to do."""


def check_target(path: Path, *, force: bool) -> None:
    """Raises WriteRefused where `path` cannot be written, before any work for it is done."""
    folder = path.absolute().parent
    if str(path) == "-":
        raise WriteRefused("- is no file, and nothing is written to the screen in its place; name a file")
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # as it should be, or said below in words of our own
    except OSError as error:
        raise WriteRefused(f"{path} cannot be a file ({error.strerror}); name another") from None
    if path.is_dir():
        raise WriteRefused(f"{path} is a folder; name a file")
    if path.exists() and not path.is_file():  # /dev/null would be replaced
        raise WriteRefused(f"{path} is a device or a pipe; name a file")
    if study := _study_of(path):
        raise WriteRefused(f"{path} is of the study in {study}, which is lost without it; name a file elsewhere")
    if path.exists() and not force:
        raise WriteRefused(f"{path} exists; name another file or add `force`")
    if not folder.is_dir():
        raise WriteRefused(f"the folder {folder} does not exist; make it or name another file")
    if not os.access(folder, os.W_OK):
        raise WriteRefused(f"the folder {folder} cannot be written; name a file elsewhere")


def _study_of(path: Path) -> Path | None:
    """Returns the folder of the study that has this file as its own; reports and exports may lie beside them."""
    real = path.resolve()
    for folder in real.parents:
        if real.relative_to(folder).parts[0] in _OF_A_STUDY and any((folder / name).exists() for name in _MARKS):
            return folder
    return None


def check_ending(field: str, path: Path, *, of: str) -> None:
    """Raises UserError where a file's name does not say what is written to it.

    Args:
        field: What a caller calls the file.
        of: Which of the files of an export it is like.
    """
    kind, endings = _ENDINGS[of]
    ending = path.suffix.lower()
    if ending in endings:
        return
    right = next((other for other, (_, known) in _ENDINGS.items() if ending in known), None)
    remedy = f"export writes {path} with `{right}`" if right else "other runtimes convert from `onnx` NAME.onnx"
    raise UserError(f"`{field}` writes {kind}, so its name must end in {' or '.join(endings)}, not {path}; {remedy}")


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
