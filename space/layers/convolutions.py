"""Layers that mix what comes in by learned weights."""

from dataclasses import dataclass
from typing import ClassVar

from space.invalid import InvalidDesign, require_divided
from space.layers.base import Base, Kind
from space.layers.seen import Seen
from space.layers.sides import Shape, Side, pair, single, slide, written


@dataclass(frozen=True, slots=True)
class Conv(Base):
    """A convolution. Token: `cN[kK][sS][pP][dD][gG][b]`, the kernel unwritten when 3 without padding.

    Attributes:
        channels: Maps that leave it.
        kernel: Side of its window.
        padding: Zeros added on each side of a map.
        groups: Parts that outgoing and incoming maps fall into; a map is made of the incoming ones of its part.
        bias: Whether each outgoing map has a learned number added.
        stride: How far apart its windows lie.
        dilation: How far apart the elements of a window lie.
    """

    channels: int
    kernel: Side = 3
    padding: Side = 0
    groups: int = 1
    bias: bool = False
    stride: Side = 1
    dilation: Side = 1

    kind: ClassVar[Kind] = "conv"
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("kernel", "padding", "stride", "dilation"):
            object.__setattr__(self, name, single(getattr(self, name)))
        least = min(self.channels, self.groups, *pair(self.kernel), *pair(self.stride), *pair(self.dilation))
        if least < 1 or min(pair(self.padding)) < 0:
            raise InvalidDesign(
                "a convolution needs 1 map, a kernel, stride and dilation of 1, 1 group and a padding of 0, or more"
            )
        require_divided(self.channels, "map", self.groups)

    @property
    def token(self) -> str:
        """How the layer is written."""
        kernel = f"k{written(self.kernel)}" if self.kernel != 3 or self.padding else ""
        stride = f"s{written(self.stride)}" if self.stride != 1 else ""
        padding = f"p{written(self.padding)}" if self.padding else ""
        dilation = f"d{written(self.dilation)}" if self.dilation != 1 else ""
        groups = f"g{self.groups}" if self.groups != 1 else ""
        return f"c{self.channels}{kernel}{stride}{padding}{dilation}{groups}{'b' if self.bias else ''}"

    def output(self, shape: Shape) -> Shape:
        require_divided(shape[0], "incoming map", self.groups)
        sides = slide(shape, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation)
        return self.channels, *sides

    def parameters(self, shape: Shape) -> int:
        height, width = pair(self.kernel)
        weights = self.channels * (shape[0] // self.groups) * height * width
        return weights + (self.channels if self.bias else 0)

    def macs(self, shape: Shape) -> int:
        _, height, width = self.output(shape)
        down, across = pair(self.kernel)
        return self.channels * (shape[0] // self.groups) * down * across * height * width

    def seen(self, rows: Seen, columns: Seen) -> tuple[Seen, Seen]:
        return Seen.through(
            rows, columns, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation
        )


@dataclass(frozen=True, slots=True)
class Flatten(Base):
    """A layer that makes one row of numbers of all maps, map by map and row by row. Token: `flatten`."""

    kind: ClassVar[Kind] = "flatten"
    token: ClassVar[str] = "flatten"
    in_place: ClassVar[bool] = True

    def output(self, shape: Shape) -> Shape:
        return shape[0] * shape[1] * shape[2], 1, 1


@dataclass(frozen=True, slots=True)
class Linear(Base):
    """A fully connected layer: each of its numbers is made of all that come in. Token: `fcN[b]`."""

    features: int
    bias: bool = False

    kind: ClassVar[Kind] = "fc"

    def __post_init__(self) -> None:
        if self.features < 1:
            raise InvalidDesign("a fully connected layer gives 1 number or more")

    @property
    def token(self) -> str:
        return f"fc{self.features}{'b' if self.bias else ''}"

    def output(self, shape: Shape) -> Shape:  # noqa: ARG002
        return self.features, 1, 1

    def parameters(self, shape: Shape) -> int:
        return self.features * (shape[0] + self.bias)

    def macs(self, shape: Shape) -> int:
        return self.features * shape[0]

    def seen(self, rows: Seen, columns: Seen) -> tuple[Seen, Seen]:
        return rows.whole(1), columns.whole(1)
