"""Charts of a study, as plotly figures that are legible on light and on dark ground."""

import plotly.graph_objects as go

from results.records import TrialRecord

_COLOURS = {"trained": "#2a78d6", "pruned": "#b8860b", "best": "#1a9850", "quiet": "#8a8f98"}
_CURVES = 40  # learning curves drawn: the best ones and the winner


def _figure(title: str, x: str, y: str) -> go.Figure:
    figure = go.Figure()
    axis = {"gridcolor": "rgba(128,128,128,0.25)", "zeroline": False}
    figure.update_layout(
        title=title,
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
    notation = record.notation.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"trial {record.trial}: {record.parameters:,} parameters, receptive field {record.receptive_field}"
        f"<br>{notation}"
    )


def _floor(shares: list[float]) -> float:
    """The lowest percentage that a chart shows: the weakest tenth may leave it, so that tenths of a percent
    near the top are told apart."""
    ordered = sorted(shares)
    low = ordered[len(ordered) // 10]
    return max(0.0, 100 * low - 0.1 * (100.02 - 100 * low))


def _trained(records: list[TrialRecord]) -> list[TrialRecord]:
    return [record for record in records if record.verdict == "trained" and record.score is not None]


def front(records: list[TrialRecord]) -> list[TrialRecord]:
    """The trained records that no other beats in score with as few parameters, smallest first."""
    kept: list[TrialRecord] = []
    for record in sorted(_trained(records), key=lambda r: (r.parameters, -(r.score or 0))):
        if not kept or (record.score or 0) > (kept[-1].score or 0):
            kept.append(record)
    return kept


def history(records: list[TrialRecord]) -> go.Figure:
    """Each trial's score in the order of trials, and the best so far."""
    figure = _figure("Optimisation history", "trial", "held-out accuracy, %")
    trained = sorted(_trained(records), key=lambda r: r.trial)
    pruned = [record for record in records if record.verdict == "pruned" and record.accuracies]
    for name, shown, values in (
        ("pruned, at its last epoch", pruned, [100 * r.accuracies[-1] for r in pruned]),
        ("trained", trained, [100 * (r.score or 0) for r in trained]),
    ):
        figure.add_scatter(
            x=[r.trial for r in shown],
            y=values,
            mode="markers",
            name=name,
            marker={"color": _COLOURS[name.split(",")[0]], "symbol": "circle" if name == "trained" else "x"},
            text=[_hover(r) for r in shown],
            hovertemplate="%{y:.2f} %<br>%{text}<extra></extra>",
        )
    best, so_far = 0.0, []
    for record in trained:
        best = max(best, 100 * (record.score or 0))
        so_far.append(best)
    figure.add_scatter(
        x=[r.trial for r in trained],
        y=so_far,
        mode="lines",
        name="best so far",
        line={"shape": "hv", "color": _COLOURS["best"]},
    )
    if trained:
        figure.update_yaxes(range=[_floor([r.score or 0 for r in trained]), 100.02])
    return figure


def accuracy_against_parameters(records: list[TrialRecord], budget: int) -> go.Figure:
    """Every trained network, the front of those that none beats, and the budget."""
    figure = _figure("Accuracy against parameters", "parameters", "held-out accuracy, %")
    trained, leading = _trained(records), front(records)
    figure.add_scatter(
        x=[r.parameters for r in trained],
        y=[100 * (r.score or 0) for r in trained],
        mode="markers",
        name="trained",
        marker={"color": _COLOURS["trained"]},
        text=[_hover(r) for r in trained],
        hovertemplate="%{y:.2f} %<br>%{text}<extra></extra>",
    )
    figure.add_scatter(
        x=[r.parameters for r in leading],
        y=[100 * (r.score or 0) for r in leading],
        mode="lines+markers",
        name="front",
        line={"shape": "hv", "color": _COLOURS["best"]},
        hoverinfo="skip",
    )
    figure.add_vline(x=budget, line={"dash": "dot", "color": _COLOURS["quiet"]}, annotation_text="budget")
    if trained:
        figure.update_yaxes(range=[_floor([r.score or 0 for r in trained]), 100.02])
    return figure


def learning_curves(records: list[TrialRecord]) -> go.Figure:
    """Held-out accuracy by epoch of the best trials, the winner in front."""
    figure = _figure("Learning curves", "epoch", "held-out accuracy, %")
    shown = sorted(_trained(records), key=lambda r: r.score or 0)[-_CURVES:]
    for record in shown:
        winner = record is shown[-1]
        figure.add_scatter(
            x=list(range(1, record.epochs + 1)),
            y=[100 * accuracy for accuracy in record.accuracies],
            mode="lines",
            name=f"trial {record.trial}" + (" (best)" if winner else ""),
            line={"width": 3 if winner else 1, "color": _COLOURS["best" if winner else "trained"]},
            opacity=1.0 if winner else 0.45,
            showlegend=winner,
            hovertemplate=f"trial {record.trial}, epoch %{{x}}: %{{y:.2f}} %<extra></extra>",
        )
    if shown:
        late = [share for record in shown for share in record.accuracies[record.epochs // 3 :]]
        figure.update_yaxes(range=[_floor(late), 100.02])
    return figure
