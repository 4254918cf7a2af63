"""Known designs that a search begins with: the zoo's, or the ends of the hand-made ladders."""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

from search.settings import Settings
from space.choices.encoding import values_of
from space.design import Budget, Design
from space.known.references import REFERENCES, Reference
from space.known.scaled import scaled
from space.known.zoo import ZooDesign, zoo
from space.layers import InvalidDesign
from space.recipe import DEFAULT_RECIPE, PLAIN_RECIPE


def warm_starts(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield values of the designs to begin with that the space can express, each under the name that it is shown by.

    Inside sampling scales widths down to the budget where they do not fit; plain sampling leaves such a network out.
    Where a design was found for another task, it is made for this one, with all of the budget in inside sampling.
    """
    known = {"zoo": _from_zoo, "ladders": _from_ladders, "none": lambda _: ()}[settings.warm_start]
    for name, design in known(settings):
        with contextlib.suppress(InvalidDesign):  # the space does not express it
            ours = _for_task(design, settings)
            fits = settings.budget.allows(ours.architecture)
            if not fits and settings.sampling == "plain":
                continue
            another = ours.architecture != design.architecture
            # Of a budget as large as the network, it takes all.
            budget = Budget(parameters=ours.architecture.parameters) if another else settings.budget
            values = values_of(
                ours,
                space=settings.space,
                sampling=settings.sampling,
                budget=budget,
                task=settings.task,
                augment=settings.augmentations,
            )
            yield name if fits and not another else f"{name} scaled", values


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
    ours = PLAIN_RECIPE if settings.space == "core" else DEFAULT_RECIPE
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
