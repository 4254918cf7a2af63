"""What networks of one form cost, as polynomials of their widths."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import count

from space.architecture import Architecture
from space.choices.widths import NARROWEST

_BITS = 56  # of one coefficient, far more than any has

_Term = tuple[int, tuple[str, ...]]  # a coefficient, and the slots whose widths it is multiplied with: two at most
_Polynomial = tuple[_Term, ...]


Assemble = Callable[[Callable[[str], int]], Architecture]
"""Builds a network of a form, asking for the width of each slot."""


class Costs:
    """The parameters, multiply-adds and activation bytes of every network of a form, exactly, without building it.

    Each is a polynomial of the second degree in the widths, the last the largest of several. All coefficients are
    read off one network, whose widths are powers of two so far apart that in its costs no two terms come to lie in
    the same bits (Kronecker's substitution): that spares building a network for each that is looked at.

    Attributes:
        slots: The form's, in the order in which it asks for them.
    """

    def __init__(self, assemble: Assemble) -> None:
        """Builds that network."""
        marks: dict[str, int] = {}

        def width(slot: str) -> int:
            if slot not in marks:
                marks[slot] = _mark(len(marks))
            return 1 << _BITS * marks[slot]

        self._network = assemble(width)
        self.slots = tuple(marks)
        single = [(0, ()), *((mark, (slot,)) for slot, mark in marks.items())]
        self._products = {one + other: slots + more for one, slots in single for other, more in single}
        self._known: dict[str, tuple[_Polynomial, ...]] = {}

    def of(self, name: str, widths: Mapping[str, int]) -> int:
        """Returns what a network with such widths costs; raises ArithmeticError where that is no such polynomial.

        name: As a budget names its limits.
        """
        if name not in self._known:
            self._known[name] = self._polynomials(name)
        return max(_value(polynomial, widths) for polynomial in self._known[name])

    def _polynomials(self, name: str) -> tuple[_Polynomial, ...]:
        if name == "activation_bytes":
            return _largest(_read(cost.activation_bytes, self._products) for cost in self._network.costs)
        return (_read(getattr(self._network, name), self._products),)

    def within(self, limits: Mapping[str, int], widths: Mapping[str, int]) -> bool:
        """Says whether a network with such widths keeps to the limits."""
        return all(self.of(name, widths) <= limit for name, limit in limits.items())


class BuiltCosts:
    """The same of a form whose costs are no such polynomials, by building each network that is looked at.

    Attributes:
        slots: As those of `Costs`.
    """

    def __init__(self, assemble: Assemble) -> None:
        """Builds the narrowest network, which asks for every slot."""
        slots: dict[str, None] = {}
        assemble(lambda slot: slots.setdefault(slot) or NARROWEST)
        self.slots, self._assemble = tuple(slots), assemble

    def within(self, limits: Mapping[str, int], widths: Mapping[str, int]) -> bool:
        """Says whether a network with such widths keeps to the limits."""
        network = self._assemble(widths.__getitem__)
        return all(getattr(network, name) <= limit for name, limit in limits.items())


@cache
def _mark(place: int) -> int:
    """Returns a number of a sequence such as that of Mian and Chowla, of which no two pairs have the same sum, nor a
    pair that of one alone."""
    known = [0, *(_mark(before) for before in range(place))]
    sums = {one + other for one in known for other in known}
    return next(mark for mark in count(known[-1] + 1) if not sums & {2 * mark, *(mark + one for one in known)})


def _read(value: int, products: Mapping[int, tuple[str, ...]]) -> _Polynomial:
    """Returns the polynomial that has the value where the widths are the powers of two."""
    terms, place = [], 0
    while value:
        empty = ((value & -value).bit_length() - 1) // _BITS
        value, place = value >> empty * _BITS, place + empty
        if place not in products:
            raise ArithmeticError("the costs of the form are no polynomials of the second degree in its widths")
        terms.append((value & (1 << _BITS) - 1, products[place]))
        value, place = value >> _BITS, place + 1
    return tuple(terms)


def _largest(polynomials: Iterable[_Polynomial]) -> tuple[_Polynomial, ...]:
    """Leaves those out that are at most as large as another, whatever the widths."""
    largest: list[dict[tuple[str, ...], int]] = []
    for polynomial in set(polynomials):
        terms = {slots: coefficient for coefficient, slots in polynomial}
        if any(_below(terms, other) for other in largest):
            continue
        largest = [other for other in largest if not _below(other, terms)] + [terms]
    return tuple(tuple((coefficient, slots) for slots, coefficient in terms.items()) for terms in largest)


def _below(terms: Mapping[tuple[str, ...], int], others: Mapping[tuple[str, ...], int]) -> bool:
    return all(coefficient <= others.get(slots, 0) for slots, coefficient in terms.items())


def _value(polynomial: _Polynomial, widths: Mapping[str, int]) -> int:
    total = 0
    for factor, slots in polynomial:
        term = factor
        for slot in slots:
            term *= widths[slot]
        total += term
    return total
