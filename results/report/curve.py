"""A trial's learning curve as a small SVG picture."""

import math

from results.findings.records import TrialRecord
from results.wording.percent import percent

_WIDTH, _HEIGHT = 480, 300  # pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 16, 34, 44  # margins, in pixels
_LINES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)  # accuracies that may have a line
_LEAST_ERROR = 5e-4  # below which errors are not told apart
_SERIES = (("held-out", "#1a9850"), ("training, augmented", "#2a78d6"))


def curve(record: TrialRecord) -> str:
    """Draws a trial's accuracy after each epoch, held-out and on the training images, as SVG.

    The scale is the error's logarithm, because what matters lies above 99 %. To be called with at least one epoch.
    """
    curves = [record.accuracies, record.training_accuracies]
    errors = [_error(share) for shares in curves for share in shares]
    lines = [share for share in _LINES if min(errors) <= _error(share) <= max(errors)]
    high, low = math.log(max(errors) * 1.1), math.log(min(errors) / 1.1)

    def x(epoch: int) -> float:
        return _LEFT + (epoch - 1) / max(1, record.epochs - 1) * (_WIDTH - _LEFT - _RIGHT)

    def y(share: float) -> float:
        return _HEIGHT - _BOTTOM - (high - math.log(_error(share))) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#444">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}" text-anchor="middle">epoch</text>',
    ]
    for share in lines:
        parts += [
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(share):.1f}" y2="{y(share):.1f}" stroke="#ddd"/>',
            f'<text x="{_LEFT - 6}" y="{y(share) + 4:.1f}" text-anchor="end">{100 * share:g} %</text>',
        ]
    for epoch in range(1, record.epochs + 1, math.ceil(record.epochs / 15)):
        parts.append(f'<text x="{x(epoch):.1f}" y="{_HEIGHT - 26}" text-anchor="middle">{epoch}</text>')
    for place, ((name, colour), shares) in enumerate(zip(_SERIES, curves, strict=True)):
        points = [(x(epoch), y(share)) for epoch, share in enumerate(shares, start=1)]
        text = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        last = f" {percent(shares[-1])}" if shares else ""
        parts += [
            f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="2"/>',
            *(f'<circle cx="{across:.1f}" cy="{down:.1f}" r="2.5" fill="{colour}"/>' for across, down in points),
            f'<text x="{_LEFT + 190 * place}" y="20" fill="{colour}">{name}{last}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _error(share: float) -> float:
    """Returns the share of wrong answers, never below what is told apart."""
    return max(1 - share, _LEAST_ERROR)
