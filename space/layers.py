"""The layers a network is made of, each a frozen value that knows its token, shape rule and cost."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

Shape = tuple[int, int, int]
"""Channels, height, width of one image's activation."""


class InvalidDesign(ValueError):
    """A network, recipe or notation that cannot exist; the message says what must hold and what came."""


def _decimal(rate: float) -> str:
    """The shortest decimal that reads back as `rate`, never in exponent form."""
    return f"{Decimal(repr(rate)):f}"


def _check_window(kernel: int, padding: int, shape: Shape) -> None:
    _, height, width = shape
    if kernel > height + 2 * padding or kernel > width + 2 * padding:
        padded = f" padded by {padding}" if padding else ""
        raise InvalidDesign(f"kernel {kernel} does not fit a {height}x{width} map{padded}")


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution of stride 1. Token: `cN[kK][pP][gG][b]`, the kernel unwritten when 3 without padding."""

    channels: int
    kernel: int = 3
    padding: int = 0
    groups: int = 1
    bias: bool = False

    def __post_init__(self) -> None:
        if self.channels < 1 or self.kernel < 1 or self.groups < 1 or self.padding < 0:
            raise InvalidDesign("a convolution needs 1 map, a kernel of 1, 1 group and a padding of 0, or more")
        if self.channels % self.groups:
            raise InvalidDesign(f"{self.channels} maps do not divide into {self.groups} groups")

    @property
    def token(self) -> str:
        kernel = f"k{self.kernel}" if self.kernel != 3 or self.padding else ""
        padding = f"p{self.padding}" if self.padding else ""
        groups = f"g{self.groups}" if self.groups != 1 else ""
        return f"c{self.channels}{kernel}{padding}{groups}{'b' if self.bias else ''}"

    def output(self, shape: Shape) -> Shape:
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
        """Multiply-adds for one image; the addition of a bias is not counted."""
        _, height, width = self.output(shape)
        return self.channels * (shape[0] // self.groups) * self.kernel**2 * height * width


@dataclass(frozen=True, slots=True)
class _Elementwise:
    """A layer that keeps the shape and, unless it says otherwise, has no parameters."""

    def output(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> int:  # noqa: ARG002
        return 0

    def macs(self, shape: Shape) -> int:  # noqa: ARG002
        return 0


@dataclass(frozen=True, slots=True)
class Relu(_Elementwise):
    """max(x, 0). Token: `relu`."""

    token: ClassVar[str] = "relu"


@dataclass(frozen=True, slots=True)
class PRelu(_Elementwise):
    """x where it is positive, else x times a learned slope a map (He et al., arXiv 1502.01852). Token: `prelu`."""

    token: ClassVar[str] = "prelu"

    def parameters(self, shape: Shape) -> int:
        return shape[0]


@dataclass(frozen=True, slots=True)
class Silu(_Elementwise):
    """x * sigmoid(x) (Hendrycks and Gimpel, arXiv 1606.08415). Token: `silu`."""

    token: ClassVar[str] = "silu"


@dataclass(frozen=True, slots=True)
class BatchNorm(_Elementwise):
    """Batch normalisation over each map, with a learned scale and shift. Token: `bn`."""

    token: ClassVar[str] = "bn"

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]


@dataclass(frozen=True, slots=True)
class GhostBatchNorm(_Elementwise):
    """Batch normalisation that in training normalises each `images` images of a batch by themselves (Hoffer,
    Hubara and Soudry, arXiv 1705.08741). Token: `gbnN`."""

    images: int

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
    """The start of a residual block: what comes in here is added at the `Sum` that closes it. Token: `[`."""

    token: ClassVar[str] = "["


@dataclass(frozen=True, slots=True)
class Sum(_Elementwise):
    """The end of a residual block (He et al., arXiv 1512.03385), whose maps have the shape of those that came in
    at its `Skip`. Token: `]`."""

    token: ClassVar[str] = "]"


@dataclass(frozen=True, slots=True)
class _Dropping(_Elementwise):
    """A layer that in training zeroes a share `rate`, in (0, 1), of what passes and scales up the rest."""

    rate: float

    sign: ClassVar[str]

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise InvalidDesign(f"a dropout rate lies between 0 and 1, not {self.rate}")

    @property
    def token(self) -> str:
        return f"{self.sign}{_decimal(self.rate)}"


@dataclass(frozen=True, slots=True)
class Dropout(_Dropping):
    """Dropout of single elements. Token: `doR`."""

    sign: ClassVar[str] = "do"


@dataclass(frozen=True, slots=True)
class MapDropout(_Dropping):
    """Dropout of whole maps (torch's Dropout2d). Token: `d2dR`."""

    sign: ClassVar[str] = "d2d"


@dataclass(frozen=True, slots=True)
class _Pool(_Elementwise):
    """A pool whose windows do not overlap: stride and kernel are the same."""

    def window(self, shape: Shape) -> int:
        raise NotImplementedError

    def seen(self, shape: Shape) -> int:
        """Side of what one element of the output depends on."""
        return self.window(shape)

    def output(self, shape: Shape) -> Shape:
        channels, height, width = shape
        stride, seen = self.window(shape), self.seen(shape)
        _check_window(seen, 0, shape)
        return channels, (height - seen) // stride + 1, (width - seen) // stride + 1


@dataclass(frozen=True, slots=True)
class MaxPool(_Pool):
    """Maximum over 2x2 windows, rows and columns left over dropped. Token: `mp`.

    With `blur`, the maximum over every 2x2 window (stride 1) and then the mean over 2x2 (stride 2), so that moving
    the image by a pixel changes less (Zhang, arXiv 1904.11486, the filter of two pixels). Token: `mpb`.
    """

    blur: bool = False

    @property
    def token(self) -> str:
        return "mpb" if self.blur else "mp"

    def window(self, shape: Shape) -> int:  # noqa: ARG002
        return 2

    def seen(self, shape: Shape) -> int:
        return self.window(shape) + self.blur


@dataclass(frozen=True, slots=True)
class AvgPool(_Pool):
    """Mean over KxK windows, rows and columns left over dropped. Token: `apK`."""

    kernel: int

    def __post_init__(self) -> None:
        if self.kernel < 1:
            raise InvalidDesign(f"an average pool needs a kernel of at least 1, not {self.kernel}")

    @property
    def token(self) -> str:
        return f"ap{self.kernel}"

    def window(self, shape: Shape) -> int:  # noqa: ARG002
        return self.kernel


@dataclass(frozen=True, slots=True)
class GlobalAvgPool(_Pool):
    """Mean over the whole (square) map. Token: `gap`."""

    token: ClassVar[str] = "gap"

    def window(self, shape: Shape) -> int:
        return shape[1]


Activation = Relu | PRelu | Silu
Norm = BatchNorm | GhostBatchNorm
Layer = Conv | Activation | Norm | Dropout | MapDropout | MaxPool | AvgPool | GlobalAvgPool | Skip | Sum
