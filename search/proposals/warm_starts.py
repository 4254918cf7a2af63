"""Designs that a search begins with: the zoo's, the ends of the hand-made ladders, or a network of the user's own."""

import contextlib
import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from search.errors import UserError
from search.settings import Settings
from space.architecture import Architecture
from space.choices.augment_sets import suited
from space.choices.encoding import values_of
from space.choices.search_space import OwnSpace, base_of, name_of
from space.design import Design
from space.known.references import REFERENCES, Reference
from space.known.scaled import scaled
from space.known.zoo import ZooDesign, zoo
from space.layers import Conv, InvalidDesign, Layer, MaxPool, Relu
from space.recipe import DEFAULT_RECIPE, PLAIN_RECIPE, Recipe

OWN = "own network"  # what the one that a user names is called


def is_known(warm_start: str) -> bool:
    """Say whether a search begins with designs that are known; else it does with a network, in the notation."""
    return warm_start in _KNOWN


def check_warm_starts(settings: Settings) -> None:
    """Raise UserError, as `warm_starts` does, where a study that is begun so cannot begin with them; one that has
    begun has its own."""
    if not is_known(settings.warm_start) or isinstance(settings.space, OwnSpace):
        list(warm_starts(settings))


def warm_starts(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield values of the designs to begin with that the space can express, each under the name that it is shown by.

    Inside sampling scales widths down to the budget where they do not fit; plain sampling leaves such a network out.
    Where a design was found for another task, it is made for this one, with all of the budget in inside sampling.

    Raises:
        UserError: The user's own network is not for these images, or the space cannot express it; or a network that
            their space says to start with.
    """
    if settings.budgets:
        yield from _in_turn(settings)
        return
    yield from _of_space(settings)
    if not is_known(settings.warm_start):
        yield _own(settings, settings.warm_start)
        return
    for name, design in _KNOWN[settings.warm_start](settings):
        with contextlib.suppress(InvalidDesign):  # the space does not express it
            ours = _for_task(design, settings)
            fits = settings.budget.allows(ours.architecture)
            if not fits and settings.sampling == "plain":
                continue
            another = ours.architecture != design.architecture
            name = name if fits and not another else f"{name} scaled"
            values, exact = _values(ours, settings, whole_budget=another)
            yield name if exact else f"{name} with a recipe of {name_of(settings.space)}", values


def _of_space(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the networks that the user's own space says to start with."""
    space = settings.space
    if not isinstance(space, OwnSpace):
        return
    for place, text in enumerate(space.start):
        try:
            name, values = _own(settings, text)
        except UserError as error:
            why = str(error).removeprefix("`warm_start` ")
            raise UserError(str(space.error(f"start {why}", "start", place))) from None
        yield f"start {place + 1}{name.removeprefix(OWN)}", values


def _in_turn(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the designs of each budget, one of each in turn, as trials are for one after the other, and nothing under
    no name in the turn of a budget that has no more of them while another has."""
    each = [
        [(f"{name} for {one:,}", values) for name, values in warm_starts(_of_one(settings, one))]
        for one in settings.budgets
    ]
    for designs in itertools.zip_longest(*each, fillvalue=("", {})):
        yield from designs


def _of_one(settings: Settings, parameters: int) -> Settings:
    """Return the settings with one budget of several."""
    return replace(settings, budget=replace(settings.budget, parameters=parameters), budgets=())


def _values(design: Design, settings: Settings, *, whole_budget: bool) -> tuple[dict[str, Any], bool]:
    """Return the design's values, and whether they have its recipe, or, in a space of somebody's own, the nearest.

    whole_budget: Whether it is to take all of the budget, whatever its own size.
    """
    values = functools.partial(
        values_of,
        design,
        space=settings.space,
        sampling=settings.sampling,
        budget=settings.budget,
        task=settings.task,
        augment=settings.augmentations,
        whole_budget=whole_budget,
    )
    try:
        return values(), True
    except InvalidDesign:
        if not isinstance(settings.space, OwnSpace):
            raise
        return values(exact_recipe=False), False


def _own(settings: Settings, given: str) -> tuple[str, dict[str, Any]]:
    """Return the user's own network, as it is or as near to it as the space has one, with the default recipe, or in
    a space of their own with the nearest to it.

    given: In the notation.
    """
    try:
        network = Architecture.parse(given, image=settings.task.image)
        nearest = Architecture(_nearest(network.layers), network.image)
    except InvalidDesign as error:
        known = ", ".join(_KNOWN)
        raise UserError(
            f"`warm_start` must be {known}, a torch module as net.py:Net, or a notation, not {given!r}: {error}"
        ) from None
    problem = ""
    recipe = suited(_recipe(settings), settings.augmentations, settings.task.image)
    for enlarged, ours in itertools.product((False, True), (network, nearest)):
        fits = settings.budget.allows(ours)
        if settings.sampling == "plain" and (enlarged or not fits):
            continue
        name = OWN if fits and not enlarged else f"{OWN} scaled"
        try:
            values, _ = _values(Design(ours, recipe), settings, whole_budget=enlarged)
        except InvalidDesign as error:  # the space does not express it, or none as small for the budget
            problem = str(error)
            continue
        return name if ours.parameters == network.parameters else f"{name} without biases", values
    if settings.sampling == "plain" and not settings.budget.allows(nearest):
        raise UserError(
            f"`warm_start` must keep to the budget, and has {nearest.parameters:,} parameters; `sampling` inside "
            "scales it down"
        )
    why = f" ({problem})" if isinstance(settings.space, OwnSpace) else ""
    raise UserError(
        f"`warm_start` must be a network that `space` {name_of(settings.space)} has, and {given} is none, also "
        f"without its biases{why}; `python -m search space` prints what is"
    )


def _nearest(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return layers as the space has them: convolutions without biases, and ReLU before a max pool, which is the same
    as behind it."""
    nearest: list[Layer] = []
    for layer in layers:
        if layer == Relu() and nearest and isinstance(nearest[-1], MaxPool):
            nearest.insert(len(nearest) - 1, layer)
        else:
            nearest.append(replace(layer, bias=False) if isinstance(layer, Conv) else layer)
    return tuple(nearest)


def _recipe(settings: Settings) -> Recipe:
    return PLAIN_RECIPE if base_of(settings.space) == "core" else DEFAULT_RECIPE


def _for_task(design: Design, settings: Settings) -> Design:
    """Return the design as it is for the images of the search."""
    task = settings.task
    return scaled(design, image=task.image, classes=task.classes, augment=settings.augmentations)


def _from_zoo(settings: Settings) -> Iterator[tuple[str, Design]]:
    """Yield the zoo's designs, the one whose size is nearest to the budget first."""

    def distance(known: ZooDesign) -> float:
        return abs(math.log(known.design.architecture.parameters / settings.budget.parameters))

    for known in sorted(zoo().values(), key=distance):
        yield known.name, known.design


def _from_ladders(settings: Settings) -> Iterator[tuple[str, Design]]:
    """Yield the last step of each ladder: its network with the default recipe, and with its own where the network
    fits the budget as it is."""
    finals: dict[str, Reference] = {}
    ours = _recipe(settings)
    for reference in REFERENCES.values():
        ladder, fits = reference.name.split("/")[0], settings.budget.allows(reference.design.architecture)
        if reference.evidence == "saved run" and (fits or settings.sampling == "inside"):
            last = finals.get(ladder)
            if fits or last is None or not settings.budget.allows(last.design.architecture):
                finals[ladder] = reference
    for own in (False, True):
        for reference in finals.values():
            if not own:
                yield reference.name, Design(reference.design.architecture, ours)
            elif settings.budget.allows(reference.design.architecture):
                yield f"{reference.name} with its own recipe", reference.design


_KNOWN: dict[str, Callable[[Settings], Iterable[tuple[str, Design]]]] = {
    "zoo": _from_zoo,
    "ladders": _from_ladders,
    "none": lambda _: (),
}
