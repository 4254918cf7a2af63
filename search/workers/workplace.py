"""`Workplace`: what all trainings of a search have in common."""

from dataclasses import dataclass, field
from typing import Literal

from train.data.dataset import Dataset
from train.device import Precision


@dataclass(frozen=True, kw_only=True, slots=True)
class Workplace:
    """What all trainings have in common. seed: of the split. whole: whether to train on all training images and to
    score on the test set, as nothing does that selects. tests: whether that is read then; without it the scores are
    on held-out images that are trained on, too, and say nothing. teacher: its weights, for recipes with distillation,
    trained on the same images; what a safetensors file holds."""

    source: Dataset
    seed: int
    device: Literal["cpu", "cuda"]
    precision: Precision
    whole: bool = False
    tests: bool = True
    teacher: bytes | None = field(default=None, repr=False)
