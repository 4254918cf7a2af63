"""Shares as people read them."""

from collections.abc import Sequence
from statistics import fmean


def percent(share: float | None, digits: int = 2) -> str:
    """Writes a share in [0, 1] as a percentage; None as a dash."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def spread(shares: Sequence[float]) -> str:
    """Writes the mean of shares, and in brackets the lowest and the highest."""
    return f"{percent(fmean(shares))} ({percent(min(shares))} to {percent(max(shares))})"
