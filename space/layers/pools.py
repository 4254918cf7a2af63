"""Layers that make one element of each window of a map."""

from dataclasses import dataclass, field
from typing import ClassVar

from space.invalid import InvalidDesign
from space.layers.base import Base, Kind
from space.layers.seen import Seen
from space.layers.sides import LARGEST_SIDE, Shape, Side, pair, single, slide, written


@dataclass(frozen=True, slots=True)
class Pool(Base):
    """A layer that makes one element of each window of a map, rows and columns left over dropped.

    Attributes:
        kernel: Side of a window.
        stride: How far apart windows lie; None for as far as they are large, so that they do not overlap.
        padding: Elements added on each side of a map, at most half a window.
    """

    kernel: Side
    stride: Side | None = None
    padding: Side = 0

    kind: ClassVar[Kind] = "pool"
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernel", single(self.kernel))
        object.__setattr__(self, "padding", single(self.padding))
        stride = None if self.stride is None else single(self.stride)
        object.__setattr__(self, "stride", None if stride == self.kernel else stride)
        if min(*pair(self.kernel), *pair(self.steps)) < 1 or min(pair(self.padding)) < 0:
            raise InvalidDesign("a pool needs a kernel and a stride of at least 1, and a padding of 0 or more")
        if any(2 * edge > side for edge, side in zip(pair(self.padding), pair(self.kernel), strict=True)):
            raise InvalidDesign(
                f"a pool is padded by at most half its kernel, not by {written(self.padding)} "
                f"where that is {written(self.kernel)}"
            )

    @property
    def steps(self) -> Side:
        """How far apart windows lie."""
        return self.kernel if self.stride is None else self.stride

    @property
    def settings(self) -> str:
        """How kernel, stride and padding are written."""
        stride = "" if self.stride is None else f"s{written(self.stride)}"
        return f"{written(self.kernel)}{stride}{f'p{written(self.padding)}' if self.padding else ''}"

    def output(self, shape: Shape) -> Shape:
        return shape[0], *slide(shape, kernel=self.kernel, stride=self.steps, padding=self.padding)

    def seen(self, rows: Seen, columns: Seen) -> tuple[Seen, Seen]:
        return Seen.through(rows, columns, kernel=self.kernel, stride=self.steps, padding=self.padding)


@dataclass(frozen=True, slots=True)
class MaxPool(Pool):
    """A pool that takes the maximum. Token: `mp[K][sS][pP]`, with 2x2 windows side by side where it says no more.

    With `blur`, the maximum over every 2x2 window (stride 1) and then the mean over 2x2 (stride 2), so that moving
    the image by a pixel changes less (Zhang, arXiv 1904.11486, the filter of two pixels). Token: `mpb`.
    """

    kernel: Side = 2
    blur: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        Pool.__post_init__(self)
        if self.blur and self.settings != "2":
            raise InvalidDesign("a blurred max pool is over 2x2 windows at stride 2")

    @property
    def token(self) -> str:
        return "mpb" if self.blur else "mp" if self.settings == "2" else f"mp{self.settings}"

    def output(self, shape: Shape) -> Shape:
        return (shape[0], *slide(shape, kernel=3, stride=2, padding=0)) if self.blur else Pool.output(self, shape)

    def seen(self, rows: Seen, columns: Seen) -> tuple[Seen, Seen]:
        if not self.blur:
            return Pool.seen(self, rows, columns)
        return Seen.through(rows, columns, kernel=3, stride=2, padding=0)


@dataclass(frozen=True, slots=True)
class AvgPool(Pool):
    """A pool that takes the mean, over zeros that are added too. Token: `apK[sS][pP]`."""

    @property
    def token(self) -> str:
        return f"ap{self.settings}"


@dataclass(frozen=True, slots=True)
class AdaptiveAvgPool(Base):
    """A pool that takes means over as large windows as leave maps of that size. Token: `aapK`.

    Window i of n, along a side of s, goes from floor(i s / n) to ceil((i + 1) s / n), as torch has it.

    Attributes:
        size: Side of the maps that leave it.
    """

    size: Side

    kind: ClassVar[Kind] = "pool"
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", single(self.size))
        if not 1 <= min(pair(self.size)) <= max(pair(self.size)) <= LARGEST_SIDE:
            raise InvalidDesign(f"an adaptive pool leaves maps of at least 1 and at most {LARGEST_SIDE:,} a side")

    @property
    def token(self) -> str:
        return f"aap{written(self.size)}"

    def output(self, shape: Shape) -> Shape:
        return shape[0], *pair(self.size)

    def seen(self, rows: Seen, columns: Seen) -> tuple[Seen, Seen]:
        height, width = pair(self.size)
        return rows.divided(height), columns.divided(width)


@dataclass(frozen=True, slots=True)
class GlobalAvgPool(Base):
    """A pool that takes the mean over the whole map. Token: `gap`."""

    kind: ClassVar[Kind] = "pool"
    token: ClassVar[str] = "gap"
    needs_maps: ClassVar[bool] = True

    def output(self, shape: Shape) -> Shape:
        return shape[0], 1, 1

    def seen(self, rows: Seen, columns: Seen) -> tuple[Seen, Seen]:
        return rows.whole(1), columns.whole(1)
