"""Marks between which layers stand side by side, and the use of a layer for a second time."""

from dataclasses import dataclass
from typing import ClassVar

from space.layers.base import Base, Elementwise, Kind


@dataclass(frozen=True, slots=True)
class Skip(Elementwise):
    """The mark where a residual block begins: what enters here is added at the `Sum` that closes it. Token: `[`."""

    kind: ClassVar[Kind] = "skip"
    token: ClassVar[str] = "["


@dataclass(frozen=True, slots=True)
class Sum(Elementwise):
    """The layer that closes a residual block, by adding what entered at its `Skip`, of the same shape. Token: `]`.

    By He et al., arXiv 1512.03385. With a `Branch` within, what leaves the branches is added instead.
    """

    kind: ClassVar[Kind] = "sum"
    token: ClassVar[str] = "]"


@dataclass(frozen=True, slots=True)
class Fork(Elementwise):
    """The mark where a dense block begins: what enters here is put in front of what leaves it. Token: `{`."""

    kind: ClassVar[Kind] = "fork"
    token: ClassVar[str] = "{"


@dataclass(frozen=True, slots=True)
class Concat(Base):
    """The layer that closes a dense block: maps that entered at its `Fork`, and behind them its own. Token: `}`.

    By Huang et al., arXiv 1608.06993. With a `Branch` within, it has the maps of the branches instead, in order.
    """

    kind: ClassVar[Kind] = "cat"
    token: ClassVar[str] = "}"


@dataclass(frozen=True, slots=True)
class Branch(Elementwise):
    """The mark between two branches of a block, which both begin with what entered it. Token: `|`."""

    kind: ClassVar[Kind] = "branch"
    token: ClassVar[str] = "|"


@dataclass(frozen=True, slots=True)
class Again(Base):
    """A layer that is used once more, with the same weights. Token: `=NAME`.

    Attributes:
        name: What it is called in the network: `conv2` is the second convolution.
    """

    name: str

    kind: ClassVar[Kind] = "again"

    @property
    def token(self) -> str:
        return f"={self.name}"
