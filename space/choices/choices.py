"""The search space: every choice with its range.

Ranges follow from the task and are fixed for a study: none depends on another choice, because Optuna's multivariate
TPE drops choices whose range moves from its joint model. A value that a design has no use for is ignored.
"""

import random
from typing import Literal

from space.choices.augment_sets import Augment, augmentation_choices
from space.choices.kinds import Choice, Pick, Real, Value, Whole
from space.choices.widths import NARROWEST, widest
from space.layers import Shape
from space.recipe import Constant, Cosine, ExponentialDecay, OneCycle, ReduceOnPlateau, StepDecay
from space.task import Task

SpaceName = Literal["core", "wide", "taught"]
Sampling = Literal["inside", "plain"]

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

_OF_LARGE_IMAGES: dict[str, Choice] = {
    "stages": Pick((3, 4, 5)),
    "blocks_4": Whole(0, 4),
    "blocks_5": Whole(0, 4),
    "blocks_after_pool": Whole(1, 8),
    "second_pool": Whole(1, 3),
    "third_pool": Whole(0, 3),
    "fourth_pool": Whole(0, 3),
}
"""What images with shorter sides from 48 pixels on have in place of these, or beside them."""

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

LATER_STAGES = {"blocks_4", "blocks_5"}


def is_large(image: Shape) -> bool:
    """Says whether images are so large that networks have a third and a fourth pool: from 48 pixels on."""
    return min(image[1:]) >= 48


def slots(space: SpaceName, task: Task) -> tuple[str, ...]:
    """Names every convolution that can have a width of its own."""
    blocks, stages = (8, 5) if is_large(task.image) else (6, 3)
    core = (
        *(f"before_{n}" for n in range(1, 5)),
        "transition",
        *(f"after_{n}" for n in range(1, blocks + 1)),
        *(f"hidden_{n}" for n in range(1, 3)),
    )
    return core if space == "core" else (*core, "stem", *(f"stage_{n}" for n in range(1, stages + 1)))


def choices(space: SpaceName, sampling: Sampling, *, task: Task, augment: Augment) -> dict[str, Choice]:
    """Returns every choice of a space by name, in the order in which they are suggested."""
    if sampling == "inside":
        widths: dict[str, Choice] = {f"share_{slot}": Real(0.2, 1.0) for slot in slots(space, task)}
        widths["fill"] = Real(0.5, 1.0)
    else:
        widths = {f"width_{slot}": Whole(NARROWEST, widest(task) // 2) for slot in slots(space, task)}
    forms = _forms(task)
    recipe = RECIPE | augmentation_choices(augment, task)
    if space == "core":
        return (
            {name: choice for name, choice in forms.items() if name not in STAGES.keys() | LATER_STAGES}
            | widths
            | recipe
        )
    taught: dict[str, Choice] = {"distillation": Pick((0.0, 0.3, 0.7))} if space == "taught" else {}
    every = forms | widths | recipe | WIDE_RECIPE | taught
    return {name: choice for name, choice in every.items() if augment != "none" or name != "fade"}


def _forms(task: Task) -> dict[str, Choice]:
    """Returns the choices of both families of networks, as far as they suit the task's images."""
    forms = STAGES | STRUCTURE
    if is_large(task.image):
        forms |= _OF_LARGE_IMAGES
    _, height, width = task.image
    if height != width:
        forms["head"] = Pick(("gap then 1x1", "class maps 1x1", "class maps 3x3"))
    return forms


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
    "fade": Pick((0.1, 0.2)),
    "label_smoothing": Pick((0.02, 0.05)),
    "ema": Pick((0.997, 0.999)),
}
"""Ranges that worked in most of what people published and in our own trainings (docs/log.md)."""
PROVEN_AUGMENTATION: dict[Augment, dict[str, Choice]] = {
    "digits": {
        "augmentation": Pick(("affine",)),
        "affine_degrees": Real(5.0, 12.0),
        "affine_translate": Real(0.04, 0.1),
        "affine_scale": Real(0.05, 0.15),
        "affine_shear": Real(0.0, 8.0),
        "interpolation": Pick(("bilinear",)),
    },
    "natural": {"augmentation": Pick(("flip, crop", "flip, crop, cutout")), "cutout_share": Real(0.2, 0.4)},
    "none": {},
}
"""Likewise, of the augmentations of a set."""

_TRUST = 0.85  # share of a first guess's choices that keep to what is proven


def draw(
    space: SpaceName, sampling: Sampling, rng: random.Random, *, task: Task, augment: Augment
) -> dict[str, Value]:
    """Draws a value for every choice, each independently."""
    return {name: choice.draw(rng) for name, choice in choices(space, sampling, task=task, augment=augment).items()}


def guess(
    space: SpaceName, sampling: Sampling, rng: random.Random, *, task: Task, augment: Augment
) -> dict[str, Value]:
    """Draws a design to begin with: most choices from their proven ranges, each of the others from all of its range.

    A search whose first trials are all that it knows needs that (priors: Mallik et al., arXiv 2306.12370).
    """
    proven = PROVEN | PROVEN_AUGMENTATION[augment]
    return {
        name: (proven[name] if name in proven and rng.random() < _TRUST else choice).draw(rng)
        for name, choice in choices(space, sampling, task=task, augment=augment).items()
    }
