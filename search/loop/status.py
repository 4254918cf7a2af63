"""`Status`: a search at one moment, as the views show it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from results.findings.records import TrialRecord, Verdict, finished
from results.findings.shares import reaches
from train.scores import EpochScore

Stage = Literal["screening", "training", "final"]  # what a design is trained for


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A trial in training; accuracy is the latest held-out one, a share, None in the first epoch; epochs: how many
    this training has, fewer than the search's while the design is screened."""

    trial: int
    stage: Stage
    notation: str
    parameters: int
    epoch: int
    epochs: int
    accuracy: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finals:
    """How far the finals are. done: trainings that are over, of `trainings` in all of their `rounds`."""

    round: int
    rounds: int
    done: int
    trainings: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """Times in seconds; `left`, to the end of the finals, is None until it can be estimated. why: what made `left`
    another than it was a moment ago, in a line; empty while it goes on evenly. finals: None before they begin.
    limits: of `space.design.Budget`, those beside the parameters among them."""

    study: str
    dataset: str
    budgets: tuple[int, ...]
    trials: int
    epochs: int
    target: float
    counts: Counter[Verdict]
    running: tuple[Running, ...]
    best: TrialRecord | None
    elapsed: float
    left: float | None
    why: str = ""
    finals: Finals | None = None
    limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return finished(self.counts)


class View(Protocol):
    """Shows a search; `update` is called a few times a second, `scored` once an epoch of a trial, `ended` once a
    trial, `noted` with a line on what people should know."""

    def update(self, status: Status) -> None: ...

    def scored(self, trial: Running, score: EpochScore) -> None: ...

    def ended(self, record: TrialRecord) -> None: ...

    def noted(self, text: str) -> None: ...

    def close(self) -> None: ...


def reaches_target(record: TrialRecord, *, last_epochs: int, target: float) -> bool:
    """Returns whether each of so many last epochs reached `target`."""
    return bool(record.accuracies) and reaches(min(record.accuracies[-last_epochs:]), target)
