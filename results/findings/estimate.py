"""`Estimate`: what a design reaches, by the least optimistic figure that there is, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from results.findings.records import TrialRecord
from results.findings.shares import interval, wilson
from results.findings.student import half_interval

Kind = Literal["confirmed", "finals", "held-out"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A value that says how accurate a design is.

    Attributes:
        kind: `confirmed` on test images, by which nothing is chosen; `finals` in trainings that did not choose the
            finalists, on other held-out images where those are drawn; `held-out` in those by which the search chose,
            which is optimistic.
        accuracy: A mean over the trainings, a share in [0, 1].
        low: The lower end of the 95 % confidence interval.
        high: The upper end.
        images: How many images each training was scored on.
        trainings: How many.
    """

    kind: Kind
    accuracy: float
    low: float
    high: float
    images: int
    trainings: int


def estimate_of(record: TrialRecord) -> Estimate:
    """Returns what a trained trial reached in the finals, or else in the search."""
    assert record.score is not None, "only a trained trial has a score"
    scores = record.finals or (record.score,)
    low, high = interval(scores, record.images, record.drawn_from)
    return Estimate(
        kind="finals" if record.finals else "held-out",
        accuracy=fmean(scores),
        low=low,
        high=high,
        images=record.images,
        trainings=len(scores),
    )


def estimate_confirmed(scores: Sequence[float], images: int) -> Estimate:
    """Returns what the scores of a confirmation say, shares of so many test images, the same ones for each seed.

    The interval spans both Student's over the seeds and Wilson's over the images.
    """
    mean, seeds = fmean(scores), half_interval(scores) or 0.0
    low, high = wilson(mean, images)
    return Estimate(
        kind="confirmed",
        accuracy=mean,
        low=max(0.0, min(low, mean - seeds)),
        high=min(1.0, max(high, mean + seeds)),
        images=images,
        trainings=len(scores),
    )
