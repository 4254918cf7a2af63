"""The search space that a caller names, by a built-in name or a file."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from search.errors import UserError
from search.limits import check_space
from space.choices.own_reading import read_space
from space.choices.search_space import BadSpace, OwnSpace, SearchSpace, SpaceName
from train.files.whole import read_whole

_LARGEST = 256 * 1024  # bytes of a file; one that says all that can be said has a twentieth


def search_space(given: Any) -> SearchSpace:
    """Returns the space of a name, of a TOML file, or as it came.

    Raises:
        UserError: There is none of that name, or the file is none; one line that names file, line and key.
    """
    if isinstance(given, OwnSpace) or given in get_args(SpaceName):
        return given
    if not isinstance(given, str | os.PathLike) or not str(given):
        check_space(given)
    file = Path(os.fspath(given))
    if isinstance(given, str) and not file.suffix and len(file.parts) == 1 and not os.path.exists(file):
        near = get_close_matches(given, get_args(SpaceName), n=1, cutoff=0.5)
        if near:
            raise UserError(f"`space` has no {given!r}; the nearest is {near[0]}")
        check_space(given)
    return _read(file)


def _read(file: Path) -> OwnSpace:
    shown = _shown(file)
    try:
        large = file.stat().st_size > _LARGEST
        content = b"" if large else read_whole(file)
    except (OSError, ValueError) as error:  # a name with a null in it
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"`space` {shown} cannot be read ({why}); `python -m search space --toml` prints a file to begin with"
        ) from None
    if large:
        raise UserError(f"`space` {shown} is larger than {_LARGEST // 1024} KiB; a file of a space is a page of text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(f"`space` {shown}, line {line}: not UTF-8, which TOML is; write it as text") from None
    try:
        return read_space(text, file=shown, name=file.stem)
    except BadSpace as error:
        raise UserError(str(error)) from None


def _shown(file: Path) -> str:
    """Returns the name of a file as it is said."""
    text = str(file)
    return text if text.isprintable() and len(text) <= 200 else repr(text[:200])
