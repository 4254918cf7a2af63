"""The encoding of a design in values of the choices, both ways."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, assert_never

from space.architecture import Architecture
from space.choices.augment_sets import Augment, augmentation_from, augmentation_values
from space.choices.blueprint import Blueprint, blueprint_of
from space.choices.choices import Sampling, choices, slots
from space.choices.idle import IDLE
from space.choices.kinds import Choice, Pick, Value
from space.choices.narrowing import nearest
from space.choices.ranges import SCHEDULES
from space.choices.reach import Form, fit_within, form_from
from space.choices.search_space import OwnSpace, SearchSpace, base_of, name_of
from space.choices.sizing import fit
from space.choices.stages import Stages
from space.choices.template import Template
from space.choices.widths import NARROWEST, widest
from space.design import Budget, Design
from space.invalid import InvalidDesign
from space.notation import format_shape
from space.recipe import Constant, Cosine, ExponentialDecay, OneCycle, Recipe, ReduceOnPlateau, Schedule, StepDecay
from space.task import Task


def design_from(values: Mapping[str, Any], *, space: SearchSpace, budget: Budget, epochs: int, task: Task) -> Design:
    """Builds the design for the task that `values`, one for every choice of a space and sampling, stand for.

    Inside sampling yields designs within the budget: the widths are the largest whole numbers in the
    proportions of the shares that keep to `fill` of it. Plain sampling takes the widths as they come. Of a space of
    somebody's own a network may be over the budget, where what they say leaves none that is not.

    Raises:
        InvalidDesign: No network of the space meets the budget (inside sampling only).
    """
    values = _readable(values, space)

    def share(slot: str) -> float:
        return values[f"share_{slot}"]

    if "fill" in values:
        fill = values["fill"]
        if isinstance(space, OwnSpace):
            architecture = fit_within(values, space, share, fill=fill, budget=budget, task=task)
        else:
            form, stages = form_from(values), "family" in values
            architecture = fit(form, share, fill=fill, budget=budget, task=task, stages=stages)
    else:
        form = form_from(values)
        architecture = form.assemble(lambda slot: values[f"width_{slot}"], image=task.image, classes=task.classes)
    return Design(architecture, _recipe_from(values, epochs))


def values_of(
    design: Design,
    *,
    space: SearchSpace,
    sampling: Sampling,
    budget: Budget,
    task: Task,
    augment: Augment,
    whole_budget: bool = False,
    exact_recipe: bool = True,
) -> dict[str, Value]:
    """Finds values from which `design_from` builds `design`, its epochs aside.

    Inside sampling scales the design down to the budget where it is over, and up to it with `whole_budget`, as far as
    the space lets it. Without `exact_recipe` the recipe is the nearest to the design's that a space of somebody's own
    has.

    Raises:
        InvalidDesign: The space has no such design.
    """
    architecture = design.architecture
    if (architecture.image, architecture.classes) != (task.image, task.classes):
        raise InvalidDesign(
            f"the network is for {format_shape(architecture.image)} and {architecture.classes} classes, the images "
            f"are {format_shape(task.image)} of {task.classes}"
        )
    named = choices(space, sampling, task=task, augment=augment)
    encoding = _Encoding(space, named, slots(space, task), widest(task))
    recipe = design.recipe.normal_form()
    of_recipe = _recipe_values(recipe)
    inside = budget if sampling == "inside" else None
    problem: InvalidDesign | None = None
    for form, widths in _forms_of(architecture, space):
        try:
            of_widths = encoding.of_widths(widths, architecture, inside, whole_budget=whole_budget)
            chosen = encoding.chosen(encoding.of_form(form) | of_widths | of_recipe)
            _check_same(chosen, form, recipe if exact_recipe else None, design, space)
        except InvalidDesign as error:
            problem = problem or error
        else:
            return chosen
    raise problem or InvalidDesign(f"the {name_of(space)} search space has no network `{architecture.notation}`")


def _forms_of(architecture: Architecture, space: SearchSpace) -> Iterator[tuple[Form, dict[str, int]]]:
    """Yields the forms that assemble into the network with some widths; raises InvalidDesign where there are none."""
    own = isinstance(space, OwnSpace)
    for text in space.templates if own else ():
        with contextlib.suppress(InvalidDesign):
            template = Template(text)
            yield template, template.widths_of(architecture)
    if own and space.forms == ("template",):
        raise InvalidDesign(f"no template of the search space has a network `{architecture.notation}`")
    blueprint, widths = blueprint_of(architecture)
    added = isinstance(blueprint.form, Stages) or blueprint != Blueprint(form=blueprint.form)
    if base_of(space) == "core" and added:
        raise InvalidDesign(f"the core search space has no network `{architecture.notation}`")
    yield blueprint, widths


@dataclass(frozen=True, slots=True)
class _Encoding:
    """How a space and sampling have designs as values. named: its choices; slots: its widths; most: maps of one."""

    space: SearchSpace
    named: Mapping[str, Choice]
    slots: tuple[str, ...]
    most: int

    def of_form(self, form: Form) -> dict[str, Value]:
        """Returns the values of a form; those that it has no use for as `IDLE` has them."""
        if isinstance(form, Template):
            return IDLE | {"family": "template", "template": form.text}
        values = IDLE | {f.name: getattr(form.form, f.name) for f in fields(form.form)}
        values |= {"family": "stages" if isinstance(form.form, Stages) else "plain"}
        if isinstance(self.space, OwnSpace) and self.space.templates:
            values["template"] = self.space.templates[0]
        return values | {"activation": form.activation, "ghost": form.ghost}

    def of_widths(
        self, widths: Mapping[str, int], architecture: Architecture, budget: Budget | None, *, whole_budget: bool
    ) -> dict[str, Value]:
        """Returns the values of widths. budget: of inside sampling.

        Raises:
            InvalidDesign: The network would stay as it is, and inside sampling has no such width.
        """
        if budget is None:
            return {
                f"width_{slot}": widths.get(slot, self._nearest(f"width_{slot}", NARROWEST)) for slot in self.slots
            }
        scaled = whole_budget or not budget.allows(architecture)
        outside = [width for width in widths.values() if not NARROWEST <= width <= self.most]
        if outside and not scaled:
            raise InvalidDesign(f"widths go from {NARROWEST} to {self.most} maps, and it has one of {outside[0]}")
        largest = max(widths.values(), default=1)
        shares = {
            f"share_{slot}": widths[slot] / largest if slot in widths else self._nearest(f"share_{slot}", 1.0)
            for slot in self.slots
        }
        fill = 1.0 if whole_budget else min(1.0, (architecture.parameters + 0.5) / budget.parameters)
        return shares | {"fill": self._nearest("fill", fill) if scaled else fill}

    def _nearest(self, name: str, value: Value) -> Value:
        return nearest(self.named[name], value) if isinstance(self.space, OwnSpace) else value

    def chosen(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Returns the values of the choices that there are. In a space of somebody's own those beside its ranges come
        to the nearest, in the hope that they have no use; a width never.

        Raises:
            InvalidDesign: One lies outside its range.
        """
        chosen = {name: values[name] for name in self.named}
        for name, choice in self.named.items():
            if chosen[name] in choice:
                continue
            if not isinstance(self.space, OwnSpace) or name == "fill" or name.startswith(("share_", "width_")):
                raise InvalidDesign(f"{name} {values[name]} lies outside the search space's {choice}")
            chosen[name] = nearest(choice, chosen[name])
        return chosen


def _check_same(
    chosen: Mapping[str, Value], form: Form, recipe: Recipe | None, design: Design, space: SearchSpace
) -> None:
    """Raises InvalidDesign where the values stand for another form, or another recipe, if one is given."""
    if form_from(space.settled(chosen) if isinstance(space, OwnSpace) else chosen) != form:
        raise InvalidDesign(f"the {name_of(space)} search space has no network `{design.architecture.notation}`")
    if recipe and _recipe_from(_readable(chosen, space), recipe.epochs) != recipe:
        raise InvalidDesign(f"the {name_of(space)} search space has no recipe `{design.recipe.describe()}`")


def _readable(values: Mapping[str, Any], space: SearchSpace) -> dict[str, Any]:
    """Rounds rates, angles and factors to three digits; proportions stay exact, and so does what somebody listed.

    So a design reads well, and small differences that no training can tell apart are one design. What does not matter
    beside others by the conditions of the space is as these have it.
    """
    if isinstance(space, OwnSpace):
        said = dict(space.narrowed)
        return space.settled({name: _rounded(name, value, said.get(name)) for name, value in values.items()})
    return {name: _rounded(name, value, None) for name, value in values.items()}


def _rounded(name: str, value: Any, choice: Choice | None) -> Any:
    if not isinstance(value, float) or _is_proportion(name) or isinstance(choice, Pick):
        return value
    rounded = 1 - float(f"{1 - value:.3g}") if name == "ema" else float(f"{value:.3g}")
    return min(max(rounded, choice.low), choice.high) if choice else rounded


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
