"""Layers that bend what passes, element by element."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from space.invalid import InvalidDesign
from space.layers.base import Elementwise, Kind
from space.layers.sides import Shape


def number(value: float) -> str:
    """Writes a number as short as reads back as the same, never in exponent form."""
    return f"{Decimal(repr(value)):f}"


@dataclass(frozen=True, slots=True)
class Relu(Elementwise):
    """An activation that gives max(x, 0). Token: `relu`."""

    kind: ClassVar[Kind] = "relu"
    token: ClassVar[str] = "relu"


@dataclass(frozen=True, slots=True)
class Relu6(Elementwise):
    """An activation that gives min(max(x, 0), 6) (Howard et al., arXiv 1704.04861). Token: `relu6`."""

    kind: ClassVar[Kind] = "relu"
    token: ClassVar[str] = "relu6"


@dataclass(frozen=True, slots=True)
class LeakyRelu(Elementwise):
    """An activation that gives x where it is positive, else x times a fixed slope. Token: `lrelu[R]`."""

    slope: float = 0.01

    kind: ClassVar[Kind] = "lrelu"

    def __post_init__(self) -> None:
        if not 0 < self.slope < 100:
            raise InvalidDesign(f"a slope lies between 0 and 100, not {self.slope}")

    @property
    def token(self) -> str:
        return "lrelu" if self.slope == 0.01 else f"lrelu{number(self.slope)}"


@dataclass(frozen=True, slots=True)
class PRelu(Elementwise):
    """An activation that gives max(x, 0) + s * min(x, 0), with s learned a map (arXiv 1502.01852). Token: `prelu`.

    With `one_slope` s is the same for all maps, which is what torch does unless it is told. Token: `prelu1`.
    """

    one_slope: bool = False

    kind: ClassVar[Kind] = "prelu"

    @property
    def token(self) -> str:
        return "prelu1" if self.one_slope else "prelu"

    def parameters(self, shape: Shape) -> int:
        return 1 if self.one_slope else shape[0]


@dataclass(frozen=True, slots=True)
class Silu(Elementwise):
    """An activation that gives x * sigmoid(x) (Hendrycks and Gimpel, arXiv 1606.08415). Token: `silu`."""

    kind: ClassVar[Kind] = "silu"
    token: ClassVar[str] = "silu"


@dataclass(frozen=True, slots=True)
class Gelu(Elementwise):
    """An activation that gives x times the normal distribution's share below x (arXiv 1606.08415). Token: `gelu`."""

    kind: ClassVar[Kind] = "gelu"
    token: ClassVar[str] = "gelu"


@dataclass(frozen=True, slots=True)
class HardSwish(Elementwise):
    """An activation that gives x * min(max(x + 3, 0), 6) / 6 (Howard et al., arXiv 1905.02244). Token: `hswish`."""

    kind: ClassVar[Kind] = "hswish"
    token: ClassVar[str] = "hswish"


@dataclass(frozen=True, slots=True)
class Tanh(Elementwise):
    """An activation that gives the hyperbolic tangent, between -1 and 1. Token: `tanh`."""

    kind: ClassVar[Kind] = "tanh"
    token: ClassVar[str] = "tanh"


@dataclass(frozen=True, slots=True)
class Sigmoid(Elementwise):
    """An activation that gives 1 / (1 + exp(-x)), between 0 and 1. Token: `sigmoid`."""

    kind: ClassVar[Kind] = "sigmoid"
    token: ClassVar[str] = "sigmoid"


Activation = Relu | Relu6 | LeakyRelu | PRelu | Silu | Gelu | HardSwish | Tanh | Sigmoid
