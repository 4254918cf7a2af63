"""A study's trained networks as a small SVG picture: accuracy against parameters."""

from results.findings.records import TrialRecord, front, trained
from results.findings.selection import best
from results.report.axes import Axes, ticks
from results.report.colours import COLOURS
from results.wording.percent import percent

_MOST = 300  # networks drawn: the most accurate


def scatter(records: list[TrialRecord], budget: int) -> str:
    """Draws each trained network by its held-out accuracy in the search, the line of those that none beats, and the
    best with a ring, as SVG that stands within a page.

    To be called with at least one trained trial. budget: most parameters, at which a dotted line stands.
    """
    every = sorted(trained(records), key=lambda record: -(record.score or 0))[:_MOST]
    sizes = [record.parameters for record in every]
    axes = Axes(
        numbers=ticks(min(sizes), max(budget, *sizes)),
        shares=[record.score or 0.0 for record in every],
        label="parameters",
        within=True,
    )
    places = {record.trial: (axes.x(record.parameters), axes.y(record.score or 0.0)) for record in every}
    parts = [
        f'<line x1="{axes.x(budget):.1f}" x2="{axes.x(budget):.1f}" y1="34" y2="{axes.height - 44}" '
        f'stroke="{COLOURS["quiet"]}" stroke-dasharray="2 4"><title>the budget, {budget:,} parameters</title></line>'
    ]
    corners, down = [], None
    for across, level in (places[record.trial] for record in front(every)):
        corners += [(across, level if down is None else down), (across, level)]
        down = level
    text = " ".join(f"{across:.1f},{level:.1f}" for across, level in corners)
    parts.append(f'<polyline points="{text}" fill="none" stroke="{COLOURS["best"]}" stroke-width="1.5"/>')
    for record in reversed(every):
        across, level = places[record.trial]
        told = f"trial {record.trial}: {percent(record.score)}, {record.parameters:,} parameters"
        parts.append(
            f'<circle cx="{across:.1f}" cy="{level:.1f}" r="4" fill="{COLOURS[_kind(record)]}">'
            f"<title>{told}</title></circle>"
        )
    winner = best(records)
    if winner and winner.trial in places:
        across, level = places[winner.trial]
        parts.append(
            f'<circle cx="{across:.1f}" cy="{level:.1f}" r="8" fill="none" stroke="{COLOURS["best"]}" '
            f'stroke-width="2"/>'
        )
    kinds = {_kind(record) for record in every}
    names = {"trained": "of the search", "known": "of known designs"}
    series = [(name, COLOURS[kind]) for kind, name in names.items() if kind in kinds]
    return axes.drawn(parts, [("held-out accuracy", "currentColor"), *series])


def _kind(record: TrialRecord) -> str:
    """Returns the name of the colour of a trained trial."""
    return "known" if record.known else "trained"
