"""Shares as people read them."""

from collections.abc import Sequence
from statistics import fmean


def percent(share: float | None, digits: int = 2) -> str:
    """Writes a share in [0, 1] as a percentage; None as a dash."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def points(difference: float) -> str:
    """Writes a difference of shares in percentage points."""
    return f"{100 * difference:.2f} points"


def spread(shares: Sequence[float]) -> str:
    """Writes the mean of shares, and in brackets the lowest and the highest of several."""
    if len(shares) == 1:
        return percent(shares[0])
    return f"{percent(fmean(shares))} ({percent(min(shares))} to {percent(max(shares))})"
