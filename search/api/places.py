"""Where a caller's studies and data sets are, where a path does not say it whole: below the current folder."""

import os
from os import PathLike
from pathlib import Path

from search.errors import UserError

RUNS = "runs"  # the folder of studies where none is named


def default_root() -> Path:
    """Returns the folder where MNIST is looked for when nothing names one: $THIMBLE_DATA, or ./data."""
    return Path(os.environ.get("THIMBLE_DATA") or "data")


def place_of(folder: str | PathLike[str]) -> tuple[Path, str]:
    """Returns the folder of studies in which a study's folder lies, and what the study is called; raises UserError
    where that is no path."""
    if not isinstance(folder, str | PathLike):
        raise UserError(f"`study` must be the path of a study's folder, such as runs/mine, not {folder!r}")
    path = Path(os.path.abspath(folder)) if Path(folder).name in ("", "..") else Path(folder)
    return path.parent, path.name
