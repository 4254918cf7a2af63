"""`Maps`: how many maps there are somewhere in a network whose widths are not known yet."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Maps:
    """How many maps there are somewhere: a number, a free width, or the sum of others times a number.

    Attributes:
        same: What it has turned out to be the same as.
        unit: A free width is a multiple of it.
        slot: Of a free width.
    """

    number: int | None = None
    parts: tuple["Maps", ...] = ()
    times: int = 1
    same: "Maps | None" = None
    unit: int = 1
    slot: str = ""

    def root(self) -> "Maps":
        maps = self
        while maps.same:
            maps = maps.same
        return maps

    @property
    def free(self) -> bool:
        return self.number is None and not self.parts

    def leaves(self, seen: "set[Maps] | None" = None) -> "Iterator[Maps]":
        """Yields the free widths that it is made of, once each."""
        maps, seen = self.root(), set() if seen is None else seen
        if maps in seen:
            return
        seen.add(maps)
        if maps.free:
            yield maps
        for part in maps.parts:
            yield from part.leaves(seen)

    def value(self, width: Callable[[str], int], known: "dict[Maps, int]") -> int:
        """Returns how many there are. known: what has been found of others."""
        maps = self.root()
        if maps not in known:
            if maps.number is not None:
                known[maps] = maps.number
            elif maps.parts:
                known[maps] = maps.times * sum(part.value(width, known) for part in maps.parts)
            elif maps.unit == 1:
                known[maps] = width(maps.slot)
            else:
                known[maps] = maps.unit * max(1, round(width(maps.slot) / maps.unit))
        return known[maps]


def unify(one: Maps, other: Maps, met: set[tuple[Maps, Maps]] | None = None) -> None:
    """Has two be the same as far as they can, sums of as many part by part; where they cannot, the network says so
    that is built of them. met: sums that have been."""
    one, other = one.root(), other.root()
    met = set() if met is None else met
    if not one.free:
        one, other = other, one
    if one.free:
        if one not in other.leaves():
            one.same = other
            divide(other, one.unit)
    elif (one, other) not in met and (len(one.parts), one.times) == (len(other.parts), other.times):
        met.add((one, other))
        for part, its in zip(one.parts, other.parts, strict=True):
            unify(part, its, met)


def divide(maps: Maps, unit: int) -> None:
    """Has the number of maps be a multiple of `unit`, as far as it is free."""
    for leaf in maps.leaves():
        leaf.unit = math.lcm(leaf.unit, unit)
