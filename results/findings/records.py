"""`TrialRecord`: what is kept of a trial for ever."""

from collections import Counter
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from space.architecture import Architecture
from space.design import Design
from space.recipe import Recipe

Verdict = Literal["trained", "pruned", "rejected", "failed", "running", "waiting"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialRecord:
    """A value that records one trial of a study.

    Attributes:
        trial: Its number in the study, from 0.
        verdict: `trained` to the end; `pruned` in training; `rejected` before it, without training;
            `failed` by an error; `running` or `waiting` while it has no end.
        reason: Why it was pruned, rejected or failed; empty otherwise.
        origin: Where the proposal came from: the sampler, or the name of a reference design.
        notation: The network.
        parameters: As fvcore counts them.
        macs: Multiply-adds for one image.
        receptive_field: Of the network's output, in pixels.
        recipe: How it is trained; None for a trial that has not begun.
        fingerprint: Of the design.
        score: Mean held-out accuracy of the last epochs, a share in [0, 1]; None without an end.
        accuracies: Held-out accuracy after each epoch so far, shares in [0, 1].
        training_accuracies: On the (augmented) training images, likewise.
        losses: Mean training loss of each epoch, in nats.
        seconds: Training time.
        screening_seconds: What of it the short training took.
        finished: ISO 8601 time of its end, or None.
        images: How many held-out images each of its scores is of.
        drawn_from: How many images those of all its trainings are drawn from; as many where the same ones are held
            out of each. None is any number.
        screened: Held-out accuracy after the short training that decided whether there was a whole one, or None.
        finals: Scores of the design's trainings after the search, each with a fresh seed, and other held-out
            images where those are drawn.
        merit: What the study ranks it by among those that came as far: its mean in the finals, else its score, or,
            where the smallest network is sought, more than any score for one that holds the target.
        of_budget: Of several budgets that are searched together the smallest that its network meets; None where there
            is one.
        weights_sha256: Of the file of its weights; empty where it has none, or an earlier version wrote it.
    """

    trial: int
    verdict: Verdict
    reason: str
    origin: str
    notation: str
    parameters: int
    macs: int
    receptive_field: int
    recipe: Recipe | None
    fingerprint: str
    score: float | None
    accuracies: tuple[float, ...]
    training_accuracies: tuple[float, ...]
    losses: tuple[float, ...]
    seconds: float
    finished: str | None
    images: int
    screened: float | None = None
    screening_seconds: float = 0.0
    finals: tuple[float, ...] = ()
    merit: float = 0.0
    weights_sha256: str = ""
    of_budget: int | None = None
    drawn_from: int | None = None

    @property
    def design(self) -> Design:
        """The network and its recipe; only of a trial that has begun."""
        assert self.recipe is not None, "a trial that has not begun has no design yet"
        return Design(Architecture.parse(self.notation), self.recipe)

    @property
    def activation_bytes(self) -> int:
        """Peak memory of the network's activations for one image; 0 of a trial that has not begun."""
        return Architecture.parse(self.notation).activation_bytes if self.notation else 0

    @property
    def proposer(self) -> str:
        """The origin as a sentence names it."""
        return self.origin if self.known else "the sampler"

    @property
    def known(self) -> bool:
        """Whether the design was known before the search, of the zoo or a ladder, and not proposed by the sampler."""
        return self.origin != "sampler"

    @property
    def accuracy(self) -> float:
        """What it is compared by where accuracy counts: its mean in the finals, else its score; 0 without either."""
        return fmean(self.finals) if self.finals else self.score or 0.0

    @property
    def rank(self) -> tuple[float, ...]:
        """A key that sorts records of one verdict, the best first.

        Trained ones: who came furthest in the finals, the highest merit there, fewer parameters, fewer multiply-adds,
        earlier. Others: who was trained longer, then the more accurate. `results.findings.selection` has ties.
        """
        if self.verdict != "trained":
            return (-self.epochs, -(self.reached or 0.0), self.parameters, self.trial)
        return (-len(self.finals), -self.merit, self.parameters, self.macs, self.trial)

    @property
    def reached(self) -> float | None:
        """The held-out accuracy where the trial ended; None where it has none.

        That is its score, else its last epoch's, else the short training's.
        """
        if self.score is not None:
            return self.score
        return self.accuracies[-1] if self.accuracies else self.screened

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return len(self.accuracies)


def trained(records: list[TrialRecord]) -> list[TrialRecord]:
    """Returns the trained records, which have a score."""
    return [record for record in records if record.verdict == "trained" and record.score is not None]


def front(records: list[TrialRecord]) -> list[TrialRecord]:
    """Returns the trained records that no other beats in score with as few parameters, smallest first."""
    leading: list[TrialRecord] = []
    for record in sorted(trained(records), key=lambda r: (r.parameters, -(r.score or 0))):
        if not leading or (record.score or 0) > (leading[-1].score or 0):
            leading.append(record)
    return leading


def finished(counts: Counter[Verdict]) -> int:
    """Counts the trials that count towards the study's total: all that ended but rejected proposals."""
    return counts["trained"] + counts["pruned"] + counts["failed"]
