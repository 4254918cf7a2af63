"""Where a caller's studies and data sets are, where a path does not say it whole: below the current folder."""

import difflib
import os
from os import PathLike
from pathlib import Path

from search.errors import UserError
from search.study.finding import find
from search.study.folder import StudyFolder, existing

RUNS = "runs"  # the folder of studies where none is named


def default_root() -> Path:
    """Returns the folder where data sets with names are looked for when none is given: $THIMBLE_DATA, or ./data."""
    return Path(os.path.expanduser(os.environ.get("THIMBLE_DATA") or "data"))


def place_of(folder: str | PathLike[str]) -> tuple[Path, str]:
    """Returns the folder of studies in which a study's folder lies, and what the study is called; raises UserError
    where that is no path.

    What has a path for longer than a call keeps it by `kept`.
    """
    if not isinstance(folder, str | PathLike):
        raise UserError(f"`study` must be the path of a study's folder, such as runs/mine, not {folder!r}")
    path = Path(os.path.abspath(folder)) if Path(folder).name in ("", "..") else Path(folder)
    return path.parent, path.name


def kept(folder: Path) -> Path:
    """Returns a path that stays what it is when the current folder becomes another."""
    return Path(os.path.abspath(folder))


def study_in(folder: Path, *, whole: bool = False) -> StudyFolder:
    """Returns the study that a folder has; raises UserError where it has none, with the nearest. whole: as `find` has
    it."""
    runs, name = place_of(folder)
    if name not in existing(runs):
        raise UserError(_not_there(folder, runs, name))
    return find(name, runs, whole=whole)


def _not_there(folder: Path, runs: Path, name: str) -> str:
    """Says in a line that there is no study, and what may have been meant."""
    text = folder.as_posix()
    if text.startswith("zoo/") or (" " in text and not folder.is_absolute()):
        return f"{text} is a design, not a study's folder; thimble.network({text!r}) loads a network"
    places = {
        str(place / one): None for place in (runs, folder, folder / "runs", Path(RUNS)) for one in existing(place)
    }
    near = difflib.get_close_matches(str(folder), places, n=1, cutoff=0.5)
    near = near or [place for place in places if Path(place).name == name]
    others = f"; there is one in {' and '.join(list(places)[:5])}" if places else ""
    return f"there is no study in {folder}; " + (
        f"the nearest is {near[0]}" if near else f"`run()` begins one{others}"
    )
