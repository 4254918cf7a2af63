"""The search space: every choice with its range.

Ranges are fixed: none depends on another choice, because Optuna's multivariate TPE drops choices whose
range moves from its joint model. A value that a design has no use for is ignored.
"""

import math
import random
from dataclasses import dataclass
from typing import Literal

from space.augmentations import Affine, Jitter, Rotation
from space.choices.sizing import NARROWEST
from space.recipe import Constant, Cosine, ExponentialDecay, OneCycle, ReduceOnPlateau, StepDecay

SpaceName = Literal["core", "wide", "taught"]
Sampling = Literal["inside", "plain"]
Value = str | int | float


@dataclass(frozen=True, slots=True)
class Pick:
    """A choice of one of a few values without order."""

    options: tuple[Value, ...]

    def draw(self, rng: random.Random) -> Value:
        """Draws each value equally likely."""
        return rng.choice(self.options)

    def __contains__(self, value: Value) -> bool:
        return value in self.options

    def __str__(self) -> str:
        return " | ".join(str(option) for option in self.options)


@dataclass(frozen=True, slots=True)
class Whole:
    """A choice of a whole number from `low` to `high`, both included."""

    low: int
    high: int

    def draw(self, rng: random.Random) -> Value:
        """Draws each number equally likely."""
        return rng.randint(self.low, self.high)

    def __contains__(self, value: Value) -> bool:
        return isinstance(value, int) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low} .. {self.high}"


@dataclass(frozen=True, slots=True)
class Real:
    """A choice of a number from `low` to `high`; with `log`, every factor is equally likely."""

    low: float
    high: float
    log: bool = False

    def draw(self, rng: random.Random) -> Value:
        """Draws a number, evenly or evenly in its logarithm."""
        if not self.log:
            return rng.uniform(self.low, self.high)
        drawn = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return min(max(drawn, self.low), self.high)

    def __contains__(self, value: Value) -> bool:
        return not isinstance(value, str) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} .. {self.high:g}{' (log)' if self.log else ''}"


Choice = Pick | Whole | Real

STRUCTURE: dict[str, Choice] = {
    "first_pool_field": Pick((5, 7, 9)),
    "blocks_after_pool": Whole(1, 6),
    "second_pool": Whole(0, 3),
    "transition": Pick(("none", "before pool", "after pool")),
    "transition_dress": Pick(("bare", "relu", "block")),
    "normalisation": Pick(("none", "bn relu", "relu bn")),
    "dropout": Pick(("none", "element", "map")),
    "dropout_rate": Real(0.005, 0.3, log=True),
    "dropout_place": Pick(("every block", "before first pool")),
    "padding": Pick(("none", "first", "last", "all")),
    "head": Pick(("gap then 1x1", "class maps 1x1", "class maps 3x3", "full map")),
    "hidden": Whole(0, 2),
    "head_dress": Pick(("bare", "relu", "block")),
    "mean_crop": Pick((0, 2)),
}
"""Of networks as people have made them by hand, `space.choices.structure.Structure`."""
STAGES: dict[str, Choice] = {
    "family": Pick(("plain", "stages")),
    "stages": Pick((2, 3)),
    "blocks_1": Whole(0, 2),
    "blocks_2": Whole(0, 4),
    "blocks_3": Whole(0, 4),
    "block": Pick(("dense", "separable")),
    "convolutions": Pick((1, 2)),
    "entry": Pick(("dense", "separable", "pointwise")),
    "pool": Pick(("before entry", "after entry")),
    "entry_padding": Pick((False, True)),
    "stem_padding": Pick((False, True)),
    "depthwise": Pick((3, 5)),
    "between": Pick(("nothing", "norm", "norm act")),
    "order": Pick(("norm act", "act norm")),
    "sum_first": Pick((False, True)),
    "blur": Pick((False, True)),
    "activation": Pick(("relu", "prelu", "silu")),
    "ghost": Pick((0, 16, 32, 64)),
}
"""Residual stages, `space.choices.stages.Stages`, and what `space.choices.blueprint.Blueprint` adds to either
family."""

SLOTS: dict[SpaceName, tuple[str, ...]] = {
    "core": (
        *(f"before_{n}" for n in range(1, 5)),
        "transition",
        *(f"after_{n}" for n in range(1, 7)),
        *(f"hidden_{n}" for n in range(1, 3)),
    )
}
SLOTS["wide"] = SLOTS["taught"] = (*SLOTS["core"], "stem", "stage_1", "stage_2", "stage_3")
"""Every convolution that can have a width of its own."""

AUGMENTATIONS: dict[str, tuple[type, ...]] = {
    "none": (),
    "rotation": (Rotation,),
    "affine": (Affine,),
    "jitter": (Jitter,),
    "rotation, jitter": (Rotation, Jitter),
    "affine, jitter": (Affine, Jitter),
    "rotation, affine, jitter": (Rotation, Affine, Jitter),
    "jitter, affine, rotation": (Jitter, Affine, Rotation),
}
SCHEDULES: dict[str, type] = {
    "constant": Constant,
    "step": StepDecay,
    "exponential": ExponentialDecay,
    "one-cycle": OneCycle,
    "cosine": Cosine,
    "plateau": ReduceOnPlateau,
}
RECIPE: dict[str, Choice] = {
    "optimizer": Pick(("sgd", "adam", "adamw")),
    "sgd_learning_rate": Real(0.005, 0.3, log=True),
    "adam_learning_rate": Real(0.0005, 0.05, log=True),
    "momentum": Real(0.8, 0.98),
    "weight_decay": Pick((0.0, 1e-5, 1e-4, 5e-4, 1e-3, 5e-3)),
    "batch_size": Pick((32, 64, 128, 256)),
    "schedule": Pick(tuple(SCHEDULES)),
    "step_every": Whole(3, 10),
    "step_factor": Real(0.05, 0.5, log=True),
    "decay_per_epoch": Real(0.5, 0.95),
    "warmup": Real(0.1, 0.5),
    "plateau_factor": Real(0.05, 0.5, log=True),
    "plateau_patience": Whole(0, 3),
    "augmentation": Pick(tuple(AUGMENTATIONS)),
    "rotation_degrees": Real(2.0, 20.0),
    "affine_degrees": Real(0.0, 15.0),
    "affine_translate": Real(0.0, 0.15),
    "affine_scale": Real(0.0, 0.25),
    "affine_shear": Real(0.0, 15.0),
    "brightness": Real(0.0, 0.5),
    "contrast": Real(0.0, 0.5),
    "interpolation": Pick(("nearest", "bilinear")),
}


WIDE_RECIPE: dict[str, Choice] = {
    "optimizer": Pick(("sgd", "adam", "adamw", "muon")),
    "nesterov": Pick((False, True)),
    "decay_vectors": Pick((True, False)),
    "fade": Pick((0.0, 0.1, 0.2, 0.4)),
    "label_smoothing": Pick((0.0, 0.02, 0.05, 0.1)),
    "ema": Pick((0.0, 0.99, 0.997, 0.999)),
    "start_divisor": Pick((5.0, 25.0)),
    "end_divisor": Pick((100.0, 10_000.0)),
    "anneal": Pick(("cosine", "linear")),
}
"""What the wide space has in place of the core's, or beside it."""


def choices(space: SpaceName, sampling: Sampling) -> dict[str, Choice]:
    """Returns every choice of a space by name, in the order in which they are suggested."""
    if sampling == "inside":
        widths: dict[str, Choice] = {f"share_{slot}": Real(0.2, 1.0) for slot in SLOTS[space]}
        widths["fill"] = Real(0.5, 1.0)
    else:
        widths = {f"width_{slot}": Whole(NARROWEST, 32) for slot in SLOTS[space]}
    if space == "core":
        return STRUCTURE | widths | RECIPE
    taught: dict[str, Choice] = {"distillation": Pick((0.0, 0.3, 0.7))} if space == "taught" else {}
    return STAGES | STRUCTURE | widths | RECIPE | WIDE_RECIPE | taught


PROVEN: dict[str, Choice] = {
    "family": Pick(("stages",)),
    "normalisation": Pick(("bn relu", "relu bn")),
    "dropout": Pick(("none",)),
    "head": Pick(("gap then 1x1", "class maps 1x1")),
    "mean_crop": Pick((0,)),
    "block": Pick(("separable",)),
    "between": Pick(("norm act",)),
    "blur": Pick((True,)),
    "ghost": Pick((0,)),
    "fill": Real(0.9, 1.0),
    "optimizer": Pick(("adamw",)),
    "adam_learning_rate": Real(0.004, 0.02, log=True),
    "momentum": Real(0.85, 0.95),
    "weight_decay": Pick((1e-5, 1e-4, 5e-4, 1e-3)),
    "batch_size": Pick((64,)),
    "schedule": Pick(("one-cycle",)),
    "augmentation": Pick(("affine",)),
    "affine_degrees": Real(5.0, 12.0),
    "affine_translate": Real(0.04, 0.1),
    "affine_scale": Real(0.05, 0.15),
    "affine_shear": Real(0.0, 8.0),
    "interpolation": Pick(("bilinear",)),
    "fade": Pick((0.1, 0.2)),
    "label_smoothing": Pick((0.02, 0.05)),
    "ema": Pick((0.997, 0.999)),
}
"""Ranges that worked in most of what people published and in our own trainings (docs/log.md)."""

_TRUST = 0.85  # share of a first guess's choices that keep to what is proven


def draw(space: SpaceName, sampling: Sampling, rng: random.Random) -> dict[str, Value]:
    """Draws a value for every choice, each independently."""
    return {name: choice.draw(rng) for name, choice in choices(space, sampling).items()}


def guess(space: SpaceName, sampling: Sampling, rng: random.Random) -> dict[str, Value]:
    """Draws a design to begin with: most choices from their proven ranges, each of the others from all of its range.

    A search whose first trials are all that it knows needs that (priors: Mallik et al., arXiv 2306.12370).
    """
    return {
        name: (PROVEN[name] if name in PROVEN and rng.random() < _TRUST else choice).draw(rng)
        for name, choice in choices(space, sampling).items()
    }
