"""`Answers`: what a confirmed network says to the test images, and where it is wrong."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """A test image that a network took for another class.

    Attributes:
        image: uint8 (H, W), or (H, W, C) of more channels than one.
        truth: The label of what it shows.
        answer: That of what it was taken for.
        certainty: The network's for its answer, in [0, 1].
    """

    image: np.ndarray
    truth: int
    answer: int
    certainty: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """A value that records what one confirmed network says to the test images.

    Attributes:
        seed: Of its training.
        confusion: Whole numbers (classes, classes): images by what they show, then by what they were taken for.
        mistakes: The most certain of the wrong answers first.
    """

    seed: int
    confusion: np.ndarray
    mistakes: tuple[Mistake, ...]

    def to_json(self) -> dict[str, Any]:
        """Returns a JSON object that `from_json` turns back into equal answers."""
        mistakes = [{**asdict(one), "image": one.image.tolist()} for one in self.mistakes]
        return {"seed": self.seed, "confusion": self.confusion.tolist(), "mistakes": mistakes}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Answers":
        """Reads what `to_json` returned; raises KeyError, TypeError or ValueError of anything else."""
        mistakes = (Mistake(**{**one, "image": np.array(one["image"], np.uint8)}) for one in data["mistakes"])
        return cls(seed=data["seed"], confusion=np.array(data["confusion"], int), mistakes=tuple(mistakes))

    @property
    def images(self) -> int:
        """How many images were answered."""
        return int(self.confusion.sum())

    @property
    def wrong(self) -> int:
        """How many of them wrongly."""
        return self.images - int(np.trace(self.confusion))
