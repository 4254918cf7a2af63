"""`Answers`: what a confirmed network says to the test images, and where it is wrong."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """A test image, uint8 (28, 28), what it shows and what it was taken for; certainty: the network's, in [0, 1]."""

    image: np.ndarray
    truth: int
    answer: int
    certainty: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Of one confirmed network to the test images.

    Attributes:
        seed: Of its training.
        confusion: Whole numbers (10, 10): images by what they show, then by what they were taken for.
        mistakes: The most certain of the wrong answers first.
    """

    seed: int
    confusion: np.ndarray
    mistakes: tuple[Mistake, ...]

    def to_json(self) -> dict[str, Any]:
        mistakes = [{**asdict(one), "image": one.image.tolist()} for one in self.mistakes]
        return {"seed": self.seed, "confusion": self.confusion.tolist(), "mistakes": mistakes}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Answers":
        """What `to_json` made; raises KeyError, TypeError or ValueError of anything else."""
        mistakes = (Mistake(**{**one, "image": np.array(one["image"], np.uint8)}) for one in data["mistakes"])
        return cls(seed=data["seed"], confusion=np.array(data["confusion"], int), mistakes=tuple(mistakes))

    @property
    def images(self) -> int:
        return int(self.confusion.sum())

    @property
    def wrong(self) -> int:
        return self.images - int(np.trace(self.confusion))
