"""Widths that fill a budget of parameters where it has other limits, of multiply-adds or of memory, too.

Layers on large maps take many multiply-adds and much memory for few parameters. Widths in given proportions meet such
a limit by being narrow everywhere, and leave most of the parameters unused. Here those proportions are tilted: the
more multiply-adds a parameter of a slot takes, the narrower it is beside the others, and no more so than fills the
budget. Where no tilt fills it, the form gives up what takes multiply-adds and has few parameters.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, Self

from space.architecture import Architecture
from space.choices.costs import Costs
from space.choices.widths import NARROWEST, Widths, largest_scale, widest, widest_within, width_at
from space.design import Budget
from space.layers import Shape
from space.task import Task

_STEEPEST = 3.0  # tilt, an exponent of the multiply-adds for a parameter
_TILTS = 8  # that are looked at where none fills the budget
_HALVINGS_OF_TILT = 7
_FILLED = 0.95  # share of the parameters allowed for which nothing more is given up
_USUAL = 16  # the width of all slots at which their multiply-adds for a parameter are compared


class Form(Protocol):
    """Everything about a network but its widths."""

    def assemble(self, width: Callable[[str], int], *, image: Shape, classes: int) -> Architecture:
        """Builds the network for such images and so many classes, asking `width` for the maps of each slot."""
        ...

    def simpler(self) -> Iterator[Self]:
        """Yields this, then what it becomes by giving up one thing after another."""
        ...

    def leaner(self) -> Iterator[Self]:
        """Yields this, then what it becomes by giving up what takes multiply-adds and has few parameters; nothing
        where its costs are no polynomials of its widths."""
        ...


Share = Callable[[str], float]


def filled(blueprint: Form, share: Share, *, budget: Budget, task: Task) -> Architecture | None:
    """Builds the network of `blueprint` that fills the budget with widths as near to the proportions `share` as that
    leaves them; None where not even the narrowest network that the blueprint can become is allowed.

    Where the network that would be taken without the other limits keeps to them, it is taken.
    """
    best: Architecture | None = None
    for form in _forms(blueprint, Budget(parameters=budget.parameters), task):

        def assemble(width: Callable[[str], int], form: Form = form) -> Architecture:
            return form.assemble(width, image=task.image, classes=task.classes)

        fitting = _Fitting(Costs(assemble), share, budget.limits(), widest(task))
        if widths := fitting.full():
            return assemble(widths.__getitem__)
        if widths := fitting.fullest():
            network = assemble(widths.__getitem__)
            if best is None or network.parameters > best.parameters:
                best = network
            if network.parameters >= _FILLED * budget.parameters:
                break
    return best


def _forms(blueprint: Form, parameters: Budget, task: Task) -> Iterator[Form]:
    """Yields the first form that keeps to the parameters, what it becomes by giving up multiply-adds, and then by
    giving up one thing after another."""
    forms = (one for one in blueprint.simpler() if parameters.allows(_narrow(one, task)))
    first = next(forms, None)
    if first is None:
        return
    leaner = list(first.leaner())
    if not leaner:
        return
    yield from leaner
    _, *simpler = leaner[-1].simpler()
    yield from simpler


def _narrow(blueprint: Form, task: Task) -> Architecture:
    return blueprint.assemble(lambda _: NARROWEST, image=task.image, classes=task.classes)


class _Fitting:
    """Widths of one form, by their costs. most: maps of a convolution."""

    def __init__(self, costs: Costs, share: Share, limits: Mapping[str, int], most: int) -> None:
        self._costs, self._limits, self._most = costs, limits, most
        self._shares = {slot: share(slot) for slot in costs.slots}
        steepness = {slot: _steepness(costs, slot) for slot in costs.slots}
        flattest = min(steepness.values(), default=1.0)
        self._steepness = {slot: steep / flattest for slot, steep in steepness.items()}

    def full(self) -> Widths | None:
        """Returns the widths of the least tilt with which the parameters bind and no other limit; None where there is
        none, or the narrowest have too many parameters."""
        if filling := self._filling(0.0):
            return filling
        filling = self._filling(_STEEPEST)
        if filling is None:
            return None
        low, high = 0.0, _STEEPEST
        for _ in range(_HALVINGS_OF_TILT):
            middle = (low + high) / 2
            if found := self._filling(middle):
                high, filling = middle, found
            else:
                low = middle
        return self._widened(filling)

    def fullest(self) -> Widths | None:
        """Returns the widths of the tilt with most parameters; None where not even the narrowest are allowed."""
        if not self._costs.within(self._limits, self._at(0.0, 0.0)):
            return None
        tilts = (_STEEPEST * number / _TILTS for number in range(_TILTS + 1))
        return max((self._widened(self._widest(tilt)) for tilt in tilts), key=self._parameters)

    def _parameters(self, widths: Widths) -> int:
        return self._costs.of("parameters", widths)

    def _at(self, scale: float, tilt: float) -> Widths:
        return {
            slot: width_at(scale, share * self._steepness[slot] ** -tilt, self._most)
            for slot, share in self._shares.items()
        }

    def _filling(self, tilt: float) -> Widths | None:
        """Returns the widest widths by the parameters alone, where the other limits allow them."""
        widths = self._widest(tilt, {"parameters": self._limits["parameters"]})
        return widths if self._costs.within(self._limits, widths) else None

    def _widest(self, tilt: float, limits: Mapping[str, int] | None = None) -> Widths:
        """Finds the widths of the largest scale at which the limits are kept."""
        scale = largest_scale(self._shares.values(), self._most)
        return widest_within(
            lambda scale: self._at(scale, tilt),
            lambda widths: self._costs.within(limits or self._limits, widths),
            scale=scale * max(self._steepness.values(), default=1.0) ** tilt,
        )

    def _widened(self, widths: Widths) -> Widths:
        """Widens slots by a map at a time, the one with fewest multiply-adds for a parameter first, as far as the
        limits allow."""
        grown = True
        while grown:
            grown = False
            for slot in sorted(self._steepness, key=self._steepness.__getitem__):
                wider = widths | {slot: widths[slot] + 1}
                if wider[slot] <= self._most and self._costs.within(self._limits, wider):
                    widths, grown = wider, True
        return widths


def _steepness(costs: Costs, slot: str) -> float:
    """Returns how many multiply-adds a parameter takes that is added by widening the slot; at least 1."""
    usual = dict.fromkeys(costs.slots, _USUAL)
    wider = usual | {slot: _USUAL + 1}
    macs, parameters = (costs.of(name, wider) - costs.of(name, usual) for name in ("macs", "parameters"))
    return max(1.0, macs / max(1, parameters))
