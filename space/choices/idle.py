"""Which of a design's choices change nothing in it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from space.augmentations import Affine, Crop, Flip, Rotation
from space.choices.augment_sets import KINDS, NUMBERS
from space.choices.kinds import Value
from space.choices.ranges import LATER_STAGES, RECIPE, STAGES, STRUCTURE
from space.choices.search_space import OwnSpace, SearchSpace
from space.choices.stages import Stages
from space.choices.structure import Structure
from space.choices.template import Template
from space.layers import Shape
from space.recipe import MOMENTUM

IDLE: dict[str, Value] = {
    "stages": 3,
    "blocks_1": 0,
    "blocks_2": 2,
    "blocks_3": 2,
    "block": "separable",
    "convolutions": 1,
    "entry": "separable",
    "pool": "before entry",
    "entry_padding": False,
    "stem_padding": False,
    "depthwise": 3,
    "between": "norm",
    "order": "norm act",
    "sum_first": False,
    "blur": False,
    "blocks_4": 2,
    "blocks_5": 2,
    "first_pool_field": 5,
    "blocks_after_pool": 4,
    "second_pool": 2,
    "third_pool": 0,
    "fourth_pool": 0,
    "transition": "none",
    "transition_dress": "bare",
    "normalisation": "bn relu",
    "dropout": "none",
    "dropout_rate": 0.02,
    "dropout_place": "every block",
    "padding": "none",
    "head": "gap then 1x1",
    "hidden": 0,
    "head_dress": "bare",
    "mean_crop": 0,
    "sgd_learning_rate": 0.05,
    "adam_learning_rate": 0.005,
    "step_every": 6,
    "step_factor": 0.1,
    "decay_per_epoch": 0.75,
    "warmup": 0.3,
    "start_divisor": 25.0,
    "end_divisor": 10_000.0,
    "anneal": "cosine",
    "plateau_factor": 0.1,
    "plateau_patience": 1,
    "rotation_degrees": 10.0,
    "affine_degrees": 7.0,
    "affine_translate": 0.1,
    "affine_scale": 0.1,
    "affine_shear": 5.0,
    "brightness": 0.2,
    "contrast": 0.2,
    "interpolation": "nearest",
    "crop_padding": 1,
    "crop_fill": "black",
    "cutout_share": 0.25,
    "saturation": 0.2,
    "activation": "relu",
    "ghost": 0,
    "momentum": MOMENTUM,
    "weight_decay": 0.0,
    "nesterov": False,
    "decay_vectors": True,
    "fade": 0.0,
    "label_smoothing": 0.0,
    "ema": 0.0,
    "distillation": 0.0,
}
"""What choices are that a design has no use for."""

_OF_SCHEDULES = {
    "step": {"step_every", "step_factor"},
    "exponential": {"decay_per_epoch"},
    "one-cycle": {"warmup", "start_divisor", "end_divisor", "anneal"},
    "plateau": {"plateau_factor", "plateau_patience"},
}
_OF_AUGMENTATIONS = {kind: {*numbers} for kind, numbers in NUMBERS.items()}
for _kind in (Rotation, Affine):
    _OF_AUGMENTATIONS[_kind].add("interpolation")
_OF_AUGMENTATIONS[Crop].add("crop_padding")


def idle(values: Mapping[str, Any], *, space: SearchSpace, image: Shape, classes: int) -> set[str]:
    """Names the choices without which `space.choices.encoding.design_from` would build the same design of `values`.

    A choice that only some of its other values would give a use is among them. What is no choice of the search space
    is not, and neither is anything where values are missing, as in a study of another version.

    image, classes: Of the design's task.
    """
    own = space if isinstance(space, OwnSpace) else None
    if not (RECIPE.keys() | {"augmentation"}) <= values.keys():
        return set()
    if not own and not STRUCTURE.keys() <= values.keys():
        return set()
    unmet = own.unmet(values) if own else set()
    settled = own.settled(values) if own else values
    return (unmet | _idle_in_network(settled, image, classes) | _idle_in_recipe(settled)) & values.keys()


def _idle_in_network(values: Mapping[str, Any], image: Shape, classes: int) -> set[str]:
    forms: list[Template | Structure | Stages]
    if values.get("family") == "template":
        forms = [Template(values["template"])]
        without = STRUCTURE.keys() | STAGES.keys() | LATER_STAGES | {"third_pool", "fourth_pool"}
    elif values.get("family") == "stages":
        staged = Stages(**_named(Stages, values))
        without = STRUCTURE.keys() | {"third_pool", "fourth_pool", "template"}
        without |= {f"blocks_{stage}" for stage in range(1, 6) if stage > staged.stages}
        without |= set() if "separable" in {staged.entry, staged.block} else {"depthwise", "between"}
        forms = list(staged.simpler())
    else:
        plain = Structure(**_named(Structure, values))
        without = (STAGES.keys() | LATER_STAGES) - {"activation", "ghost"} | {"template"} | _idle_in_structure(plain)
        without |= {"ghost"} if plain.normalisation == "none" else set()
        forms = list(plain.simpler())
    asked: set[str] = set()

    def width(slot: str) -> int:
        asked.add(slot)
        return 4

    for each in (*forms[:2], forms[-1]):  # which it becomes where the budget does not allow it; none use more
        each.assemble(width, image=image, classes=classes)
    slots = {name for name in values if name.startswith(("share_", "width_"))}
    return (without - {"family"}) | {name for name in slots if name.partition("_")[2] not in asked}


def _named(form: type[Structure | Stages], values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of the form's fields, as far as the task has a choice of them."""
    return {field.name: values[field.name] for field in fields(form) if field.name in values}


def _idle_in_structure(form: Structure) -> set[str]:
    without = set()
    if form.transition == "none":
        without.add("transition_dress")
    if form.dropout == "none":
        without |= {"dropout_rate", "dropout_place"}
    if form.head.startswith("class maps"):
        without.add("hidden")
    elif not form.hidden:
        without.add("head_dress")
    return without


def _idle_in_recipe(values: Mapping[str, Any]) -> set[str]:
    sgd = values["optimizer"] == "sgd"
    kinds = KINDS[values["augmentation"]]
    schedules = set().union(*_OF_SCHEDULES.values()) - _OF_SCHEDULES.get(values["schedule"], set())
    augmentations = set().union(*_OF_AUGMENTATIONS.values()) - set().union(
        *(_OF_AUGMENTATIONS[kind] for kind in kinds)
    )
    without = schedules | augmentations | {"adam_learning_rate" if sgd else "sgd_learning_rate"}
    if not sgd:
        without.add("nesterov")
    if values["schedule"] == "one-cycle":
        without.add("momentum")  # the schedule moves it itself
    if not values["weight_decay"]:
        without.add("decay_vectors")
    if not set(kinds) - {Flip}:  # which does not fade
        without.add("fade")
    return without
