"""The encoding of a design in values of the choices, both ways."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, assert_never

from space.choices.augment_sets import Augment, augmentation_from, augmentation_values
from space.choices.blueprint import Blueprint, blueprint_of
from space.choices.choices import SCHEDULES, Sampling, SpaceName, choices, slots
from space.choices.kinds import Value
from space.choices.sizing import fit
from space.choices.stages import Stages
from space.choices.structure import Structure
from space.choices.widths import NARROWEST
from space.design import Budget, Design
from space.invalid import InvalidDesign
from space.notation import format_shape
from space.recipe import Constant, Cosine, ExponentialDecay, OneCycle, Recipe, ReduceOnPlateau, Schedule, StepDecay
from space.task import Task


def design_from(values: Mapping[str, Any], *, budget: Budget, epochs: int, task: Task) -> Design:
    """Builds the design for the task that `values`, one for every choice of a space and sampling, stand for.

    Inside sampling yields designs within the budget: the widths are the largest whole numbers in the
    proportions of the shares that keep to `fill` of it. Plain sampling takes the widths as they come.

    Raises:
        InvalidDesign: No network of the space meets the budget (inside sampling only).
    """
    values = _readable(values)
    blueprint = _blueprint_from(values)
    if "fill" in values:
        architecture = fit(
            blueprint,
            lambda slot: values[f"share_{slot}"],
            fill=values["fill"],
            budget=budget,
            task=task,
            stages="family" in values,
        )
    else:
        architecture = blueprint.assemble(
            lambda slot: values[f"width_{slot}"], image=task.image, classes=task.classes
        )
    return Design(architecture, _recipe_from(values, epochs))


def _blueprint_from(values: Mapping[str, Any]) -> Blueprint:
    """Builds the blueprint that the values stand for; what images of the task have no use for has its default."""
    kind = Stages if values.get("family") == "stages" else Structure
    form = kind(**{f.name: values[f.name] for f in fields(kind) if f.name in values})
    return Blueprint(form=form, **{name: values[name] for name in ("activation", "ghost") if name in values})


def values_of(
    design: Design, *, space: SpaceName, sampling: Sampling, budget: Budget, task: Task, augment: Augment
) -> dict[str, Value]:
    """Finds values from which `design_from` builds `design`, its epochs aside.

    Inside sampling scales the design down to the budget where it is over.

    Raises:
        InvalidDesign: The space has no such design.
    """
    architecture = design.architecture
    if (architecture.image, architecture.classes) != (task.image, task.classes):
        raise InvalidDesign(
            f"the network is for {format_shape(architecture.image)} and {architecture.classes} classes, the images "
            f"are {format_shape(task.image)} of {task.classes}"
        )
    blueprint, widths = blueprint_of(architecture)
    added = isinstance(blueprint.form, Stages) or blueprint != Blueprint(form=blueprint.form)
    if space == "core" and added:
        raise InvalidDesign(f"the core search space has no network `{architecture.notation}`")
    values = _IDLE | {f.name: getattr(blueprint.form, f.name) for f in fields(blueprint.form)}
    values |= {"family": "stages" if isinstance(blueprint.form, Stages) else "plain"}
    values |= {"activation": blueprint.activation, "ghost": blueprint.ghost}
    every = slots(space, task)
    largest = max(widths.values())
    if sampling == "inside":
        fill = min(1.0, (architecture.parameters + 0.5) / budget.parameters)
        values |= {f"share_{slot}": widths.get(slot, largest) / largest for slot in every} | {"fill": fill}
    else:
        values |= {f"width_{slot}": widths.get(slot, NARROWEST) for slot in every}
    recipe = design.recipe.normal_form()
    values |= _recipe_values(recipe)
    named = choices(space, sampling, task=task, augment=augment)
    for name, choice in named.items():
        if values[name] not in choice:
            raise InvalidDesign(f"{name} {values[name]} lies outside the search space's {choice}")
    chosen = {name: values[name] for name in named}
    if _blueprint_from(chosen) != blueprint:
        raise InvalidDesign(f"the {space} search space has no network `{architecture.notation}`")
    if _recipe_from(_readable(chosen), recipe.epochs) != recipe:
        raise InvalidDesign(f"the {space} search space has no recipe `{design.recipe.describe()}`")
    return chosen


def _readable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Rounds rates, angles and factors to three digits; proportions stay exact.

    So a design reads well, and small differences that no training can tell apart are one design.
    """
    return {
        name: float(f"{value:.3g}") if isinstance(value, float) and not _is_proportion(name) else value
        for name, value in values.items()
    }


def _is_proportion(name: str) -> bool:
    """Says whether the choice is a width's share or the budget's."""
    return name == "fill" or name.startswith("share_")


def _recipe_from(values: Mapping[str, Any], epochs: int) -> Recipe:
    """Builds the recipe that the values stand for; what it has no use for is ignored."""
    v = values
    schedules: dict[str, Schedule] = {
        "constant": Constant(),
        "step": StepDecay(every=v["step_every"], factor=v["step_factor"]),
        "exponential": ExponentialDecay(factor=v["decay_per_epoch"]),
        "one-cycle": OneCycle(
            warmup=v["warmup"], **{name: v[name] for name in ("start_divisor", "end_divisor", "anneal") if name in v}
        ),
        "cosine": Cosine(),
        "plateau": ReduceOnPlateau(factor=v["plateau_factor"], patience=v["plateau_patience"]),
    }
    recipe = Recipe(
        optimizer=v["optimizer"],
        learning_rate=v["sgd_learning_rate"] if v["optimizer"] == "sgd" else v["adam_learning_rate"],
        momentum=v["momentum"],
        weight_decay=v["weight_decay"],
        batch_size=v["batch_size"],
        schedule=schedules[v["schedule"]],
        augmentation=augmentation_from(v),
        epochs=epochs,
        **{name: v[name] for name in _RECIPE_FIELDS if name in v},
    )
    return recipe.normal_form()


_RECIPE_FIELDS = ("nesterov", "decay_vectors", "fade", "label_smoothing", "ema", "distillation")
"""What a recipe has under the same name as the wide and the taught space."""

_IDLE: dict[str, Value] = {
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
}
"""What `values_of` gives the choices that a design has no use for."""


def _recipe_values(recipe: Recipe) -> dict[str, Value]:
    """Finds the values that stand for a recipe; raises InvalidDesign where no set has such an augmentation."""
    values: dict[str, Value] = {
        "optimizer": recipe.optimizer,
        ("sgd" if recipe.optimizer == "sgd" else "adam") + "_learning_rate": recipe.learning_rate,
        "momentum": recipe.momentum,
        "weight_decay": recipe.weight_decay,
        "batch_size": recipe.batch_size,
        "schedule": next(name for name, kind in SCHEDULES.items() if isinstance(recipe.schedule, kind)),
    } | {name: getattr(recipe, name) for name in _RECIPE_FIELDS}
    values |= augmentation_values(recipe.augmentation)
    match recipe.schedule:
        case StepDecay(every=every, factor=factor):
            values |= {"step_every": every, "step_factor": factor}
        case ExponentialDecay(factor=factor):
            values |= {"decay_per_epoch": factor}
        case OneCycle():
            values |= asdict(recipe.schedule)
        case ReduceOnPlateau(factor=factor, patience=patience):
            values |= {"plateau_factor": factor, "plateau_patience": patience}
        case Constant() | Cosine():
            pass
        case _:
            assert_never(recipe.schedule)
    return values
