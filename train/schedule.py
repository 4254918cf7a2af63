"""Computes learning rate and momentum of every step, once before a training."""

import math
from typing import assert_never

from space.recipe import (
    Constant,
    Cosine,
    ExponentialDecay,
    OneCycle,
    Recipe,
    ReduceOnPlateau,
    StepDecay,
)

_MOMENTA = (0.85, 0.95)  # between which a one-cycle schedule moves the momentum, as in torch
_PLATEAU = 1e-4  # relative fall of the loss that counts as one, as in torch


def learning_rates(recipe: Recipe, steps_per_epoch: int) -> list[float]:
    """Returns one rate a step; the peak throughout for ReduceOnPlateau, whose `Plateau` scales it."""
    peak, steps = recipe.learning_rate, recipe.epochs * steps_per_epoch
    match recipe.schedule:
        case Constant() | ReduceOnPlateau():
            return [peak] * steps
        case StepDecay(every=every, factor=factor):
            return [peak * factor ** (step // steps_per_epoch // every) for step in range(steps)]
        case ExponentialDecay(factor=factor):
            return [peak * factor ** (step // steps_per_epoch) for step in range(steps)]
        case Cosine():
            return [peak * (1 + math.cos(math.pi * step / steps)) / 2 for step in range(steps)]
        case OneCycle(start_divisor=start_divisor, end_divisor=end_divisor) as cycle:
            first = peak / start_divisor
            return _one_cycle(cycle, steps, (first, peak, first / end_divisor))
        case _:
            assert_never(recipe.schedule)


def momenta(recipe: Recipe, steps_per_epoch: int) -> list[float]:
    """Returns one momentum (or first beta) a step."""
    steps = recipe.epochs * steps_per_epoch
    if isinstance(recipe.schedule, OneCycle):
        low, high = _MOMENTA
        return _one_cycle(recipe.schedule, steps, (high, low, high))
    return [recipe.momentum] * steps


def strengths(recipe: Recipe, steps_per_epoch: int) -> list[float]:
    """Returns by what the ranges of the augmentation are scaled, a number a step.

    It is 1, and then falls to 0 over the last share `fade` of the training.
    """
    steps = recipe.epochs * steps_per_epoch
    fading = recipe.fade * steps
    return [1.0 if step < steps - fading else (steps - 1 - step) / fading for step in range(steps)]


def _one_cycle(cycle: OneCycle, steps: int, ends: tuple[float, float, float]) -> list[float]:
    """Returns one value a step, from the first of `ends` to the second and on to the third."""
    start, middle, end = ends
    move = _cosine if cycle.anneal == "cosine" else _line
    top = cycle.warmup * steps - 1
    if steps == 1 or top <= 0:
        top = 0.0
    values = []
    for step in range(steps):
        if top > 0 and step <= top:
            values.append(move(start, middle, step / top))
        else:
            values.append(move(middle, end, (step - top) / max(1.0, steps - 1 - top)))
    return values


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _line(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


class Plateau:
    """A factor that scales the rate: lowered at each plateau of a ReduceOnPlateau schedule, 1 under any other.

    Attributes:
        state: The factor, the best loss so far and for how many epochs none was better.
    """

    def __init__(self, schedule: ReduceOnPlateau | None) -> None:
        self.schedule = schedule
        self.state: tuple[float, float, int] = (1.0, math.inf, 0)

    @property
    def factor(self) -> float:
        return self.state[0]

    def epoch(self, loss: float) -> None:
        """Takes in the training loss of an epoch."""
        if self.schedule is None:
            return
        factor, best, waited = self.state
        best, waited = (loss, 0) if loss < best * (1 - _PLATEAU) else (best, waited + 1)
        if waited > self.schedule.patience:
            factor, waited = factor * self.schedule.factor, 0
        self.state = factor, best, waited
