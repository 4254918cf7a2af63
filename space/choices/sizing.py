"""Widths that fit a budget: the largest whole numbers in given proportions."""

from collections.abc import Callable

from space.architecture import Architecture
from space.choices.blueprint import Blueprint
from space.design import Budget
from space.invalid import InvalidDesign

NARROWEST = 4
WIDEST = 64
_HALVINGS = 40  # of the interval of scales: far finer than the step from one width to the next


def fit(blueprint: Blueprint, share: Callable[[str], float], *, fill: float, budget: Budget) -> Architecture:
    """Builds the widest network of `blueprint` with widths in the proportions `share` that the budget allows.

    It keeps to `fill`, in (0, 1], of the budget's parameters and to its other limits. Each width is its share, above
    0 and up to 1, times a common scale, rounded, from 4 to 64 maps. Where the narrowest form is over, the blueprint
    gives up one thing after another (its `simpler`); where the smallest is over the fill still, the whole budget
    counts.

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
            if limit.allows(_scaled(candidate, share, 0.0)[0]):
                return _widest(candidate, share, limit)
    smallest = narrowest()
    raise InvalidDesign(
        f"no network of the search space meets the budget; the smallest has {smallest.parameters:,} parameters, "
        f"{smallest.macs:,} multiply-adds and {smallest.activation_bytes:,} bytes of activations"
    )


def _widest(blueprint: Blueprint, share: Callable[[str], float], budget: Budget) -> Architecture:
    """Finds the largest scale that the budget allows, by halving, and builds that network."""
    low, high = 0.0, WIDEST / 0.1
    best, narrow = _scaled(blueprint, share, low)
    wide: dict[str, int] = {}
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _same(narrow, share, middle):
            low = middle
            continue
        if wide and _same(wide, share, middle):
            high = middle
            continue
        candidate, widths = _scaled(blueprint, share, middle)
        if budget.allows(candidate):
            low, best, narrow = middle, candidate, widths
        else:
            high, wide = middle, widths
    return best


def _same(widths: dict[str, int], share: Callable[[str], float], scale: float) -> bool:
    """Says whether each slot has at this scale the width that it had."""
    return all(_width(share(slot), scale) == width for slot, width in widths.items())


def _scaled(blueprint: Blueprint, share: Callable[[str], float], scale: float) -> tuple[Architecture, dict[str, int]]:
    """Builds the network whose widths are their shares times `scale`; returns these by slot, too."""
    widths: dict[str, int] = {}

    def width(slot: str) -> int:
        widths[slot] = _width(share(slot), scale)
        return widths[slot]

    return blueprint.assemble(width), widths


def _width(share: float, scale: float) -> int:
    return min(WIDEST, max(NARROWEST, round(scale * share)))


def narrowest() -> Architecture:
    """Builds the network of the space with the fewest parameters."""
    return Architecture.parse("c4 relu c4 relu mp c4 relu gap c10k1")
