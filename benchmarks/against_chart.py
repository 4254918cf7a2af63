"""The chart of a comparison, as one SVG that asks for nothing.

A row is a search, a small mark a seed of its winner, and the large one their mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import fmean

WIDTH, LEFT, RIGHT, TOP, ROW = 760, 190, 90, 70, 30
COLOURS = ("#0f766e", "#b3713c", "#475f94")
STYLE = (
    'text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;font-size:15px;fill:#1f2a33}'
    ".h{font-size:17px;font-weight:600}.g{stroke:#d5dbe0}"
)


@dataclass(frozen=True, slots=True)
class Dot:
    """A search's winner. scores: accuracy of each seed, in percent."""

    side: str
    scores: Sequence[float]


def chart(title: str, dots: Sequence[Dot]) -> str:
    """Returns the drawing; searches of one side stand together, in the order in which they come."""
    sides = list(dict.fromkeys(dot.side for dot in dots))
    every = [score for dot in dots for score in dot.scores]
    low, high = ends(min(every), max(every))
    height = TOP + ROW * len(dots) + 60

    def place(score: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (score - low) / (high - low), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="t"><title id="t">{escape(title)}: {escape(summary(sides, dots))}</title>',
        f'<style>{STYLE}</style><rect width="{WIDTH}" height="{height}" rx="12" fill="#ffffff"/>',
        f'<text x="24" y="36" class="h">{escape(title)}</text>',
    ]
    bottom = TOP + ROW * len(dots)
    for tick in (low + (high - low) * step / 4 for step in range(5)):
        x = place(tick)
        parts.append(f'<path d="M{x} {TOP - 10}V{bottom}" class="g"/>')
        parts.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{tick:.4g}</text>')
    parts.append(
        f'<text x="24" y="{bottom + 46}">%; a row a search, a small mark a seed of its winner, the large one their '
        f"mean</text>"
    )
    shown = ""
    for number, dot in enumerate(dots):
        y, colour = TOP + ROW * number + ROW // 2, COLOURS[sides.index(dot.side) % len(COLOURS)]
        if dot.side != shown:
            parts.append(f'<text x="24" y="{y + 5}">{escape(dot.side)}</text>')
            shown = dot.side
        parts += [f'<circle cx="{place(s)}" cy="{y}" r="3.5" fill="{colour}" opacity="0.45"/>' for s in dot.scores]
        parts.append(f'<circle cx="{place(fmean(dot.scores))}" cy="{y}" r="7" fill="{colour}"/>')
        parts.append(
            f'<text x="{WIDTH - 20}" y="{y + 5}" text-anchor="end" fill="{colour}">{fmean(dot.scores):.2f}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def ends(low: float, high: float) -> tuple[float, float]:
    """Returns round ends of an axis that has four equal steps."""
    step = next(step for step in (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50) if 3 * step >= high - low)
    first = low // step * step
    return round(first, 6), round(first + 4 * step, 6)


def summary(sides: Sequence[str], dots: Sequence[Dot]) -> str:
    means = {side: fmean(fmean(dot.scores) for dot in dots if dot.side == side) for side in sides}
    return ", ".join(f"{side} {mean:.2f} %" for side, mean in means.items())
