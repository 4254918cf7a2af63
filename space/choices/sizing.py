"""Widths that fit a budget: the largest whole numbers in given proportions."""

from collections.abc import Callable

from space.architecture import Architecture
from space.choices.filling import Form, filled
from space.choices.smallest import narrowest, smallest
from space.choices.widths import widest, width_at
from space.design import Budget
from space.invalid import InvalidDesign
from space.task import Task

_HALVINGS = 40  # of the interval of scales: far finer than the step from one width to the next


def fit(
    blueprint: Form, share: Callable[[str], float], *, fill: float, budget: Budget, task: Task, stages: bool
) -> Architecture:
    """Builds the widest network of `blueprint` with widths in the proportions `share` that the budget allows.

    It keeps to `fill`, in (0, 1], of the budget's parameters and to its other limits. Each width is its share, above
    0 and up to 1, times a common scale, rounded, from 4 to `widest` maps; where another limit than that of the
    parameters binds, `space.choices.filling` tilts the proportions. Where the narrowest form is over, the blueprint
    gives up one thing after another (its `simpler`); where the smallest is over the fill still, the whole budget
    counts; and where that is over too, one of the smallest networks of the space is taken.

    stages: Whether the space has residual stages, too.

    Raises:
        InvalidDesign: Even the smallest networks of the space are over the budget.
    """
    allowed = Budget(
        parameters=max(1, int(fill * budget.parameters)),
        macs=budget.macs,
        activation_bytes=budget.activation_bytes,
    )
    for limit in (allowed, budget):  # the whole budget, where its share is too little for any network
        if len(limit.limits()) > 1 and (network := filled(blueprint, share, budget=limit, task=task)):
            return network
        for candidate in blueprint.simpler():
            if limit.allows(_scaled(candidate, share, 0.0, task)[0]):
                return _widest(candidate, share, limit, task)
    if budget.allows(narrowest(task)):
        return narrowest(task)
    every = smallest(task, stages=stages)
    for network in every:
        if budget.allows(network):
            return network
    raise InvalidDesign(
        f"no network of the search space meets the budget; the smallest has {every[0].parameters:,} parameters, "
        f"{every[0].macs:,} multiply-adds and {every[0].activation_bytes:,} bytes of activations"
    )


def _widest(blueprint: Form, share: Callable[[str], float], budget: Budget, task: Task) -> Architecture:
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
    return all(width_at(scale, share(slot), most) == width for slot, width in widths.items())


def _scaled(
    blueprint: Form, share: Callable[[str], float], scale: float, task: Task
) -> tuple[Architecture, dict[str, int]]:
    """Builds the network whose widths are their shares times `scale`; returns these by slot, too."""
    widths: dict[str, int] = {}
    most = widest(task)

    def width(slot: str) -> int:
        widths[slot] = width_at(scale, share(slot), most)
        return widths[slot]

    return blueprint.assemble(width, image=task.image, classes=task.classes), widths
