"""PED-ANOVA: how far the choices of the best trials are from those of all.

By Watanabe, Bansal and Hutter (arXiv 2304.10255); of choices that only some trials made by arXiv 2601.20800. The
figures are those of Optuna's evaluator, as a test sees; that one stands in a package that loads scikit-learn, which
takes half as long as all the rest of a report.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_FEWEST = 2  # trials that must have made a choice for it to count
_NARROWEST = 0.5 / 1.64  # deviation of a kernel, in cells: nine tenths of it lie in its own
_NEVER = 1e-12  # density of what nobody chose


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A value that says what the trials chose of one range.

    Attributes:
        cells: Of each trial, in which of `size` equal parts of the range, or in which category, it went, from 0; -1
            where it did not choose.
        ordered: Whether neighbouring cells are alike.
    """

    name: str
    cells: Sequence[int]
    size: int
    ordered: bool


def importances(choices: Sequence[Choice], best: Sequence[bool]) -> dict[str, float]:
    """Returns how much each choice matters, by name, the largest first, up to a common factor.

    Where trials had several ranges of one name, they count together.

    Args:
        best: Of each trial, whether it is one of the best, which are one at least.
    """
    sums = {choice.name: 0.0 for choice in choices}
    chosen = np.array(best)
    for choice in choices:
        cells = np.array(choice.cells)
        made = cells >= 0
        top = made & chosen
        if choice.size < 2 or made.sum() < _FEWEST or not top.any():
            continue
        local, sought = (_density(np.bincount(cells[some], minlength=choice.size), choice) for some in (made, top))
        share = top.sum() / chosen.sum()
        sums[choice.name] += float(share**2 / made.mean() * (local @ (sought / local - 1) ** 2))
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _density(counts: np.ndarray, choice: Choice) -> np.ndarray:
    """Estimates the density over the cells by Parzen's kernels: one a trial that went there, and one for none."""
    total, size = counts.sum(), choice.size
    if not choice.ordered:
        flat = 1 / (np.count_nonzero(counts) + 1)
        return ((counts + total * flat) / (1 + size * flat) + 1 / size) / (total + 1) + _NEVER
    cells = np.flatnonzero(counts)
    kernels = _kernels(size, cells, _bandwidth(cells, counts[cells]))
    return (counts[cells] @ kernels + _none(size)) / (total + 1) + _NEVER


def _kernels(size: int, cells: np.ndarray, deviation: float) -> np.ndarray:
    """Returns a normal kernel about each of the cells, cut off at the ends of the range, (cells, size)."""
    away = np.array([_normal((edge - 0.5) / deviation) for edge in range(-size, size + 1)])
    below = away[np.arange(size + 1) - cells[:, None] + size]
    return np.diff(below) / (below[:, -1:] - below[:, :1])


@functools.cache
def _none(size: int) -> np.ndarray:
    """Returns the kernel that stands for no trial: about the middle, and as wide as the range, (size,)."""
    below = np.array([_normal((edge - size / 2) / size) for edge in range(size + 1)])
    return np.diff(below) / (below[-1] - below[0])


def _normal(x: float) -> float:
    """Returns the normal distribution function.

    scipy's takes longer to load than all of these take to compute.
    """
    return math.erfc(-x / math.sqrt(2)) / 2


def _bandwidth(cells: np.ndarray, weights: np.ndarray) -> float:
    """Returns the kernels' deviation by Scott's rule, from the quartiles where they are narrower."""
    total, below = weights.sum(), weights.cumsum()
    mean = cells @ weights / total
    deviation = math.sqrt((cells - mean) ** 2 @ weights / max(1, total - 1))
    first = np.searchsorted(below, total // 4)
    third = min(len(cells) - 1, np.searchsorted(below, total * 3 // 4, side="right"))
    return max(1.059 * min((cells[third] - cells[first]) / 1.34, deviation) * total**-0.2, _NARROWEST)
