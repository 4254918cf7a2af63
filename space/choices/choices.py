"""The search space: every choice by name, and values that are drawn for all of them."""

import random
from typing import Literal

from space.choices.augment_sets import Augment, augmentation_choices
from space.choices.kinds import Choice, Value, Whole
from space.choices.narrowing import common, narrowed
from space.choices.own_ranges import shown
from space.choices.ranges import (
    FILL,
    LATER_STAGES,
    PROVEN,
    PROVEN_AUGMENTATION,
    RECIPE,
    SHARE,
    STAGES,
    TAUGHT,
    WIDE_RECIPE,
    forms_of,
    is_large,
)
from space.choices.search_space import FORMS_OF, OwnSpace, SearchSpace, base_of
from space.choices.template import Template
from space.choices.widths import NARROWEST, widest
from space.invalid import InvalidDesign
from space.notation import format_shape
from space.task import Task

Sampling = Literal["inside", "plain"]


def slots(space: SearchSpace, task: Task) -> tuple[str, ...]:
    """Names every convolution that can have a width of its own; raises BadSpace where a template is no network."""
    blocks, stages = (8, 5) if is_large(task.image) else (6, 3)
    plain = (
        *(f"before_{n}" for n in range(1, 5)),
        "transition",
        *(f"after_{n}" for n in range(1, blocks + 1)),
        *(f"hidden_{n}" for n in range(1, 3)),
    )
    staged = ("stem", *(f"stage_{n}" for n in range(1, stages + 1)))
    forms = space.forms if isinstance(space, OwnSpace) else FORMS_OF[space]
    named = (plain if "plain" in forms else ()) + (staged if "stages" in forms else ())
    return named + (_free(space, task) if isinstance(space, OwnSpace) else ())


def _free(space: OwnSpace, task: Task) -> tuple[str, ...]:
    """Names the free widths of the templates; raises BadSpace where one is no network for the task."""
    most: tuple[str, ...] = ()
    for place, text in enumerate(space.templates):
        try:
            most = max(most, Template(text).slots(task.image, task.classes), key=len)
        except InvalidDesign as error:
            where = f"{format_shape(task.image)} images of {task.classes} classes"
            joined = "; a free width is a multiple of the groups, and so must be what is joined to it"
            divide = joined if "do not divide" in str(error) else ""
            rule = f"templates {shown(text)} is no network for {where}: {error}{divide}"
            raise space.error(rule, "templates", place) from None
    return most


def drawn_width(task: Task) -> Whole:
    """Returns how many maps a convolution may have in plain sampling."""
    return Whole(NARROWEST, widest(task) // 2)


def choices(space: SearchSpace, sampling: Sampling, *, task: Task, augment: Augment) -> dict[str, Choice]:
    """Returns every choice of a space by name, in the order in which they are suggested.

    Raises:
        BadSpace: One of somebody's own is not for such a search.
    """
    base = base_of(space)
    if sampling == "inside":
        widths: dict[str, Choice] = {f"share_{slot}": SHARE for slot in slots(space, task)}
        widths["fill"] = FILL
    else:
        widths = dict.fromkeys((f"width_{slot}" for slot in slots(space, task)), drawn_width(task))
    forms = forms_of(task)
    recipe = RECIPE | augmentation_choices(augment, task)
    if base == "core":
        every = {name: choice for name, choice in forms.items() if name not in STAGES.keys() | LATER_STAGES}
        every |= widths | recipe
    else:
        every = forms | widths | recipe | WIDE_RECIPE | (TAUGHT if base == "taught" else {})
        every = {name: choice for name, choice in every.items() if augment != "none" or name != "fade"}
    return narrowed(space, every) if isinstance(space, OwnSpace) else every


_TRUST = 0.85  # share of a first guess's choices that keep to what is proven


def draw(
    space: SearchSpace, sampling: Sampling, rng: random.Random, *, task: Task, augment: Augment
) -> dict[str, Value]:
    """Draws a value for every choice, each independently."""
    return {name: choice.draw(rng) for name, choice in choices(space, sampling, task=task, augment=augment).items()}


def guess(
    space: SearchSpace, sampling: Sampling, rng: random.Random, *, task: Task, augment: Augment
) -> dict[str, Value]:
    """Draws a design to begin with: most choices from their proven ranges, each of the others from all of its range.

    A search whose first trials are all that it knows needs that (priors: Mallik et al., arXiv 2306.12370).
    """
    proven = PROVEN | PROVEN_AUGMENTATION[augment]
    if isinstance(space, OwnSpace) and space.templates:
        del proven["family"]  # which would leave the templates out
    return {
        name: (_proven(choice, proven[name]) if name in proven and rng.random() < _TRUST else choice).draw(rng)
        for name, choice in choices(space, sampling, task=task, augment=augment).items()
    }


def _proven(choice: Choice, proven: Choice) -> Choice:
    """Returns what is proven of what there is to choose from; all of that where nothing is."""
    return common(proven, choice) or choice
