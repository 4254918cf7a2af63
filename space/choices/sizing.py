"""Widths that fit a budget: the largest whole numbers in given proportions."""

from collections.abc import Callable

from space.architecture import Architecture
from space.choices.costs import Assemble, BuiltCosts, Costs
from space.choices.filling import Form, Share, filled
from space.choices.smallest import narrowest, smallest
from space.choices.widths import NARROWEST, Widths, largest_scale, widest, widest_within, width_at
from space.design import Budget
from space.invalid import InvalidDesign
from space.task import Task


def fit(blueprint: Form, share: Share, *, fill: float, budget: Budget, task: Task, stages: bool) -> Architecture:
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
        for form in blueprint.simpler():
            if network := _scaled(form, share, limit, task):
                return network
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


def _scaled(form: Form, share: Share, budget: Budget, task: Task) -> Architecture | None:
    """Builds the network of the largest scale that the budget allows; None where not even the narrowest is."""

    def assemble(width: Callable[[str], int]) -> Architecture:
        return form.assemble(width, image=task.image, classes=task.classes)

    costs, limits, most = _costs(assemble, form), budget.limits(), widest(task)
    if not costs.within(limits, dict.fromkeys(costs.slots, NARROWEST)):
        return None
    shares = {slot: share(slot) for slot in costs.slots}

    def at(scale: float) -> Widths:
        return {slot: width_at(scale, share, most) for slot, share in shares.items()}

    scale = largest_scale(shares.values(), most)
    widths = widest_within(at, lambda widths: costs.within(limits, widths), scale=scale)
    return assemble(widths.__getitem__)


def _costs(assemble: Assemble, form: Form) -> Costs | BuiltCosts:
    polynomial = next(form.leaner(), None) is not None
    return Costs(assemble) if polynomial else BuiltCosts(assemble)
