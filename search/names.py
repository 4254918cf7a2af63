"""What studies are called."""

import re
from collections.abc import Sequence

from search.errors import UserError


def default_name(dataset: str, budgets: Sequence[int]) -> str:
    """Returns what a study is called where nobody gives it a name, such as mnist-8000 or mnist-2000-4000-8000."""
    limits = "-".join(map(str, budgets))
    first = re.sub("[^A-Za-z0-9._-]+", "-", dataset).strip("._-")[: 48 if len(budgets) == 1 else 32] or "study"
    return f"{first}-{limits if len(limits) <= 30 else f'{budgets[0]}-to-{budgets[-1]}'}"


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
