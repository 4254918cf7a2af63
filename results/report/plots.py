"""Charts of a study, as plotly figures that are legible on light and on dark ground."""

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

import plotly.graph_objects as go

from results.findings.estimate import estimate_of
from results.findings.importance import Importance
from results.findings.ladder import Rung
from results.findings.records import TrialRecord, front, trained
from results.findings.selection import best, ranked
from results.findings.shares import interval
from results.report.colours import COLOURS
from results.report.marks import (
    add_intervals,
    add_marks,
    add_screened,
    add_trained,
    count_on,
    error_bars,
    floor_of,
    new_figure,
    source_of,
)
from results.wording.percent import hundredths

_BARS = 15  # choices whose importance is drawn
_SURE = 40  # trials whose 95 % interval is drawn: the best ones
_CURVES = 40  # learning curves drawn: the best ones and the winner


def history(records: list[TrialRecord]) -> go.Figure:
    """Draws each trial's score in the order of trials, and the highest so far; arrows lie below the chart."""
    figure = new_figure("Optimisation history", "trial", "held-out accuracy, %")
    every = sorted(trained(records), key=lambda r: r.trial)
    pruned = [record for record in records if record.verdict == "pruned" and record.accuracies]
    floor = floor_of([r.score or 0 for r in every]) if every else 0.0
    add_screened(figure, records, floor=floor)
    add_marks(
        figure,
        [(r.trial, r.accuracies[-1], r) for r in pruned],
        name="pruned, at its last epoch",
        symbol="x",
        colour=COLOURS["pruned"],
        floor=floor,
    )
    add_trained(figure, [(r.trial, r) for r in every], floor=floor)
    add_intervals(figure, [(r.trial, r) for r in ranked(every)[:_SURE]], floor=floor)
    highest, so_far = 0.0, []
    for record in every:
        highest = max(highest, 100 * (record.score or 0))
        so_far.append(highest)
    figure.add_scatter(
        x=[r.trial for r in every],
        y=so_far,
        mode="lines",
        name="highest so far",
        line={"shape": "hv", "color": COLOURS["best"]},
    )
    count_on(figure, [r.trial for r in records])
    if every:
        figure.update_yaxes(range=[floor, 100.02])
    return figure


def accuracy_against_parameters(records: list[TrialRecord], budget: int) -> go.Figure:
    """Draws every trained network, the front of those that none beats, the winner, and the budget.

    The winner stands where the finals put it, if there were any, with its interval.
    """
    figure = new_figure("Accuracy against parameters", "parameters", "held-out accuracy, %")
    every, leading, winner = trained(records), front(records), best(records)
    estimate = estimate_of(winner) if winner else None
    floor = min(floor_of([r.score or 0 for r in every]), 100 * estimate.low) if estimate else 0.0
    add_trained(figure, [(r.parameters, r) for r in every], floor=floor)
    add_intervals(figure, [(r.parameters, r) for r in ranked(every)[:_SURE]], floor=floor)
    figure.add_scatter(
        x=[r.parameters for r in leading],
        y=[100 * (r.score or 0) for r in leading],
        mode="lines+markers",
        name="front",
        line={"shape": "hv", "color": COLOURS["best"]},
        hoverinfo="skip",
    )
    if winner and estimate:
        value, low, high = (100 * share for share in (estimate.accuracy, estimate.low, estimate.high))
        figure.add_scatter(
            x=[winner.parameters],
            y=[value],
            error_y=error_bars([value], [(low, high)], COLOURS["best"]) | {"thickness": 2, "width": 5},
            mode="markers",
            name="winner, in the finals" if winner.finals else "winner",
            marker={"symbol": "star", "size": 15, "color": COLOURS["best"], "line": {"width": 1, "color": "white"}},
            hoverinfo="skip",
        )
    budgets = sorted({r.of_budget for r in records if r.of_budget}) or [budget]
    for each in budgets:
        figure.add_vline(x=each, line={"dash": "dot", "color": COLOURS["quiet"]}, annotation_text="budget")
    count_on(figure, [*(r.parameters for r in every), *budgets])
    if every:
        figure.update_yaxes(range=[floor, 100.02])
    return figure


def learning_curves(records: list[TrialRecord]) -> go.Figure:
    """Draws held-out accuracy by epoch of the best trials, the winner in front."""
    figure = new_figure("Learning curves", "epoch", "held-out accuracy, %")
    shown = ranked(trained(records))[:_CURVES][::-1]  # the winner last, on top of the others
    for record in shown:
        winner = record is shown[-1]
        figure.add_scatter(
            x=list(range(1, record.epochs + 1)),
            y=[100 * accuracy for accuracy in record.accuracies],
            customdata=list(map(hundredths, record.accuracies)),
            mode="lines" if record.epochs > 1 else "markers",  # a line of one point is invisible
            name=f"trial {record.trial}" + (" (best)" if winner else ""),
            error_y=_last_interval(record) if winner else None,
            line={"width": 4 if winner else 1.5, "color": COLOURS["best" if winner else _kind(record)]},
            showlegend=winner,
            hovertemplate=f"trial {record.trial}, {source_of(record)}, epoch %{{x}}: "
            "%{customdata} %<extra></extra>",
        )
    count_on(figure, [1, *(record.epochs for record in shown)])
    if shown:
        late = [share for record in shown for share in record.accuracies[record.epochs // 3 :]]
        figure.update_yaxes(range=[floor_of(late), 100.02])
    return figure


def _kind(record: TrialRecord) -> str:
    """Returns the name of the colour of a trained trial."""
    return "known" if record.known else "trained"


def _last_interval(record: TrialRecord) -> dict[str, Any]:
    """Returns a bar at the last epoch of a learning curve: the 95 % interval of the accuracy there."""
    values = [100 * share for share in record.accuracies]
    low, high = interval(record.accuracies[-1:], record.images)
    ends = [(value, value) for value in values[:-1]] + [(100 * low, 100 * high)]
    return error_bars(values, ends, COLOURS["best"])


def ladder_steps(rungs: Sequence[Rung], title: str) -> go.Figure:
    """Draws held-out and training accuracy of each step, with the deviation from seed to seed."""
    figure = new_figure(title, "", "accuracy, %")
    names = [rung.name for rung in rungs]
    for name, colour, scores in (
        ("held-out", "best", [rung.held_out for rung in rungs]),
        ("training", "quiet", [rung.training for rung in rungs]),
    ):
        figure.add_scatter(
            x=names,
            y=[100 * fmean(seeds) for seeds in scores],
            customdata=[hundredths(fmean(seeds)) for seeds in scores],
            error_y={"array": [100 * stdev(seeds) if len(seeds) > 1 else 0.0 for seeds in scores]},
            mode="markers",
            name=name,
            marker={"color": COLOURS[colour], "size": 9},
            hovertemplate=f"%{{x}}: {name} %{{customdata}} %<extra></extra>",
        )
    figure.update_xaxes(automargin=True, tickangle=-40)
    figure.update_layout(legend={"x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"})
    return figure


def importance_bars(importance: Importance) -> go.Figure:
    """Draws the choices that matter most, as bars, and what chance alone comes to."""
    figure = new_figure("Importance of choices", "share of all importance, %", "")
    shown = list(importance.shares.items())[:_BARS][::-1]  # plotly draws the first at the bottom
    figure.add_bar(
        x=[100 * share for _, share in shown],
        y=[name.replace("_", " ") for name, _ in shown],
        orientation="h",
        name="importance",
        marker={"color": [COLOURS["trained" if share > importance.chance else "quiet"] for _, share in shown]},
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
        showlegend=False,
    )
    figure.add_vline(
        x=100 * importance.chance,
        line={"dash": "dot", "color": COLOURS["pruned"]},
        annotation_text="chance",
        annotation_position="bottom right",
    )
    figure.update_yaxes(automargin=True, showgrid=False)
    return figure
