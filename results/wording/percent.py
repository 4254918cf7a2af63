"""Shares as people read them."""

from collections.abc import Sequence
from statistics import fmean

_EXACT = 1e-9  # a share that is so near to 0 or 1 is that: sums of floats are not exact


def percent(share: float | None, digits: int = 2) -> str:
    """Writes a share in [0, 1] as a percentage, as `hundredths` does; None as a dash."""
    return "-" if share is None else f"{hundredths(share, digits)} %"


def hundredths(share: float, digits: int = 2) -> str:
    """Writes a share in [0, 1] in hundredths; one that is not quite 1 is not rounded up to that, nor another to 0."""
    written = f"{100 * share:.{digits}f}"
    if share < 1 - _EXACT and float(written) == 100:
        return f"{100 - 10**-digits:.{digits}f}"
    return f"{10**-digits:.{digits}f}" if share > _EXACT and float(written) == 0 else written


def in_full(share: float) -> str:
    """Writes a share that somebody asks for, as a target, as a percentage with all its decimals, two at least."""
    whole, _, decimals = f"{100 * share:.10f}".rstrip("0").partition(".")
    return f"{whole}.{decimals:0<2} %"


def points(difference: float) -> str:
    """Writes a difference of shares in percentage points."""
    return f"{100 * difference:.2f} points"


def spread(shares: Sequence[float]) -> str:
    """Writes the mean of shares, and in brackets the lowest and the highest of several."""
    if len(shares) == 1:
        return percent(shares[0])
    return f"{percent(fmean(shares))} ({percent(min(shares))} to {percent(max(shares))})"
