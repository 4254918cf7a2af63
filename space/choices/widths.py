"""How wide a convolution may be, and how wide it is at a scale."""

from space.task import DIGITS, Task

NARROWEST = 4
_WIDEST_OF_DIGITS, _WIDEST = 64, 192  # for digits as it was, so that studies of them go on as they began


def widest(task: Task) -> int:
    """Returns how many maps a convolution has at most."""
    return _WIDEST_OF_DIGITS if task.image == DIGITS.image else _WIDEST


def width_at(scale: float, share: float, most: int) -> int:
    """Returns the share, above 0 and up to 1, times a scale, rounded, from `NARROWEST` to `most` maps."""
    return min(most, max(NARROWEST, round(scale * share)))
