"""The text of a TOML file that a caller names."""

from pathlib import Path

from search.errors import UserError
from train.files.whole import read_whole

_LARGEST = 256 * 1024  # bytes; a page of text with all that can be said has a twentieth


def text_of(file: Path, *, field: str, otherwise: str) -> str:
    """Returns the file's text. field: for which it is named. otherwise: where there is such a file, for one that
    cannot be read.

    Raises:
        UserError: It cannot be read, is too large, or is no text.
    """
    shown = shown_name(file)
    try:
        content = read_whole(file) if file.stat().st_size <= _LARGEST else None
    except (OSError, ValueError) as error:  # a name with a null in it
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(f"`{field}` {shown} cannot be read ({why}); {otherwise}") from None
    if content is None:
        raise UserError(f"`{field}` {shown} is larger than {_LARGEST // 1024} KiB; such a file is a page of text")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(f"`{field}` {shown}, line {line}: not UTF-8, which TOML is; write it as text") from None


def shown_name(file: Path) -> str:
    """Returns the name of a file as it is said."""
    text = str(file)
    return text if text.isprintable() and len(text) <= 200 else repr(text[:200])
