"""The search space: every choice with its range, and the design that a set of values stands for.

Ranges are fixed: none depends on another choice, because Optuna's multivariate TPE drops choices whose
range moves from its joint model. A value that a design has no use for is ignored.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from space.design import Budget, Design
from space.layers import InvalidDesign
from space.recipe import (
    Affine,
    Augmentation,
    Constant,
    Cosine,
    ExponentialDecay,
    Jitter,
    OneCycle,
    Recipe,
    ReduceOnPlateau,
    Rotation,
    Schedule,
    StepDecay,
)
from space.sizing import NARROWEST, fit, narrowest
from space.structure import Structure, assemble, structure_of

Sampling = Literal["inside", "plain"]
Value = str | int | float


@dataclass(frozen=True, slots=True)
class Pick:
    """One of a few values without order."""

    options: tuple[Value, ...]

    def draw(self, rng: random.Random) -> Value:
        return rng.choice(self.options)

    def holds(self, value: Value) -> bool:
        return value in self.options

    def __str__(self) -> str:
        return " | ".join(str(option) for option in self.options)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, both included."""

    low: int
    high: int

    def draw(self, rng: random.Random) -> Value:
        return rng.randint(self.low, self.high)

    def holds(self, value: Value) -> bool:
        return isinstance(value, int) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low} .. {self.high}"


@dataclass(frozen=True, slots=True)
class Real:
    """A number from `low` to `high`; with `log`, every factor is equally likely."""

    low: float
    high: float
    log: bool = False

    def draw(self, rng: random.Random) -> Value:
        if not self.log:
            return rng.uniform(self.low, self.high)
        drawn = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return min(max(drawn, self.low), self.high)

    def holds(self, value: Value) -> bool:
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
SLOTS = (
    *(f"before_{n}" for n in range(1, 5)),
    "transition",
    *(f"after_{n}" for n in range(1, 7)),
    *(f"hidden_{n}" for n in range(1, 3)),
)
"""Every convolution that can have a width of its own."""

INSIDE: dict[str, Choice] = {
    **{f"share_{slot}": Real(0.2, 1.0) for slot in SLOTS},
    "fill": Real(0.5, 1.0),
}
PLAIN: dict[str, Choice] = {f"width_{slot}": Whole(NARROWEST, 32) for slot in SLOTS}

_AUGMENTATIONS = {
    "none": (),
    "rotation": (Rotation,),
    "affine": (Affine,),
    "jitter": (Jitter,),
    "rotation, jitter": (Rotation, Jitter),
    "affine, jitter": (Affine, Jitter),
    "rotation, affine, jitter": (Rotation, Affine, Jitter),
    "jitter, affine, rotation": (Jitter, Affine, Rotation),
}
_SCHEDULES = {
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
    "schedule": Pick(tuple(_SCHEDULES)),
    "step_every": Whole(3, 10),
    "step_factor": Real(0.05, 0.5, log=True),
    "decay_per_epoch": Real(0.5, 0.95),
    "warmup": Real(0.1, 0.5),
    "plateau_factor": Real(0.05, 0.5, log=True),
    "plateau_patience": Whole(0, 3),
    "augmentation": Pick(tuple(_AUGMENTATIONS)),
    "rotation_degrees": Real(2.0, 20.0),
    "affine_degrees": Real(0.0, 15.0),
    "affine_translate": Real(0.0, 0.15),
    "affine_scale": Real(0.0, 0.25),
    "affine_shear": Real(0.0, 15.0),
    "brightness": Real(0.0, 0.5),
    "contrast": Real(0.0, 0.5),
    "interpolation": Pick(("nearest", "bilinear")),
}


def choices(sampling: Sampling) -> dict[str, Choice]:
    """Every choice of the space, by name, in the order in which they are suggested."""
    return STRUCTURE | (INSIDE if sampling == "inside" else PLAIN) | RECIPE


def draw(sampling: Sampling, rng: random.Random) -> dict[str, Value]:
    """A value for every choice, drawn independently."""
    return {name: choice.draw(rng) for name, choice in choices(sampling).items()}


def design_from(values: Mapping[str, Any], *, sampling: Sampling, budget: Budget, epochs: int) -> Design:
    """The design that `values` (one for every choice of `sampling`) stand for.

    Inside sampling yields designs within the budget: the widths are the largest whole numbers in the
    proportions of the shares that keep to `fill` of it. Plain sampling takes the widths as they come.

    Raises:
        InvalidDesign: No network of the space meets the budget (inside sampling only).
    """
    values = {name: _readable(name, value) for name, value in values.items()}
    structure = Structure(**{f.name: values[f.name] for f in fields(Structure)})
    if sampling == "inside":
        architecture = fit(structure, lambda slot: values[f"share_{slot}"], fill=values["fill"], budget=budget)
    else:
        architecture = assemble(structure, lambda slot: values[f"width_{slot}"])
    return Design(architecture, _recipe_from(values, epochs))


def values_of(design: Design, *, sampling: Sampling, budget: Budget) -> dict[str, Value]:
    """Values from which `design_from` builds `design`, its epochs aside; scaled down to the budget where
    inside sampling allows it.

    Raises:
        InvalidDesign: The space has no such design.
    """
    structure, widths = structure_of(design.architecture)
    values: dict[str, Value] = {f.name: getattr(structure, f.name) for f in fields(Structure)}
    widest = max(widths.values())
    if sampling == "inside":
        fill = min(1.0, (design.architecture.parameters + 0.5) / budget.parameters)
        values |= {f"share_{slot}": widths.get(slot, widest) / widest for slot in SLOTS} | {"fill": fill}
    else:
        values |= {f"width_{slot}": widths.get(slot, NARROWEST) for slot in SLOTS}
    values |= _recipe_values(design.recipe)
    for name, choice in choices(sampling).items():
        if not choice.holds(values[name]):
            raise InvalidDesign(f"{name} {values[name]} lies outside the search space's {choice}")
    return values


def smallest() -> int:
    """The fewest parameters of any network of the space."""
    return narrowest().parameters


def _readable(name: str, value: Value) -> Value:
    """A rate, angle or factor to three digits, so that a design reads well and small differences that
    no training can tell apart are one design; proportions stay exact."""
    proportion = name in INSIDE
    return float(f"{value:.3g}") if isinstance(value, float) and not proportion else value


def _recipe_from(values: Mapping[str, Any], epochs: int) -> Recipe:
    v = values
    schedules: dict[str, Schedule] = {
        "constant": Constant(),
        "step": StepDecay(every=v["step_every"], factor=v["step_factor"]),
        "exponential": ExponentialDecay(factor=v["decay_per_epoch"]),
        "one-cycle": OneCycle(warmup=v["warmup"]),
        "cosine": Cosine(),
        "plateau": ReduceOnPlateau(factor=v["plateau_factor"], patience=v["plateau_patience"]),
    }
    augmentations: dict[type, Augmentation] = {
        Rotation: Rotation(degrees=v["rotation_degrees"], interpolation=v["interpolation"]),
        Affine: Affine(
            degrees=v["affine_degrees"],
            translate=v["affine_translate"],
            scale=v["affine_scale"],
            shear=v["affine_shear"],
            interpolation=v["interpolation"],
        ),
        Jitter: Jitter(brightness=v["brightness"], contrast=v["contrast"]),
    }
    sgd = v["optimizer"] == "sgd"
    return Recipe(
        optimizer=v["optimizer"],
        learning_rate=v["sgd_learning_rate"] if sgd else v["adam_learning_rate"],
        momentum=v["momentum"],
        weight_decay=v["weight_decay"],
        batch_size=v["batch_size"],
        schedule=schedules[v["schedule"]],
        augmentation=tuple(augmentations[kind] for kind in _AUGMENTATIONS[v["augmentation"]]),
        epochs=epochs,
    )


_IDLE: dict[str, Value] = {
    "sgd_learning_rate": 0.05,
    "adam_learning_rate": 0.005,
    "step_every": 6,
    "step_factor": 0.1,
    "decay_per_epoch": 0.75,
    "warmup": 0.3,
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
}
"""What `values_of` gives the choices that a recipe has no use for."""


def _recipe_values(recipe: Recipe) -> dict[str, Value]:
    kinds = tuple(type(one) for one in recipe.augmentation)
    named = [name for name, order in _AUGMENTATIONS.items() if order == kinds]
    if not named:
        raise InvalidDesign(f"the search space has no augmentation {' then '.join(k.__name__ for k in kinds)}")
    if recipe.label_smoothing or recipe.ema:
        raise InvalidDesign("the search space has neither label smoothing nor weight averaging")
    values = _IDLE | {
        "optimizer": recipe.optimizer,
        ("sgd" if recipe.optimizer == "sgd" else "adam") + "_learning_rate": recipe.learning_rate,
        "momentum": recipe.momentum,
        "weight_decay": recipe.weight_decay,
        "batch_size": recipe.batch_size,
        "schedule": next(name for name, kind in _SCHEDULES.items() if isinstance(recipe.schedule, kind)),
        "augmentation": named[0],
    }
    match recipe.schedule:
        case StepDecay(every=every, factor=factor):
            values |= {"step_every": every, "step_factor": factor}
        case ExponentialDecay(factor=factor):
            values |= {"decay_per_epoch": factor}
        case OneCycle(warmup=warmup):
            values |= {"warmup": warmup}
        case ReduceOnPlateau(factor=factor, patience=patience):
            values |= {"plateau_factor": factor, "plateau_patience": patience}
        case _:
            pass
    for one in recipe.augmentation:
        match one:
            case Rotation(degrees=degrees, interpolation=interpolation):
                values |= {"rotation_degrees": degrees, "interpolation": interpolation}
            case Affine():
                values |= {f"affine_{name}": getattr(one, name) for name in ("degrees", "translate")}
                values |= {"affine_scale": one.scale, "affine_shear": one.shear}
                values |= {"interpolation": one.interpolation}
            case Jitter(brightness=brightness, contrast=contrast):
                values |= {"brightness": brightness, "contrast": contrast}
    return values
