"""Layers that bring what passes to one scale, and those that drop a part of it in training."""

from dataclasses import dataclass
from typing import ClassVar

from space.invalid import InvalidDesign, require_divided
from space.layers.activations import number
from space.layers.base import Elementwise, Kind
from space.layers.sides import Shape


@dataclass(frozen=True, slots=True)
class BatchNorm(Elementwise):
    """A layer that normalises each map over a batch, with a learned scale and shift. Token: `bn`."""

    kind: ClassVar[Kind] = "bn"
    token: ClassVar[str] = "bn"

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]


@dataclass(frozen=True, slots=True)
class GhostBatchNorm(Elementwise):
    """A batch normalisation that in training normalises each `images` images by themselves. Token: `gbnN`.

    By Hoffer, Hubara and Soudry, arXiv 1705.08741.
    """

    images: int

    kind: ClassVar[Kind] = "bn"
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.images < 2:
            raise InvalidDesign(f"a ghost batch has at least 2 images, not {self.images}")

    @property
    def token(self) -> str:
        return f"gbn{self.images}"

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]


@dataclass(frozen=True, slots=True)
class GroupNorm(Elementwise):
    """A layer that normalises each image's maps in groups, with a scale and shift a map. Token: `gnG`.

    By Wu and He, arXiv 1803.08494. In one group it is what people call layer normalisation of a convolutional
    network; its token is then `ln`.
    """

    groups: int

    kind: ClassVar[Kind] = "gn"

    def __post_init__(self) -> None:
        if self.groups < 1:
            raise InvalidDesign(f"a group normalisation has at least 1 group, not {self.groups}")

    @property
    def token(self) -> str:
        return f"gn{self.groups}" if self.groups > 1 else "ln"

    def output(self, shape: Shape) -> Shape:
        channels, height, width = shape
        require_divided(channels, "incoming map", self.groups)
        if channels // self.groups * height * width < 2:
            raise InvalidDesign("a group of one number has nothing to be normalised by")
        return shape

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]


@dataclass(frozen=True, slots=True)
class LayerNorm(Elementwise):
    """A layer that normalises each image's maps together, with a scale and shift an element. Token: `lne`.

    By Ba, Kiros and Hinton, arXiv 1607.06450; torch's LayerNorm over channels, rows and columns.
    """

    kind: ClassVar[Kind] = "ln"
    token: ClassVar[str] = "lne"

    def output(self, shape: Shape) -> Shape:
        if shape == (1, 1, 1):
            raise InvalidDesign("one number has nothing to be normalised by")
        return shape

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0] * shape[1] * shape[2]


@dataclass(frozen=True, slots=True)
class InstanceNorm(Elementwise):
    """A layer that normalises each map of each image by itself, and learns nothing. Token: `in`.

    By Ulyanov, Vedaldi and Lempitsky, arXiv 1607.08022. With a scale and shift a map it is a group normalisation of
    as many groups as maps.
    """

    kind: ClassVar[Kind] = "in"
    token: ClassVar[str] = "in"
    needs_maps: ClassVar[bool] = True

    def output(self, shape: Shape) -> Shape:
        if shape[1:] == (1, 1):
            raise InvalidDesign("a map of one element has nothing to be normalised by")
        return shape


@dataclass(frozen=True, slots=True)
class Dropping(Elementwise):
    """A layer that in training zeroes a share `rate`, in (0, 1), of what passes and scales up the rest."""

    rate: float

    kind: ClassVar[Kind] = "drop"
    sign: ClassVar[str]

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise InvalidDesign(f"a dropout rate lies between 0 and 1, not {self.rate}")

    @property
    def token(self) -> str:
        return f"{self.sign}{number(self.rate)}"


@dataclass(frozen=True, slots=True)
class Dropout(Dropping):
    """A dropout that drops single elements. Token: `doR`."""

    sign: ClassVar[str] = "do"


@dataclass(frozen=True, slots=True)
class MapDropout(Dropping):
    """A dropout that drops whole maps (torch's Dropout2d). Token: `d2dR`."""

    sign: ClassVar[str] = "d2d"
    needs_maps: ClassVar[bool] = True


Norm = BatchNorm | GhostBatchNorm | GroupNorm | LayerNorm | InstanceNorm
