"""`Axes`: a small chart of accuracies as SVG, with the words and lines around it.

The scale is the error's logarithm, because what matters lies above 99 %.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from results.wording.percent import percent

_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 16, 34, 44  # margins, in pixels
_LETTER = 6.5  # width of one, at most
_LINES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)  # accuracies that may have a line
_LEAST_ERROR = 5e-4  # below which errors are not told apart


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """A value that places numbers and accuracies in a picture.

    Attributes:
        numbers: The horizontal axis goes from the first to the last of them, each of which is written below it.
        shares: Accuracies in [0, 1], one at least; the vertical axis goes over all of them.
        label: What the numbers are.
        within: Whether the picture stands within a page, whose ground and letters' colour it then has; a file has its
            own.
    """

    numbers: Sequence[float]
    shares: Sequence[float]
    label: str
    width: int = 480  # pixels
    height: int = 300
    within: bool = False

    def x(self, number: float) -> float:
        """Returns how far right a number stands, in pixels."""
        first, last = self.numbers[0], self.numbers[-1]
        return _LEFT + (number - first) / ((last - first) or 1) * (self.width - _LEFT - _RIGHT)

    def y(self, share: float) -> float:
        """Returns how far down an accuracy stands, in pixels."""
        errors = [_error(one) for one in self.shares]
        high, low = math.log(max(errors) * 1.1), math.log(min(errors) / 1.1)
        depth = (high - math.log(_error(share))) / (high - low)
        return self.height - _BOTTOM - depth * (self.height - _TOP - _BOTTOM)

    def drawn(self, parts: Iterable[str], series: Sequence[tuple[str, str]]) -> str:
        """Returns the picture with these parts in it, over its axes; series: name and colour of each."""
        ground = "" if self.within else f'<rect width="{self.width}" height="{self.height}" fill="#fff"/>'
        ink, style = ("currentColor", ' style="max-width: 100%; height: auto"') if self.within else ("#444", "")
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
            f'height="{self.height}" font-family="system-ui, sans-serif" font-size="12" fill="{ink}"{style}>'
        )
        names, left = [], float(_LEFT)
        for name, colour in series:
            names.append(f'<text x="{left:g}" y="20" fill="{colour}">{name}</text>')
            left += _LETTER * len(name) + 24
        return "\n".join(filter(None, [head, ground, *self._scales(), *parts, *names, "</svg>", ""])) + "\n"

    def _scales(self) -> list[str]:
        bottom, colour = self.height - 26, "currentColor" if self.within else "#888"
        parts = [f'<text x="{self.width / 2}" y="{self.height - 8}" text-anchor="middle">{self.label}</text>']
        for share in self._lines:
            down = self.y(share)
            parts += [
                f'<line x1="{_LEFT}" x2="{self.width - _RIGHT}" y1="{down:.1f}" y2="{down:.1f}" stroke="{colour}" '
                f'stroke-opacity="0.25"/>',
                f'<text x="{_LEFT - 6}" y="{down + 4:.1f}" text-anchor="end">{_named(share)}</text>',
            ]
        for number in self.numbers:
            parts.append(f'<text x="{self.x(number):.1f}" y="{bottom}" text-anchor="middle">{number:,}</text>')
        return parts

    @property
    def _lines(self) -> list[float]:
        """Accuracies that have a line: round ones, or the lowest and the highest where those are few."""
        errors = [_error(share) for share in self.shares]
        round_ones = [share for share in _LINES if min(errors) <= _error(share) <= max(errors)]
        return round_ones if len(round_ones) > 1 else sorted({min(self.shares), max(self.shares)})


def ticks(least: float, most: float, number: int = 6) -> list[int]:
    """Returns about so many round whole numbers that go over these."""
    rough = max(1.0, (most - least) / number)
    power = 10 ** math.floor(math.log10(rough))
    step = max(1, int(next(times * power for times in (1, 2, 5, 10) if times * power >= rough)))
    return [step * place for place in range(math.floor(least / step), math.ceil(most / step) + 1)]


def _named(share: float) -> str:
    """Returns what stands at an accuracy's line: a round one as short as it is."""
    return f"{100 * share:g} %" if share in (*_LINES, 1.0) else percent(share)


def _error(share: float) -> float:
    """Returns the share of wrong answers, never below what is told apart."""
    return max(1 - share, _LEAST_ERROR)
