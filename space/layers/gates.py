"""Layers that scale each map by a number between 0 and 1, which they make of the means of all maps."""

from dataclasses import dataclass
from typing import ClassVar

from space.invalid import InvalidDesign
from space.layers.base import Elementwise, Kind
from space.layers.seen import Seen
from space.layers.sides import Shape


@dataclass(frozen=True, slots=True)
class Gate(Elementwise):
    """A layer that scales maps by what their means are."""

    needs_maps: ClassVar[bool] = True

    def seen(self, rows: Seen, columns: Seen) -> tuple[Seen, Seen]:
        return rows.whole(len(rows.firsts)), columns.whole(len(columns.firsts))


@dataclass(frozen=True, slots=True)
class SqueezeExcite(Gate):
    """A gate that makes its numbers by two 1x1 convolutions, with ReLU between and sigmoid behind. Token: `seN[b]`.

    By Hu et al., arXiv 1709.01507.

    Attributes:
        squeezed: Numbers between the two convolutions.
        bias: Whether these have biases.
    """

    squeezed: int
    bias: bool = False

    kind: ClassVar[Kind] = "se"

    def __post_init__(self) -> None:
        if self.squeezed < 1:
            raise InvalidDesign("a squeeze-excite gate has 1 number or more between its convolutions")

    @property
    def token(self) -> str:
        return f"se{self.squeezed}{'b' if self.bias else ''}"

    def parameters(self, shape: Shape) -> int:
        return self.macs(shape) + (self.squeezed + shape[0] if self.bias else 0)

    def macs(self, shape: Shape) -> int:
        return 2 * shape[0] * self.squeezed


@dataclass(frozen=True, slots=True)
class EfficientAttention(Gate):
    """A gate whose number for a map is made of the means of it and its neighbours, by one kernel. Token: `ecaK`.

    By Wang et al., arXiv 1910.03151.

    Attributes:
        kernel: Maps that a number is made of; odd.
    """

    kernel: int

    kind: ClassVar[Kind] = "eca"

    def __post_init__(self) -> None:
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise InvalidDesign(f"the kernel of an ECA gate is odd, so that it has a middle, not {self.kernel}")

    @property
    def token(self) -> str:
        return f"eca{self.kernel}"

    def parameters(self, shape: Shape) -> int:  # noqa: ARG002
        return self.kernel

    def macs(self, shape: Shape) -> int:
        return shape[0] * self.kernel
