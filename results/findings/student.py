"""Student's t, for intervals and differences of means over few seeds."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from results.findings.shares import standard_error

_Z = 1.959964  # 95 % of a normal distribution lie within ± of it


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


def noise(one: Sequence[float], other: Sequence[float], images: int | None = None) -> float | None:
    """Returns half of the 95 % confidence interval of the difference of two means over seeds; None of one seed.

    From seed to seed by Student's t with pooled deviation; from images to others as if those of the two were drawn
    apart, which is wider than it is for the same ones. The two add up as independent ones do.

    Args:
        images: How many each training was scored on, the same for all seeds; None leaves that part out.
    """
    if min(len(one), len(other)) < 2:
        return None
    degrees = len(one) + len(other) - 2
    pooled = math.sqrt(sum((len(part) - 1) * stdev(part) ** 2 for part in (one, other)) / degrees)
    seeds = quantile(degrees) * pooled * math.sqrt(1 / len(one) + 1 / len(other))
    return math.hypot(seeds, *(_of_images(fmean(part), images) for part in (one, other)))


def gap_noise(training: Sequence[float], held_out: Sequence[float], images: int | None) -> float | None:
    """Returns the same of what training accuracies are above held-out ones, seed by seed; None of one seed."""
    gaps = [one - other for one, other in zip(training, held_out, strict=False)]
    if len(gaps) < 2:
        return None
    seeds = quantile(len(gaps) - 1) * stdev(gaps) / math.sqrt(len(gaps))
    return math.hypot(seeds, _of_images(fmean(held_out), images))


def _of_images(share: float, images: int | None) -> float:
    """Returns half of the 95 % confidence interval of a share of so many images, by Agresti and Coull."""
    return _Z * standard_error((share,), images) if images else 0.0
