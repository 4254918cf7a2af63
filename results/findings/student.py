"""Student's t, for intervals and differences of means over few seeds."""

import math
from collections.abc import Sequence
from statistics import stdev

_DEVIATION = 0.0004  # between seeds, where there are too few to tell: the zoo's are 0.0003 to 0.0005 over five


def quantile(degrees: int) -> float:
    """Returns the value below which 97.5 % of t's distribution lies, so that 95 % lies within ± of it.

    Args:
        degrees: Of freedom.
    """
    from scipy.special import stdtrit  # scipy.stats, which has it too, takes three times as long to load

    return float(stdtrit(degrees, 0.975))


def half_interval(scores: Sequence[float]) -> float | None:
    """Returns half of the 95 % confidence interval of the mean of several scores; None of a single one."""
    if len(scores) < 2:
        return None
    return quantile(len(scores) - 1) * stdev(scores) / math.sqrt(len(scores))


def noise(one: Sequence[float], other: Sequence[float]) -> float:
    """Returns half of the 95 % confidence interval of the difference of two means over seeds.

    By Student's t with pooled deviation; by the deviation that trainings of such networks have where that is larger
    or there is one seed.
    """
    count = len(one) + len(other)
    spread = math.sqrt(1 / len(one) + 1 / len(other))
    least = 1.96 * _DEVIATION * spread
    if min(len(one), len(other)) < 2:
        return least
    pooled = math.sqrt(sum((len(part) - 1) * stdev(part) ** 2 for part in (one, other)) / (count - 2))
    return max(least, quantile(count - 2) * pooled * spread)
