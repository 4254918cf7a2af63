"""The chart of what searches hold for the best as they train, as one SVG that asks for nothing.

A line is a strategy, its height the error of the network that it holds, on a scale of logarithms.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

from benchmarks.against_chart import STYLE, WIDTH

LEFT, RIGHT, TOP, HEIGHT, ROW = 64, 24, 64, 300, 26
COLOURS = ("#0f766e", "#b3713c", "#475f94", "#a13d63", "#6b7280", "#7c6a0a", "#5b3fa0")
_TICKS = (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100)  # errors, percent


def chart(title: str, lines: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Returns the drawing of each strategy's points: epochs trained, and error in percent from then on."""
    errors = [error for points in lines.values() for _, error in points]
    epochs = sorted({epoch for points in lines.values() for epoch, _ in points})
    low = max((tick for tick in _TICKS if tick <= min(errors)), default=_TICKS[0])
    high = min((tick for tick in _TICKS if tick >= max(errors) and tick > low), default=_TICKS[-1])
    first, middle, last = epochs[0], epochs[len(epochs) // 2], epochs[-1]
    bottom = TOP + HEIGHT
    height = bottom + 70 + ROW * len(lines)

    def across(epoch: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (epoch - first) / max(1, last - first), 1)

    def down(error: float) -> float:
        share = (math.log(max(error, low)) - math.log(low)) / (math.log(high) - math.log(low))
        return round(bottom - HEIGHT * share, 1)

    said = ", ".join(f"{name} {points[-1][1]:.2f} %" for name, points in lines.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="t"><title id="t">{escape(title)}: {escape(said)}</title>',
        f'<style>{STYLE}</style><rect width="{WIDTH}" height="{height}" rx="12" fill="#ffffff"/>',
        f'<text x="24" y="36" class="h">{escape(title)}</text>',
    ]
    for tick in (tick for tick in _TICKS if low <= tick <= high):
        parts.append(f'<path d="M{LEFT} {down(tick)}H{WIDTH - RIGHT}" class="g"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{down(tick) + 5}" text-anchor="end">{tick:g} %</text>')
    for epoch in sorted({first, middle, last}):
        parts.append(f'<text x="{across(epoch)}" y="{bottom + 22}" text-anchor="middle">{epoch}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{bottom + 44}" text-anchor="end">epochs trained</text>')
    for number, (name, points) in enumerate(lines.items()):
        colour, y = COLOURS[number % len(COLOURS)], bottom + 60 + ROW * number
        steps = "".join(f"H{across(epoch)}V{down(error)}" for epoch, error in points)
        start = f"M{across(points[0][0])} {down(points[0][1])}"
        width = 4 if number == 0 else 2
        parts.append(f'<path d="{start}{steps}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        parts.append(f'<path d="M24 {y}H48" stroke="{colour}" stroke-width="{width}"/>')
        parts.append(f'<text x="58" y="{y + 5}">{escape(name)}: {points[-1][1]:.2f} % at the end</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
