"""Widths that fit a budget: the largest whole numbers in given proportions."""

from collections.abc import Callable, Iterator
from typing import Protocol, Self

from space.architecture import Architecture
from space.choices.structure import Structure
from space.design import Budget
from space.invalid import InvalidDesign
from space.layers import Shape
from space.task import DIGITS, Task

NARROWEST = 4
_WIDEST_OF_DIGITS, _WIDEST = 64, 192  # for digits as it was, so that studies of them go on as they began
_HALVINGS = 40  # of the interval of scales: far finer than the step from one width to the next


class Sizable(Protocol):
    """Everything about a network but its widths."""

    def assemble(self, width: Callable[[str], int], *, image: Shape, classes: int) -> Architecture:
        """Builds the network for such images and so many classes, asking `width` for the maps of each slot."""
        ...

    def simpler(self) -> Iterator[Self]:
        """Yields this, then what it becomes by giving up one thing after another."""
        ...


def widest(task: Task) -> int:
    """Returns how many maps a convolution has at most."""
    return _WIDEST_OF_DIGITS if task.image == DIGITS.image else _WIDEST


def fit(
    blueprint: Sizable, share: Callable[[str], float], *, fill: float, budget: Budget, task: Task
) -> Architecture:
    """Builds the widest network of `blueprint` with widths in the proportions `share` that the budget allows.

    It keeps to `fill`, in (0, 1], of the budget's parameters and to its other limits. Each width is its share, above
    0 and up to 1, times a common scale, rounded, from 4 to `widest` maps. Where the narrowest form is over, the
    blueprint gives up one thing after another (its `simpler`); where the smallest is over the fill still, the whole
    budget counts; and where that is over too, the smallest network of all is taken.

    Raises:
        InvalidDesign: Even the smallest network of the space is over the budget.
    """
    allowed = Budget(
        parameters=max(1, int(fill * budget.parameters)),
        macs=budget.macs,
        activation_bytes=budget.activation_bytes,
    )
    for limit in (allowed, budget):  # the whole budget, where its share is too little for any network
        for candidate in blueprint.simpler():
            if limit.allows(_scaled(candidate, share, 0.0, task)[0]):
                return _widest(candidate, share, limit, task)
    smallest = narrowest(task)
    if budget.allows(smallest):
        return smallest
    raise InvalidDesign(
        f"no network of the search space meets the budget; the smallest has {smallest.parameters:,} parameters, "
        f"{smallest.macs:,} multiply-adds and {smallest.activation_bytes:,} bytes of activations"
    )


def _widest(blueprint: Sizable, share: Callable[[str], float], budget: Budget, task: Task) -> Architecture:
    """Finds the largest scale that the budget allows, by halving, and builds that network."""
    most = widest(task)
    low, high = 0.0, most / 0.1
    best, narrow = _scaled(blueprint, share, low, task)
    wide: dict[str, int] = {}
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _same(narrow, share, middle, most):
            low = middle
            continue
        if wide and _same(wide, share, middle, most):
            high = middle
            continue
        candidate, widths = _scaled(blueprint, share, middle, task)
        if budget.allows(candidate):
            low, best, narrow = middle, candidate, widths
        else:
            high, wide = middle, widths
    return best


def _same(widths: dict[str, int], share: Callable[[str], float], scale: float, most: int) -> bool:
    """Says whether each slot has at this scale the width that it had."""
    return all(_width(share(slot), scale, most) == width for slot, width in widths.items())


def _scaled(
    blueprint: Sizable, share: Callable[[str], float], scale: float, task: Task
) -> tuple[Architecture, dict[str, int]]:
    """Builds the network whose widths are their shares times `scale`; returns these by slot, too."""
    widths: dict[str, int] = {}
    most = widest(task)

    def width(slot: str) -> int:
        widths[slot] = _width(share(slot), scale, most)
        return widths[slot]

    return blueprint.assemble(width, image=task.image, classes=task.classes), widths


def _width(share: float, scale: float, most: int) -> int:
    return min(most, max(NARROWEST, round(scale * share)))


def narrowest(task: Task) -> Architecture:
    """Builds the smallest network for the task that every space has; `fit` meets any budget that allows it."""
    return _SMALLEST.assemble(lambda _: NARROWEST, image=task.image, classes=task.classes)


_SMALLEST = Structure(
    first_pool_field=5,
    blocks_after_pool=1,
    second_pool=0,
    transition="none",
    transition_dress="bare",
    normalisation="none",
    dropout="none",
    dropout_rate=0.02,
    dropout_place="every block",
    padding="none",
    head="gap then 1x1",
    hidden=0,
    head_dress="bare",
    mean_crop=0,
)
