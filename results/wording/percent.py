"""Shares as people read them."""

from collections.abc import Sequence
from statistics import fmean

from results.findings.shares import reaches

_EXACT = 1e-9  # a share that is so near to 0 or 1 is that: sums of floats are not exact
_DIGITS = 10  # of hundredths, in which what differs by more differs


def percent(share: float | None, digits: int = 2, target: float | None = None) -> str:
    """Writes a share in [0, 1] as a percentage, as `hundredths` does; None as a dash."""
    return "-" if share is None else f"{hundredths(share, digits, target)} %"


def hundredths(share: float, digits: int = 2, target: float | None = None) -> str:
    """Writes a share in [0, 1] in hundredths; one that is not quite 1 is not rounded up to that, nor another to 0.

    target: A share that it is compared with; where rounding would bring it to the other side of that, it has more
        digits.
    """
    if target is not None:
        reached, whole = reaches(share, target), round(100 * target, _DIGITS)
        while digits < _DIGITS and (round(100 * share, digits) >= whole) != reached:
            digits += 1
    written = f"{100 * share:.{digits}f}"
    if share < 1 - _EXACT and float(written) == 100:
        return f"{100 - 10**-digits:.{digits}f}"
    return f"{10**-digits:.{digits}f}" if share > _EXACT and float(written) == 0 else written


def in_full(share: float) -> str:
    """Writes a share that somebody asks for, as a target, as a percentage with all its decimals, two at least."""
    whole, _, decimals = f"{100 * share:.{_DIGITS}f}".rstrip("0").partition(".")
    return f"{whole}.{decimals:0<2} %"


def points(difference: float) -> str:
    """Writes a difference of shares in percentage points."""
    return f"{100 * difference:.2f} points"


def spread(shares: Sequence[float]) -> str:
    """Writes the mean of shares, and in brackets the lowest and the highest of several."""
    if len(shares) == 1:
        return percent(shares[0])
    return f"{percent(fmean(shares))} ({percent(min(shares))} to {percent(max(shares))})"
