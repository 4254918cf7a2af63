"""Sorts names as people do, lists them in few words, and keeps those of users apart; loads nothing."""

import re
from collections.abc import Sequence

KNOWN = ("mnist", "digits")  # by whose names everybody knows what they are


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """Returns a key to sort names by in which 2 comes before 10, and that no two names share."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if part.isascii() and part.isdigit() else (0, part) for part in parts], name


def shortened(names: Sequence[str]) -> str:
    """Returns the first ten names, and how many more there are."""
    return ", ".join(names[:10]) + (f" and {len(names) - 10:,} more" if len(names) > 10 else "")


def own(name: str) -> str:
    """Returns what data of a user's are called: never as MNIST or the digits, for which these names stand alone."""
    return f"own-{name}" if name in KNOWN else name
