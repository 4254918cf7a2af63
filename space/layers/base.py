"""What all layers have in common."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from space.layers.seen import Seen
from space.layers.sides import Shape

Kind = Literal[
    "conv", "fc", "bn", "gn", "ln", "in", "relu", "lrelu", "prelu", "silu", "gelu", "hswish", "tanh", "sigmoid",
    "drop", "pool", "flatten", "se", "eca", "skip", "fork", "branch", "sum", "cat", "again",
]  # fmt: skip
"""What layers are called after in a network, each with its number behind it: `conv1`, `bn1`."""


@dataclass(frozen=True, slots=True)
class Base:
    """What layers have in common: unless they say otherwise they learn nothing and look at one element at a time.

    Attributes:
        in_place: Whether it can write where it read.
        needs_maps: Whether it works on maps alone, and not on the row of numbers that `flatten` makes of them.
    """

    in_place: ClassVar[bool] = False
    needs_maps: ClassVar[bool] = False

    def output(self, shape: Shape) -> Shape:
        """Returns the shape that leaves the layer when `shape` enters; raises InvalidDesign where that cannot."""
        return shape

    def parameters(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns how many numbers the layer learns when `shape` enters."""
        return 0

    def macs(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns the multiply-adds for one image; the addition of a bias is not counted."""
        return 0

    def seen(self, rows: Seen, columns: Seen) -> tuple[Seen, Seen]:
        """Returns what the elements that leave the layer see of the input, of what those that enter it see."""
        return rows, columns


@dataclass(frozen=True, slots=True)
class Elementwise(Base):
    """A layer that keeps the shape and can write where it read."""

    in_place: ClassVar[bool] = True
