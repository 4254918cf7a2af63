"""`Confirmation`: what a design reaches over seeds, with nothing chosen by the figures."""

import math
from dataclasses import dataclass
from statistics import fmean, stdev

from results.findings.student import quantile


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedRun:
    """One training on all training images, scored on the test set after each epoch.

    Attributes:
        accuracies: Test accuracy after each epoch, shares in [0, 1]; shorter than the schedule where it diverged.
        training_accuracies: On the (augmented) training images, likewise.
        seconds: Training time.
        diverged: Why it ended early; empty otherwise.
    """

    seed: int
    accuracies: tuple[float, ...]
    training_accuracies: tuple[float, ...]
    seconds: float
    diverged: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """Runs of one design, a schedule's `epochs` each. No epoch and no seed is picked: every figure is of the last
    `hold` epochs of all runs, and what a diverged run has not is 0."""

    runs: tuple[SeedRun, ...]
    epochs: int
    hold: int

    def last(self, run: SeedRun) -> tuple[float, ...]:
        """Accuracies of the run's last epochs."""
        return self._last(run.accuracies)

    def last_training(self, run: SeedRun) -> tuple[float, ...]:
        """Its training accuracies likewise."""
        return self._last(run.training_accuracies)

    def _last(self, curve: tuple[float, ...]) -> tuple[float, ...]:
        return (curve + (0.0,) * (self.epochs - len(curve)))[-self.hold :]

    @property
    def scores(self) -> list[float]:
        """Mean of the last epochs of each run."""
        return [fmean(self.last(run)) for run in self.runs]

    @property
    def mean(self) -> float:
        return fmean(self.scores)

    @property
    def deviation(self) -> float | None:
        """From seed to seed; None of a single one."""
        return stdev(self.scores) if len(self.runs) > 1 else None

    @property
    def interval(self) -> float | None:
        """Half of the 95 % confidence interval of the mean over seeds, by Student's t; None of a single seed."""
        if self.deviation is None:
            return None
        return quantile(len(self.runs) - 1) * self.deviation / math.sqrt(len(self.runs))

    @property
    def worst(self) -> float:
        """The lowest of the last epochs of all runs."""
        return min(min(self.last(run)) for run in self.runs)

    def held(self, target: float) -> int:
        """In how many runs every one of the last epochs reached `target`."""
        return sum(min(self.last(run)) >= target for run in self.runs)
