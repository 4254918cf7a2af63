"""How wide a convolution may be, and how wide it is at a scale."""

from collections.abc import Callable, Iterable

from space.task import DIGITS, Task

Widths = dict[str, int]
"""The maps of each slot."""

NARROWEST = 4
_LEAST_SHARE = 0.1  # that a scale goes far enough for in any case, so that studies go on as they began
_HALVINGS = 40  # of the interval of scales: far finer than the step from one width to the next
_WIDEST_OF_DIGITS, _WIDEST = 64, 192  # for digits as it was, so that studies of them go on as they began


def widest(task: Task) -> int:
    """Returns how many maps a convolution has at most."""
    return _WIDEST_OF_DIGITS if task.image == DIGITS.image else _WIDEST


def width_at(scale: float, share: float, most: int) -> int:
    """Returns the share, above 0 and up to 1, times a scale, rounded, from `NARROWEST` to `most` maps."""
    return min(most, max(NARROWEST, round(scale * share)))


def largest_scale(shares: Iterable[float], most: int) -> float:
    """Returns a scale at which each of the shares has `most` maps."""
    return most / min((_LEAST_SHARE, *shares))


def widest_within(at: Callable[[float], Widths], allowed: Callable[[Widths], bool], *, scale: float) -> Widths:
    """Finds the widths of the largest scale at which they are allowed, by halving.

    Args:
        at: Returns the widths at a scale; those at 0 are allowed.
        scale: One at which no width grows any more.
    """
    low, high = 0.0, scale
    best, over = at(low), Widths()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        widths = at(middle)
        if widths == best or (widths != over and allowed(widths)):
            low, best = middle, widths
        else:
            high, over = middle, widths
    return best
