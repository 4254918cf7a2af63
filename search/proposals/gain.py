"""What a design is expected to gain, by what is known of designs in general and of those that were tried.

A Gaussian process of the logarithm of the error (Rasmussen and Williams, "Gaussian Processes for Machine Learning",
2006, chapter 2): linear in a few figures of the design, the more work an image is the better, and with a smooth rest.
The gain is the expected improvement over the best so far (Jones, Schonlau and Welch, 1998).
"""

import math
from collections.abc import Sequence

import numpy as np

from space.design import Design
from space.layers import Conv, Norm, Sum

_WORK = -0.2  # natural logarithms of the error for one of the multiply-adds, before anything was tried
_SLOPES = 0.15  # deviation of the slopes along each figure, that of the work around the one above
_REST = 0.35  # deviation of the smooth rest, in natural logarithms of the error
_LENGTH = 3.0  # distance of figures over which it changes
_NOISE = 0.2  # deviation of the error of one training
_LEVEL = 3.0  # deviation of the level of all
_MOST = 200  # designs that the process goes by, the latest


Figures = tuple[float, ...]


def figures(design: Design) -> Figures:
    """Return what tells designs apart, each figure such that 1 is a difference to be noticed; the work first."""
    architecture, recipe = design.architecture, design.recipe
    layers = architecture.layers
    convolutions = [layer for layer in layers if isinstance(layer, Conv)]
    return (
        math.log(architecture.macs),
        math.log(architecture.parameters),
        math.log(architecture.receptive_field),
        len(convolutions) / 6,
        2.0 * (any(layer.groups > 1 for layer in convolutions)),
        2.0 * any(isinstance(layer, Sum) for layer in layers),
        2.0 * any(isinstance(layer, Norm) for layer in layers),
        math.log2(recipe.batch_size) / 2,
        math.log(recipe.learning_rate) / 2 + (0.0 if recipe.optimizer == "sgd" else 1.0),
        2.0 * bool(recipe.ema),
        2.0 * bool(recipe.augmentation),
    )


def expected_gains(candidates: Sequence[Figures], tried: Sequence[tuple[Figures, float]]) -> list[float]:
    """Return for each candidate by how much, in natural logarithms of the error, it is expected to be better than the
    best that was tried; better than the candidates' mean where none was.

    Args:
        candidates: Their `figures`.
        tried: Figures of designs, and the logarithms of the errors that they had, the latest last.
    """
    best = min((error for _, error in tried), default=0.0)
    latest = tried[-_MOST:]
    points = np.array([*candidates, *(figures for figures, _ in latest)])
    errors = np.array([error for _, error in latest])
    n = len(candidates)
    points = points - points.mean(0)
    before = _WORK * points[:, 0]  # (points,)
    distances = ((points[:, None] - points[None]) ** 2).sum(2)
    like = _LEVEL**2 + _SLOPES**2 * points @ points.T + _REST**2 * np.exp(-distances / (2 * _LENGTH**2))
    if not len(errors):
        return [_improvement(mean, math.hypot(_REST, _NOISE), best=0.0) for mean in before]
    known = like[n:, n:] + _NOISE**2 * np.eye(len(errors))
    weights = np.linalg.solve(known, like[n:, :n])  # (tried, candidates)
    level = errors.mean()
    means = before[:n] + level + weights.T @ (errors - level - before[n:])
    variances = np.diag(like)[:n] - (weights * like[n:, :n]).sum(0)
    return [
        _improvement(mean, math.sqrt(max(variance, 0.0) + _NOISE**2), best=best)
        for mean, variance in zip(means, variances, strict=True)
    ]


def _improvement(mean: float, deviation: float, *, best: float) -> float:
    """Return the expected value of what a normal variable lies below the best, where it does."""
    z = (best - mean) / deviation
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return (best - mean) * math.erfc(-z / math.sqrt(2)) / 2 + deviation * density
