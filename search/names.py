"""What studies are called."""

import re

from search.errors import UserError


def default_name(dataset: str, budget: int) -> str:
    """Returns what a study is called where nobody gives it a name."""
    return f"{re.sub('[^A-Za-z0-9._-]+', '-', dataset).strip('._-')[:48] or 'study'}-{budget}"


def check_place(study: str) -> None:
    """Raises UserError where the name cannot be that of a study's folder in runs/, whoever called it so."""
    if not study.isprintable() or study[:1] in ("", ".") or {"/", "\\"} & set(study):
        raise UserError(f"`study` {study!r} must be the name of a folder in runs/: no dot first, and no slash in it")


def check_name(study: str) -> None:
    """Raises UserError where a new study cannot be called that; folders may have been renamed otherwise."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", study):
        raise UserError(
            f"`study` {study!r} must be 1 to 64 letters, digits, dots, dashes or underscores, "
            f"the first a letter or digit"
        )
