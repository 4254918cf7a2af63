"""How sure a share of images is that were classified correctly, over one training or several."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

_Z = 1.959964  # 95 % of a normal distribution lie within ± of it
_EXACT = 1e-9  # a share that is so near to a target is that: 99.4 / 100 is more than 9940 / 10000 in floats


def reaches(share: float, target: float) -> bool:
    """Returns whether a share is as much as one that somebody asks for, or more."""
    return share > target - _EXACT


def standard_error(scores: Sequence[float], images: int, drawn_from: int | None = None) -> float:
    """Returns the standard error of the mean of `scores`, shares of so many images each.

    That of a binomial share over all these images, with two right and two wrong ones added (Agresti and Coull, The
    American Statistician 52, 1998), so that 100 % has one too; or, where it is larger, that of a mean of trainings.

    Args:
        drawn_from: How many images those of all scores are drawn from, which are no more together: as many as
            `images` where they are the same ones each time. None is any number.
    """
    binomial = _binomial(scores, _together(scores, images, drawn_from))
    return binomial if len(scores) < 2 else max(binomial, stdev(scores) / math.sqrt(len(scores)))


def interval(scores: Sequence[float], images: int, drawn_from: int | None = None) -> tuple[float, float]:
    """Returns the 95 % confidence interval of the mean of `scores`, which are as `standard_error` takes them.

    Wilson's, over fewer images than there are where trainings differ by more than that many would make them differ.
    """
    every, error = _together(scores, images, drawn_from), standard_error(scores, images, drawn_from)
    return wilson(fmean(scores), every * (_binomial(scores, every) / error) ** 2)


def wilson(share: float, images: float) -> tuple[float, float]:
    """Returns Wilson's 95 % confidence interval of a share of so many images (JASA 22, 1927)."""
    square = _Z**2 / images
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def _together(scores: Sequence[float], images: int, drawn_from: int | None) -> int:
    """Returns how many images all scores are of, each image counted once."""
    return min(len(scores) * images, drawn_from or len(scores) * images)


def _binomial(scores: Sequence[float], images: int) -> float:
    every = images + _Z**2
    share = (fmean(scores) * images + _Z**2 / 2) / every
    return math.sqrt(share * (1 - share) / every)
