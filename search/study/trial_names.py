"""What a caller names trials by: a number, or best, of a study that is named in front of it or beside it."""

import os
import re
from pathlib import Path

from search.errors import UserError
from search.study.folder import existing

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)  # int() takes no text of any length


def is_trial(text: str) -> bool:
    """Says whether the text names a trial of a study that is named elsewhere."""
    return text == "best" or trial_number(text) is not None


def trial_number(text: str) -> int | None:
    """Returns the number that the text is; None where it is none."""
    return int(text) if _NUMBER.fullmatch(text) else None


def of_study(text: str, runs: Path) -> tuple[str | None, str]:
    """Returns the study that the text names, if any, and what is left of it."""
    if is_trial(text):
        return None, text
    if (name := without_folder(text, runs)) in existing(runs):
        return name, "best"
    study, colon, trial = text.rpartition(":")
    return (without_folder(study, runs), trial) if colon and is_trial(trial) else (None, text)


def without_folder(name: str, runs: Path) -> str:
    """Returns the name of a study that is named by its folder, as a shell completes it to runs/NAME/; any other name
    as it came."""
    if "/" not in name or not name.isprintable():
        return name
    place = Path(os.path.abspath(name))
    return place.name if place.parent == Path(os.path.abspath(runs)) else name


def the_one_study(named: str | None, beside: str | None, text: str) -> str | None:
    """Returns the study of the trial `text`, which names one itself or not, where `beside` may name one, too; raises
    UserError where the two are not the same."""
    if named and beside and named != beside:
        raise UserError(f"{text} and `study` {beside} name two studies; leave one out")
    return named or beside
