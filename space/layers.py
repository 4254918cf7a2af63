"""The layers that a network is made of, each a frozen value.

A layer knows how it is written (`token`), what it is called after (`kind`), which shape it makes of another
(`output`), what it costs (`parameters`, `macs`), how far it looks (`sees`, `stride`), and whether it can write where
it read (`in_place`). Where something else tells layers apart, by `match`, it ends in `assert_never`, so that the type
checker names what a new layer of the union `Layer` still lacks.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from space.invalid import InvalidDesign

Shape = tuple[int, int, int]
"""Channels, height, width of one image's activation."""

Kind = Literal["conv", "bn", "relu", "prelu", "silu", "drop", "pool", "skip", "sum"]
"""What layers are called after in a network, each with its number behind it: `conv1`, `bn1`."""


def _check_window(side: int, padding: int, shape: Shape) -> None:
    """Raises InvalidDesign where a window of that side is larger than the padded map."""
    _, height, width = shape
    if side > height + 2 * padding or side > width + 2 * padding:
        padded = f" padded by {padding}" if padding else ""
        raise InvalidDesign(f"kernel {side} does not fit a {height}x{width} map{padded}")


@dataclass(frozen=True, slots=True)
class _Layer:
    """What layers have in common: unless they say otherwise they learn nothing and look at one element at a time."""

    in_place: ClassVar[bool] = False

    def parameters(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns how many numbers the layer learns when `shape` enters."""
        return 0

    def macs(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns the multiply-adds for one image; the addition of a bias is not counted."""
        return 0

    def sees(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns the side, in elements of the input, of what one element of the output depends on."""
        return 1

    def stride(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns how far apart, in elements of the input, two neighbours of the output look."""
        return 1


@dataclass(frozen=True, slots=True)
class Conv(_Layer):
    """A convolution of stride 1. Token: `cN[kK][pP][gG][b]`, the kernel unwritten when 3 without padding.

    Attributes:
        channels: Maps that leave it.
        kernel: Side of its window.
        padding: Zeros added on each side of a map.
        groups: Parts that outgoing and incoming maps fall into; a map is made of the incoming ones of its part.
        bias: Whether each outgoing map has a learned number added.
    """

    channels: int
    kernel: int = 3
    padding: int = 0
    groups: int = 1
    bias: bool = False

    kind: ClassVar[Kind] = "conv"

    def __post_init__(self) -> None:
        if self.channels < 1 or self.kernel < 1 or self.groups < 1 or self.padding < 0:
            raise InvalidDesign("a convolution needs 1 map, a kernel of 1, 1 group and a padding of 0, or more")
        if self.channels % self.groups:
            raise InvalidDesign(f"{self.channels} maps do not divide into {self.groups} groups")

    @property
    def token(self) -> str:
        """How the layer is written."""
        kernel = f"k{self.kernel}" if self.kernel != 3 or self.padding else ""
        padding = f"p{self.padding}" if self.padding else ""
        groups = f"g{self.groups}" if self.groups != 1 else ""
        return f"c{self.channels}{kernel}{padding}{groups}{'b' if self.bias else ''}"

    def output(self, shape: Shape) -> Shape:
        """Returns the shape that leaves the layer when `shape` enters; raises InvalidDesign where that cannot."""
        channels, height, width = shape
        if channels % self.groups:
            raise InvalidDesign(f"{channels} incoming maps do not divide into {self.groups} groups")
        _check_window(self.kernel, self.padding, shape)
        grow = 2 * self.padding - self.kernel + 1
        return self.channels, height + grow, width + grow

    def parameters(self, shape: Shape) -> int:
        weights = self.channels * (shape[0] // self.groups) * self.kernel**2
        return weights + (self.channels if self.bias else 0)

    def macs(self, shape: Shape) -> int:
        _, height, width = self.output(shape)
        return self.channels * (shape[0] // self.groups) * self.kernel**2 * height * width

    def sees(self, shape: Shape) -> int:  # noqa: ARG002
        return self.kernel


@dataclass(frozen=True, slots=True)
class _Elementwise(_Layer):
    """A layer that keeps the shape and can write where it read."""

    in_place: ClassVar[bool] = True

    def output(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True, slots=True)
class Relu(_Elementwise):
    """An activation that gives max(x, 0). Token: `relu`."""

    kind: ClassVar[Kind] = "relu"
    token: ClassVar[str] = "relu"


@dataclass(frozen=True, slots=True)
class PRelu(_Elementwise):
    """An activation that gives max(x, 0) + s * min(x, 0), with s learned a map (arXiv 1502.01852). Token: `prelu`."""

    kind: ClassVar[Kind] = "prelu"
    token: ClassVar[str] = "prelu"

    def parameters(self, shape: Shape) -> int:
        return shape[0]


@dataclass(frozen=True, slots=True)
class Silu(_Elementwise):
    """An activation that gives x * sigmoid(x) (Hendrycks and Gimpel, arXiv 1606.08415). Token: `silu`."""

    kind: ClassVar[Kind] = "silu"
    token: ClassVar[str] = "silu"


@dataclass(frozen=True, slots=True)
class BatchNorm(_Elementwise):
    """A layer that normalises each map over a batch, with a learned scale and shift. Token: `bn`."""

    kind: ClassVar[Kind] = "bn"
    token: ClassVar[str] = "bn"

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]


@dataclass(frozen=True, slots=True)
class GhostBatchNorm(_Elementwise):
    """A batch normalisation that in training normalises each `images` images by themselves. Token: `gbnN`.

    By Hoffer, Hubara and Soudry, arXiv 1705.08741.
    """

    images: int

    kind: ClassVar[Kind] = "bn"

    def __post_init__(self) -> None:
        if self.images < 2:
            raise InvalidDesign(f"a ghost batch has at least 2 images, not {self.images}")

    @property
    def token(self) -> str:
        return f"gbn{self.images}"

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]


@dataclass(frozen=True, slots=True)
class Skip(_Elementwise):
    """The mark where a residual block begins: what enters here is added at the `Sum` that closes it. Token: `[`."""

    kind: ClassVar[Kind] = "skip"
    token: ClassVar[str] = "["


@dataclass(frozen=True, slots=True)
class Sum(_Elementwise):
    """The layer that closes a residual block, by adding what entered at its `Skip`, of the same shape. Token: `]`.

    By He et al., arXiv 1512.03385.
    """

    kind: ClassVar[Kind] = "sum"
    token: ClassVar[str] = "]"


@dataclass(frozen=True, slots=True)
class _Dropping(_Elementwise):
    """A layer that in training zeroes a share `rate`, in (0, 1), of what passes and scales up the rest."""

    rate: float

    kind: ClassVar[Kind] = "drop"
    sign: ClassVar[str]

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise InvalidDesign(f"a dropout rate lies between 0 and 1, not {self.rate}")

    @property
    def token(self) -> str:
        return f"{self.sign}{Decimal(repr(self.rate)):f}"  # the shortest that reads back, never in exponent form


@dataclass(frozen=True, slots=True)
class Dropout(_Dropping):
    """A dropout that drops single elements. Token: `doR`."""

    sign: ClassVar[str] = "do"


@dataclass(frozen=True, slots=True)
class MapDropout(_Dropping):
    """A dropout that drops whole maps (torch's Dropout2d). Token: `d2dR`."""

    sign: ClassVar[str] = "d2d"


@dataclass(frozen=True, slots=True)
class _Pool(_Layer):
    """A layer that makes one element of each window of a map; windows do not overlap unless the pool says so."""

    kind: ClassVar[Kind] = "pool"

    def sees(self, shape: Shape) -> int:
        return self.stride(shape)

    def output(self, shape: Shape) -> Shape:
        channels, height, width = shape
        stride, side = self.stride(shape), self.sees(shape)
        _check_window(side, 0, shape)
        return channels, (height - side) // stride + 1, (width - side) // stride + 1


@dataclass(frozen=True, slots=True)
class MaxPool(_Pool):
    """A pool that takes the maximum over 2x2 windows, rows and columns left over dropped. Token: `mp`.

    With `blur`, the maximum over every 2x2 window (stride 1) and then the mean over 2x2 (stride 2), so that moving
    the image by a pixel changes less (Zhang, arXiv 1904.11486, the filter of two pixels). Token: `mpb`.
    """

    blur: bool = False

    @property
    def token(self) -> str:
        return "mpb" if self.blur else "mp"

    def stride(self, shape: Shape) -> int:  # noqa: ARG002
        return 2

    def sees(self, shape: Shape) -> int:
        return self.stride(shape) + self.blur


@dataclass(frozen=True, slots=True)
class AvgPool(_Pool):
    """A pool that takes the mean over KxK windows, rows and columns left over dropped. Token: `apK`."""

    kernel: int

    def __post_init__(self) -> None:
        if self.kernel < 1:
            raise InvalidDesign(f"an average pool needs a kernel of at least 1, not {self.kernel}")

    @property
    def token(self) -> str:
        return f"ap{self.kernel}"

    def stride(self, shape: Shape) -> int:  # noqa: ARG002
        return self.kernel


@dataclass(frozen=True, slots=True)
class GlobalAvgPool(_Pool):
    """A pool that takes the mean over the whole map. Token: `gap`."""

    token: ClassVar[str] = "gap"

    def stride(self, shape: Shape) -> int:
        return max(shape[1:])

    def output(self, shape: Shape) -> Shape:
        return shape[0], 1, 1


Activation = Relu | PRelu | Silu
Norm = BatchNorm | GhostBatchNorm
Layer = Conv | Activation | Norm | Dropout | MapDropout | MaxPool | AvgPool | GlobalAvgPool | Skip | Sum
