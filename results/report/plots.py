"""Charts of a study, as plotly figures that are legible on light and on dark ground."""

from collections.abc import Sequence
from statistics import fmean, stdev
from textwrap import shorten
from typing import Any

import plotly.graph_objects as go

from results.findings.estimate import estimate_of
from results.findings.importance import Importance
from results.findings.ladder import Rung
from results.findings.records import TrialRecord, front, trained
from results.findings.selection import best, ranked
from results.findings.shares import interval

_COLOURS = {"trained": "#2a78d6", "pruned": "#b8860b", "best": "#1a9850", "quiet": "#8a8f98"}
_BARS = 15  # choices whose importance is drawn
_SURE = 40  # trials whose 95 % interval is drawn: the best ones
_CURVES = 40  # learning curves drawn: the best ones and the winner


def _figure(title: str, x: str, y: str) -> go.Figure:
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


def _hover(record: TrialRecord) -> str:
    """Tells a trial as it is shown under the pointer."""
    notation = shorten(record.notation, 90, placeholder=" …").replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"trial {record.trial}: {record.parameters:,} parameters, receptive field {record.receptive_field}"
        f"<br>{notation}"
    )


def _floor(shares: list[float]) -> float:
    """Returns the lowest percentage that a chart shows.

    The weakest tenth may lie below it, so that tenths of a percent near the top are told apart.
    """
    ordered = sorted(shares)
    low = ordered[len(ordered) // 10]
    return max(0.0, 100 * low - 0.1 * (100.02 - 100 * low))


def _add_marks(
    figure: go.Figure,
    marked: list[tuple[int, float, TrialRecord]],
    *,
    name: str,
    symbol: str,
    colour: str,
    floor: float,
) -> None:
    """Adds a mark for each (x, share, record).

    What lies below `floor`, a percentage, stands on it as an arrow; `customdata` has the true percentages.
    """
    values = [100 * share for _, share, _ in marked]
    figure.add_scatter(
        x=[x for x, _, _ in marked],
        y=[max(value, floor) for value in values],
        customdata=values,
        mode="markers",
        name=name,
        marker={
            "color": colour,
            "symbol": [symbol if value >= floor else "triangle-down" for value in values],
        },
        cliponaxis=False,
        text=[_hover(record) for _, _, record in marked],
        hovertemplate="%{customdata:.2f} %<br>%{text}<extra></extra>",
    )


def _add_intervals(figure: go.Figure, marked: list[tuple[int, TrialRecord]], *, floor: float) -> None:
    """Adds the 95 % interval of the held-out accuracy of each (x, record), as far as it lies above `floor`, in %."""
    shares = [record.score or 0.0 for _, record in marked]
    ends = [interval((share,), record.images) for share, (_, record) in zip(shares, marked, strict=True)]
    shown = [max(floor, 100 * share) for share in shares]
    figure.add_scatter(
        x=[x for x, _ in marked],
        y=shown,
        customdata=[f"{100 * low:.2f} to {100 * high:.2f}" for low, high in ends],
        error_y=_error(shown, [(max(floor, 100 * low), 100 * high) for low, high in ends], _COLOURS["quiet"]),
        mode="markers",
        marker={"size": 1, "color": _COLOURS["quiet"]},
        name="95 % interval",
        hoverinfo="skip",
    )


def _error(values: Sequence[float], ends: Sequence[tuple[float, float]], colour: str) -> dict[str, Any]:
    """Returns bars from the lower ends to the upper ends about the values, all in %."""
    return {
        "symmetric": False,
        "array": [max(0.0, high - value) for value, (_, high) in zip(values, ends, strict=True)],
        "arrayminus": [max(0.0, value - low) for value, (low, _) in zip(values, ends, strict=True)],
        "thickness": 1,
        "width": 2,
        "color": colour,
    }


def history(records: list[TrialRecord]) -> go.Figure:
    """Draws each trial's score in the order of trials, and the highest so far; arrows lie below the chart."""
    figure = _figure("Optimisation history", "trial", "held-out accuracy, %")
    every = sorted(trained(records), key=lambda r: r.trial)
    pruned = [record for record in records if record.verdict == "pruned" and record.accuracies]
    floor = _floor([r.score or 0 for r in every]) if every else 0.0
    _add_marks(
        figure,
        [(r.trial, r.accuracies[-1], r) for r in pruned],
        name="pruned, at its last epoch",
        symbol="x",
        colour=_COLOURS["pruned"],
        floor=floor,
    )
    _add_marks(
        figure,
        [(r.trial, r.score or 0, r) for r in every],
        name="trained",
        symbol="circle",
        colour=_COLOURS["trained"],
        floor=floor,
    )
    _add_intervals(figure, [(r.trial, r) for r in ranked(every)[:_SURE]], floor=floor)
    highest, so_far = 0.0, []
    for record in every:
        highest = max(highest, 100 * (record.score or 0))
        so_far.append(highest)
    figure.add_scatter(
        x=[r.trial for r in every],
        y=so_far,
        mode="lines",
        name="highest so far",
        line={"shape": "hv", "color": _COLOURS["best"]},
    )
    if every:
        figure.update_yaxes(range=[floor, 100.02])
    return figure


def accuracy_against_parameters(records: list[TrialRecord], budget: int) -> go.Figure:
    """Draws every trained network, the front of those that none beats, the winner, and the budget.

    The winner stands where the finals put it, if there were any, with its interval.
    """
    figure = _figure("Accuracy against parameters", "parameters", "held-out accuracy, %")
    every, leading, winner = trained(records), front(records), best(records)
    estimate = estimate_of(winner) if winner else None
    floor = min(_floor([r.score or 0 for r in every]), 100 * estimate.low) if estimate else 0.0
    _add_marks(
        figure,
        [(r.parameters, r.score or 0, r) for r in every],
        name="trained",
        symbol="circle",
        colour=_COLOURS["trained"],
        floor=floor,
    )
    _add_intervals(figure, [(r.parameters, r) for r in ranked(every)[:_SURE]], floor=floor)
    figure.add_scatter(
        x=[r.parameters for r in leading],
        y=[100 * (r.score or 0) for r in leading],
        mode="lines+markers",
        name="front",
        line={"shape": "hv", "color": _COLOURS["best"]},
        hoverinfo="skip",
    )
    if winner and estimate:
        value, low, high = (100 * share for share in (estimate.accuracy, estimate.low, estimate.high))
        figure.add_scatter(
            x=[winner.parameters],
            y=[value],
            error_y=_error([value], [(low, high)], _COLOURS["best"]) | {"thickness": 2, "width": 5},
            mode="markers",
            name="winner, in the finals" if winner.finals else "winner",
            marker={"symbol": "star", "size": 15, "color": _COLOURS["best"], "line": {"width": 1, "color": "white"}},
            hoverinfo="skip",
        )
    figure.add_vline(x=budget, line={"dash": "dot", "color": _COLOURS["quiet"]}, annotation_text="budget")
    if every:
        figure.update_yaxes(range=[floor, 100.02])
    return figure


def learning_curves(records: list[TrialRecord]) -> go.Figure:
    """Draws held-out accuracy by epoch of the best trials, the winner in front."""
    figure = _figure("Learning curves", "epoch", "held-out accuracy, %")
    shown = ranked(trained(records))[:_CURVES][::-1]  # the winner last, on top of the others
    for record in shown:
        winner = record is shown[-1]
        figure.add_scatter(
            x=list(range(1, record.epochs + 1)),
            y=[100 * accuracy for accuracy in record.accuracies],
            mode="lines" if record.epochs > 1 else "markers",  # a line of one point is invisible
            name=f"trial {record.trial}" + (" (best)" if winner else ""),
            error_y=_last_interval(record) if winner else None,
            line={"width": 3 if winner else 1, "color": _COLOURS["best" if winner else "trained"]},
            opacity=1.0 if winner else 0.6,
            showlegend=winner,
            hovertemplate=f"trial {record.trial}, epoch %{{x}}: %{{y:.2f}} %<extra></extra>",
        )
    if shown:
        late = [share for record in shown for share in record.accuracies[record.epochs // 3 :]]
        figure.update_yaxes(range=[_floor(late), 100.02])
    return figure


def _last_interval(record: TrialRecord) -> dict[str, Any]:
    """Returns a bar at the last epoch of a learning curve: the 95 % interval of the accuracy there."""
    values = [100 * share for share in record.accuracies]
    low, high = interval(record.accuracies[-1:], record.images)
    ends = [(value, value) for value in values[:-1]] + [(100 * low, 100 * high)]
    return _error(values, ends, _COLOURS["best"])


def ladder_steps(rungs: Sequence[Rung], title: str) -> go.Figure:
    """Draws held-out and training accuracy of each step, with the deviation from seed to seed."""
    figure = _figure(title, "", "accuracy, %")
    names = [rung.name for rung in rungs]
    for name, colour, scores in (
        ("held-out", "best", [rung.held_out for rung in rungs]),
        ("training", "quiet", [rung.training for rung in rungs]),
    ):
        figure.add_scatter(
            x=names,
            y=[100 * fmean(seeds) for seeds in scores],
            error_y={"array": [100 * stdev(seeds) if len(seeds) > 1 else 0.0 for seeds in scores]},
            mode="markers",
            name=name,
            marker={"color": _COLOURS[colour], "size": 9},
            hovertemplate=f"%{{x}}: {name} %{{y:.2f}} %<extra></extra>",
        )
    figure.update_xaxes(automargin=True, tickangle=-40)
    figure.update_layout(legend={"x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"})
    return figure


def importance_bars(importance: Importance) -> go.Figure:
    """Draws the choices that matter most, as bars, and what chance alone comes to."""
    figure = _figure("Importance of choices", "share of all importance, %", "")
    shown = list(importance.shares.items())[:_BARS][::-1]  # plotly draws the first at the bottom
    figure.add_bar(
        x=[100 * share for _, share in shown],
        y=[name.replace("_", " ") for name, _ in shown],
        orientation="h",
        name="importance",
        marker={"color": [_COLOURS["trained" if share > importance.chance else "quiet"] for _, share in shown]},
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
        showlegend=False,
    )
    figure.add_vline(
        x=100 * importance.chance,
        line={"dash": "dot", "color": _COLOURS["pruned"]},
        annotation_text="chance",
        annotation_position="bottom right",
    )
    figure.update_yaxes(automargin=True, showgrid=False)
    return figure
