"""Marks, axes and colours that the charts of a study have in common."""

import math
from collections.abc import Sequence
from textwrap import shorten
from typing import Any

import plotly.graph_objects as go

from results.findings.records import TrialRecord
from results.findings.shares import interval
from results.report.colours import COLOURS
from results.wording.percent import hundredths

SCREENED = 1_000  # trials drawn that did not pass screening, evenly among all such
_TICKS = 10  # on an axis of whole numbers, about


def new_figure(title: str, x: str, y: str) -> go.Figure:
    """Makes an empty figure that is legible on light and on dark ground."""
    figure = go.Figure()
    axis = {"gridcolor": "rgba(128,128,128,0.25)", "zeroline": False}
    figure.update_layout(
        title={"text": title, "font": {"size": 15}},
        xaxis={"title": x, **axis},
        yaxis={"title": y, **axis},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "color": "#808792"},
        margin={"l": 60, "r": 20, "t": 50, "b": 50},
        legend={"orientation": "h", "y": -0.25},
        hovermode="closest",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#808792"},
    )
    return figure


def count_on(figure: go.Figure, numbers: Sequence[int]) -> None:
    """Has the horizontal axis, which goes over these numbers, count in whole ones."""
    least = max(1.0, (max(numbers) - min(numbers)) / _TICKS) if numbers else 1.0
    power = 10 ** math.floor(math.log10(least))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= least)
    figure.update_xaxes(tick0=0, dtick=step, tickformat=",d")


def _hover(record: TrialRecord) -> str:
    """Tells a trial as it is shown under the pointer."""
    notation = shorten(record.notation, 90, placeholder=" …").replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"trial {record.trial}, {source_of(record)}: {record.parameters:,} parameters, receptive field "
        f"{record.receptive_field}<br>{notation}"
    )


def source_of(record: TrialRecord) -> str:
    """Says where a trial's design is from, with nothing that HTML would read."""
    return f"from {record.origin if record.known else 'the search'}".replace("&", "&amp;").replace("<", "&lt;")


def floor_of(shares: list[float]) -> float:
    """Returns the lowest percentage that a chart shows.

    The weakest tenth may lie below it, so that tenths of a percent near the top are told apart.
    """
    ordered = sorted(shares)
    low = ordered[len(ordered) // 10]
    return max(0.0, 100 * low - 0.1 * (100.02 - 100 * low))


def add_marks(
    figure: go.Figure,
    marked: list[tuple[int, float, TrialRecord]],
    *,
    name: str,
    symbol: str,
    colour: str,
    floor: float,
) -> None:
    """Adds a mark for each (x, share, record).

    What lies below `floor`, a percentage, stands on it as an arrow; `customdata` has the true percentages as texts.
    """
    values = [100 * share for _, share, _ in marked]
    figure.add_scatter(
        x=[x for x, _, _ in marked],
        y=[max(value, floor) for value in values],
        customdata=[hundredths(share) for _, share, _ in marked],
        mode="markers",
        name=name,
        marker={
            "color": colour,
            "symbol": [symbol if value >= floor else "triangle-down" for value in values],
        },
        cliponaxis=False,
        text=[_hover(record) for _, _, record in marked],
        hovertemplate="%{customdata} %<br>%{text}<extra></extra>",
    )


def add_intervals(figure: go.Figure, marked: list[tuple[int, TrialRecord]], *, floor: float) -> None:
    """Adds the 95 % interval of the held-out accuracy of each (x, record), as far as it lies above `floor`, in %."""
    shares = [record.score or 0.0 for _, record in marked]
    ends = [interval((share,), record.images) for share, (_, record) in zip(shares, marked, strict=True)]
    shown = [max(floor, 100 * share) for share in shares]
    figure.add_scatter(
        x=[x for x, _ in marked],
        y=shown,
        customdata=[f"{hundredths(low)} to {hundredths(high)}" for low, high in ends],
        error_y=error_bars(shown, [(max(floor, 100 * low), 100 * high) for low, high in ends], COLOURS["quiet"]),
        mode="markers",
        marker={"size": 1, "color": COLOURS["quiet"]},
        name="95 % interval",
        hoverinfo="skip",
    )


def error_bars(values: Sequence[float], ends: Sequence[tuple[float, float]], colour: str) -> dict[str, Any]:
    """Returns bars from the lower ends to the upper ends about the values, all in %."""
    return {
        "symmetric": False,
        "array": [max(0.0, high - value) for value, (_, high) in zip(values, ends, strict=True)],
        "arrayminus": [max(0.0, value - low) for value, (low, _) in zip(values, ends, strict=True)],
        "thickness": 1,
        "width": 2,
        "color": colour,
    }


def add_trained(figure: go.Figure, marked: list[tuple[int, TrialRecord]], *, floor: float) -> None:
    """Adds a mark for each trained (x, record): a circle, or a diamond for a design that was known before."""
    for known, name, symbol, colour in (
        (False, "trained", "circle", "trained"),
        (True, "known design, trained", "diamond", "known"),
    ):
        if some := [(x, record.score or 0, record) for x, record in marked if record.known == known]:
            add_marks(figure, some, name=name, symbol=symbol, colour=COLOURS[colour], floor=floor)


def screened_out(records: list[TrialRecord]) -> list[TrialRecord]:
    """Returns the trials that did not pass screening, of which a short training is known and no more; those that
    diverged in it have no accuracy."""
    every = [record for record in records if record.verdict == "pruned" and not record.accuracies]
    return [record for record in every if record.screened is not None]


def add_screened(figure: go.Figure, records: list[TrialRecord], *, floor: float) -> None:
    """Adds a small mark for each trial that did not pass screening, or for as many as are drawn."""
    every = screened_out(records)
    step = max(1.0, len(every) / SCREENED)
    some = [every[int(step * number)] for number in range(int(len(every) / step))]
    if not some:
        return
    values = [round(100 * (record.screened or 0.0), 3) for record in some]
    figure.add_scatter(
        x=[record.trial for record in some],
        y=[max(value, floor) for value in values],
        customdata=[hundredths(record.screened or 0.0) for record in some],
        mode="markers",
        name="pruned in screening",
        marker={
            "color": COLOURS["quiet"],
            "size": 5,
            "symbol": ["x-thin-open" if value >= floor else "triangle-down" for value in values],
        },
        cliponaxis=False,
        text=[f"trial {record.trial}, {source_of(record)}" for record in some],
        hovertemplate="%{customdata} % after the short training<br>%{text}<extra></extra>",
    )
