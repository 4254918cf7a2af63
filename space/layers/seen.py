"""`Seen`: which pixels of the input the elements of a map depend on, along rows or along columns."""

from dataclasses import dataclass
from operator import sub

from space.layers.sides import Side, pair


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that has, for each element along one axis, the first and the last input pixel that it depends on.

    Pixels are numbered from 0, and those of the padding lie below and beyond the image: what is seen is not clipped.
    The moments of a whole map that a normalisation divides by are not counted, as nobody counts them; the means by
    which a gate scales are.

    Attributes:
        step: By how much neighbours differ, for those that padding adds beyond the ends.
    """

    firsts: tuple[int, ...]
    lasts: tuple[int, ...]
    step: int

    @classmethod
    def of_image(cls, side: int) -> "Seen":
        """Returns what the pixels of an image see, each itself."""
        pixels = tuple(range(side))
        return cls(pixels, pixels, 1)

    @property
    def side(self) -> int:
        """How many pixels the element with the widest view sees, from the first to the last."""
        return max(map(sub, self.lasts, self.firsts)) + 1

    @classmethod
    def through(
        cls, rows: "Seen", columns: "Seen", *, kernel: Side, stride: Side, padding: Side, dilation: Side = 1
    ) -> "tuple[Seen, Seen]":
        """Returns what the windows of a convolution or a pool see, along rows and along columns."""
        settings = kernel, stride, padding, dilation
        if rows is columns and not any(isinstance(setting, tuple) for setting in settings):
            both = rows.windowed(*settings)  # type: ignore[arg-type]
            return both, both
        down, across = zip(*map(pair, settings), strict=True)
        return rows.windowed(*down), columns.windowed(*across)

    def windowed(self, kernel: int, stride: int, padding: int, dilation: int) -> "Seen":
        """Returns what windows along one axis see."""
        firsts, lasts, reach = self.firsts, self.lasts, dilation * (kernel - 1)
        if padding:
            before = [self.step * (place - padding) for place in range(padding)]
            beyond = [self.step * (place + 1) for place in range(padding)]
            firsts, lasts = (
                (*(ends[0] + moved for moved in before), *ends, *(ends[-1] + moved for moved in beyond))
                for ends in (firsts, lasts)
            )
        return Seen(firsts[: len(firsts) - reach : stride], lasts[reach::stride], self.step * stride)

    def whole(self, count: int) -> "Seen":
        """Returns what so many elements see that each depend on all."""
        return Seen((self.firsts[0],) * count, (self.lasts[-1],) * count, 0)

    def divided(self, count: int) -> "Seen":
        """Returns what the windows of an adaptive pool see, of which there are so many."""
        side = len(self.firsts)
        starts = [place * side // count for place in range(count)]
        ends = [-(-(place + 1) * side // count) for place in range(count)]
        firsts = tuple(self.firsts[start] for start in starts)
        return Seen(firsts, tuple(self.lasts[end - 1] for end in ends), self.step * max(1, side // count))

    def joined(self, other: "Seen") -> "Seen":
        """Returns what elements see that are made of one of these and one of the others."""
        if self == other:
            return self
        firsts, lasts = tuple(map(min, self.firsts, other.firsts)), tuple(map(max, self.lasts, other.lasts))
        return Seen(firsts, lasts, max(self.step, other.step))
