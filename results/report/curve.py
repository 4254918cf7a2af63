"""A trial's learning curve as a small SVG picture."""

import math

from results.findings.records import TrialRecord
from results.report.axes import Axes
from results.report.colours import COLOURS
from results.wording.percent import percent


def curve(record: TrialRecord, *, within: bool = False) -> str:
    """Draws a trial's accuracy after each epoch, held-out and on the training images, as SVG.

    To be called with at least one epoch. within: whether the picture stands within a page, and not in a file.
    """
    curves = (record.accuracies, record.training_accuracies)
    augmented = ", augmented" if record.recipe and record.recipe.augmentation else ""
    names = (("held-out", COLOURS["best"]), (f"training{augmented}", COLOURS["trained"]))
    step = math.ceil(record.epochs / 15)
    axes = Axes(
        numbers=[*range(1, record.epochs - step + 1, step), record.epochs],  # the last one beside no other
        shares=[share for shares in curves for share in shares],
        label="epoch",
        within=within,
    )
    parts, series = [], []
    for (name, colour), shares in zip(names, curves, strict=True):
        points = [(axes.x(epoch), axes.y(share)) for epoch, share in enumerate(shares, start=1)]
        text = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        parts += [
            f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="2"/>',
            *(f'<circle cx="{across:.1f}" cy="{down:.1f}" r="2.5" fill="{colour}"/>' for across, down in points),
        ]
        series.append((f"{name} {percent(shares[-1])}" if shares else name, colour))
    return axes.drawn(parts, series)
