"""`Ladder`: a design step by step, each step trained."""

from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """A value that records one step of a ladder as it was trained; of accuracies one a seed, shares in [0, 1].

    Attributes:
        name: What is changed.
        target: What is changed and why.
        parameters: Numbers it learns.
        macs: Multiply-adds for one image.
        receptive_field: Of the output, in pixels.
        best_training: The best epoch's, on training images as they are trained on, augmented and with dropout.
        training: The mean of the last epochs' likewise.
        best_held_out: The best epoch's, on held-out images.
        held_out: The mean of the last epochs' likewise.
        seconds: Mean training time.
        diverged: In how many seeds the training did; the missing epochs' accuracies count as 0.
    """

    name: str
    target: str
    notation: str
    recipe: str
    parameters: int
    macs: int
    receptive_field: int
    best_training: tuple[float, ...]
    training: tuple[float, ...]
    best_held_out: tuple[float, ...]
    held_out: tuple[float, ...]
    seconds: float
    diverged: int = 0

    @property
    def score(self) -> float:
        """The mean held-out accuracy over the seeds."""
        return fmean(self.held_out)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """A value that gathers a design's ladder and what is left of the design without each ingredient.

    Attributes:
        name: What the design is called.
        rungs: From the bare skeleton to the whole design.
        without: The whole design with one change undone; empty where that was not asked for.
        images: How many held-out images each training was scored on; None of a ladder that was made before that was
            written down.
    """

    name: str
    dataset: str
    seeds: int
    epochs: int
    hold: int
    rungs: tuple[Rung, ...]
    without: tuple[Rung, ...] = ()
    images: int | None = None
