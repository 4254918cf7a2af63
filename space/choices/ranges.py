"""The ranges of the built-in search spaces: what each choice may be, and what has worked of it.

Ranges follow from the task and are fixed for a study: none depends on another choice, because Optuna's multivariate
TPE drops choices whose range moves from its joint model. A value that a design has no use for is ignored.
"""

from space.choices.augment_sets import Augment
from space.choices.kinds import Choice, Pick, Real, Whole
from space.layers import Shape
from space.recipe import Constant, Cosine, ExponentialDecay, OneCycle, ReduceOnPlateau, StepDecay
from space.task import Task

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

OF_LARGE_IMAGES: dict[str, Choice] = {
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

TAUGHT: dict[str, Choice] = {"distillation": Pick((0.0, 0.3, 0.7))}
"""What the taught space has beside the wide one."""

SHARE, FILL = Real(0.2, 1.0), Real(0.5, 1.0)
"""Of a width in a common scale, and of the budget, in inside sampling."""

LATER_STAGES = {"blocks_4", "blocks_5"}


def is_large(image: Shape) -> bool:
    """Says whether images are so large that networks have a third and a fourth pool: from 48 pixels on."""
    return min(image[1:]) >= 48


def forms_of(task: Task) -> dict[str, Choice]:
    """Returns the choices of both families of networks, as far as they suit the task's images."""
    forms = STAGES | STRUCTURE
    if is_large(task.image):
        forms |= OF_LARGE_IMAGES
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
