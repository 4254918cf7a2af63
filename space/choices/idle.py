"""Which of a design's choices change nothing in it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from space.augmentations import Affine, Crop, Flip, Rotation
from space.choices.augment_sets import KINDS, NUMBERS
from space.choices.choices import LATER_STAGES, RECIPE, STAGES, STRUCTURE
from space.choices.stages import Stages
from space.choices.structure import Structure
from space.layers import Shape

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


def idle(values: Mapping[str, Any], *, image: Shape) -> set[str]:
    """Names the choices without which `space.choices.encoding.design_from` would build the same design of `values`.

    A choice that only some of its other values would give a use is among them. What is no choice of the search space
    is not, and neither is anything where values are missing, as in a study of another version.

    image: Of the design's task.
    """
    if not (STRUCTURE.keys() | RECIPE.keys() | {"augmentation"}) <= values.keys():
        return set()
    return (_idle_in_network(values, image) | _idle_in_recipe(values)) & values.keys()


def _idle_in_network(values: Mapping[str, Any], image: Shape) -> set[str]:
    if values.get("family") == "stages":
        form: Structure | Stages = Stages(**_named(Stages, values))
        without = STRUCTURE.keys() | {"third_pool", "fourth_pool"}
        without |= {f"blocks_{stage}" for stage in range(1, 6) if stage > form.stages}
        kinds = {form.entry, form.block}
        without |= set() if "separable" in kinds else {"depthwise", "between"}
    else:
        form = Structure(**_named(Structure, values))
        without = (STAGES.keys() | LATER_STAGES) - {"family", "activation", "ghost"} | _idle_in_structure(form)
        without |= {"ghost"} if form.normalisation == "none" else set()
    asked: set[str] = set()

    def width(slot: str) -> int:
        asked.add(slot)
        return 4

    forms = list(form.simpler())  # which the form becomes where the budget does not allow it
    for each in (*forms[:2], forms[-1]):  # those between use nothing else
        each.assemble(width, image=image, classes=2)
    slots = {name for name in values if name.startswith(("share_", "width_"))}
    return without | {name for name in slots if name.partition("_")[2] not in asked}


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
