"""`Confirmation`: what a design reaches over seeds, with nothing chosen by the figures."""

from dataclasses import dataclass
from statistics import fmean, stdev

from results.findings.shares import reaches
from results.findings.student import half_interval


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedRun:
    """A value that records one training on all training images, scored on the test set after each epoch.

    Attributes:
        accuracies: Test accuracy after each epoch, shares in [0, 1]; shorter than the schedule where it diverged.
        training_accuracies: On the (augmented) training images, likewise.
        seconds: Training time.
        diverged: Why it ended early; empty otherwise.
        weights_sha256: Of the file of its weights; empty where it has none, or an earlier version wrote it.
    """

    seed: int
    accuracies: tuple[float, ...]
    training_accuracies: tuple[float, ...]
    seconds: float
    diverged: str = ""
    weights_sha256: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """A value that gathers runs of one design over seeds; no epoch and no seed is picked.

    Every figure is of the last `last_epochs` epochs of all runs, and what a diverged run has not is 0.

    Attributes:
        runs: One a seed.
        epochs: The schedule's, of each run.
        last_epochs: How many last epochs count.
    """

    runs: tuple[SeedRun, ...]
    epochs: int
    last_epochs: int

    def last(self, run: SeedRun) -> tuple[float, ...]:
        """Returns the run's test accuracies in its last epochs."""
        return self._last(run.accuracies)

    def last_training(self, run: SeedRun) -> tuple[float, ...]:
        """Returns the run's training accuracies in its last epochs."""
        return self._last(run.training_accuracies)

    def _last(self, curve: tuple[float, ...]) -> tuple[float, ...]:
        """Returns the last epochs of a curve, with 0 for those that it has not."""
        return (curve + (0.0,) * (self.epochs - len(curve)))[-self.last_epochs :]

    @property
    def scores(self) -> list[float]:
        """The mean of each run's last epochs."""
        return [fmean(self.last(run)) for run in self.runs]

    @property
    def mean(self) -> float:
        """The mean of the scores."""
        return fmean(self.scores)

    @property
    def deviation(self) -> float | None:
        """The scores' standard deviation from seed to seed; None of a single seed."""
        return stdev(self.scores) if len(self.runs) > 1 else None

    @property
    def interval(self) -> float | None:
        """Half of the 95 % confidence interval of the mean, by Student's t; None of a single seed."""
        return half_interval(self.scores)

    @property
    def worst(self) -> float:
        """The lowest accuracy in the last epochs of all runs."""
        return min(min(self.last(run)) for run in self.runs)

    def held(self, target: float) -> int:
        """Counts the runs in which every one of the last epochs reached `target`."""
        return sum(reaches(min(self.last(run)), target) for run in self.runs)
