"""The search space that a caller names, by a built-in name or a file."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from search.api.toml_files import shown_name, text_of
from search.errors import UserError
from search.limits import check_space
from space.choices.own_reading import read_space
from space.choices.search_space import BadSpace, OwnSpace, SearchSpace, SpaceName


def search_space(given: Any) -> SearchSpace:
    """Returns the space of a name, of a TOML file, or as it came.

    Raises:
        UserError: There is none of that name, or the file is none; one line that names file, line and key.
    """
    if isinstance(given, OwnSpace) or given in get_args(SpaceName):
        return given
    if not isinstance(given, str | os.PathLike) or not str(given):
        check_space(given)
    file = Path(os.path.expanduser(given))
    if isinstance(given, str) and not file.suffix and len(file.parts) == 1 and not os.path.exists(file):
        near = get_close_matches(given, get_args(SpaceName), n=1, cutoff=0.5)
        if near:
            raise UserError(f"`space` has no {given!r}; the nearest is {near[0]}")
        check_space(given)
    return _read(file)


def _read(file: Path) -> OwnSpace:
    text = text_of(file, field="space", otherwise="`python -m search space --toml` prints a file to begin with")
    try:
        return read_space(text, file=shown_name(file), name=file.stem)
    except BadSpace as error:
        raise UserError(str(error)) from None
