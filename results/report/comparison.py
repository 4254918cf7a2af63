"""The page of a comparison: designs side by side, on one page that asks the network for nothing."""

from collections.abc import Sequence

import plotly.graph_objects as go
import plotly.offline

from results.findings.comparison import Compared
from results.report.diagram import draw
from results.report.marks import COLOURS, count_on, error_bars, new_figure
from results.report.page import template
from results.wording.comparison import COLUMNS, notes, row
from results.wording.percent import hundredths
from results.wording.recipe import recipe_lines

_KINDS = (("confirmed", "star", "best"), ("finals", "circle", "trained"), ("held-out", "circle-open", "quiet"))


def render_comparison(compared: Sequence[Compared]) -> str:
    """Writes the page as HTML: a table, a chart of accuracy against size, and each network with its recipe."""
    return template("comparison.html.j2").render(
        title=" and ".join(one.name for one in compared) if len(compared) < 4 else f"{len(compared)} designs",
        columns=COLUMNS,
        rows=[row(one) for one in compared],
        notes=notes(compared),
        chart=_accuracies(compared) if any(one.estimate for one in compared) else None,
        designs=[
            (one, draw(one.design.architecture), recipe_lines(one.design.recipe, one.design.architecture))
            for one in compared
        ],
        plotly_js=plotly.offline.get_plotlyjs(),
    )


def _accuracies(compared: Sequence[Compared]) -> go.Figure:
    """Draws each design's least optimistic accuracy with its 95 % interval against its size."""
    figure = new_figure("Accuracy against parameters", "parameters", "accuracy, %")
    for kind, symbol, colour in _KINDS:
        some = [(one, one.estimate) for one in compared if one.estimate and one.estimate.kind == kind]
        if not some:
            continue
        values = [100 * estimate.accuracy for _, estimate in some]
        ends = [(100 * estimate.low, 100 * estimate.high) for _, estimate in some]
        names = [one.name.replace("&", "&amp;").replace("<", "&lt;") for one, _ in some]
        figure.add_scatter(
            x=[one.design.architecture.parameters for one, _ in some],
            y=values,
            customdata=[hundredths(estimate.accuracy) for _, estimate in some],
            error_y=error_bars(values, ends, COLOURS[colour]),
            mode="markers+text",
            text=names,
            textposition="top center",
            name=kind,
            marker={"symbol": symbol, "size": 11, "color": COLOURS[colour]},
            hovertemplate="%{text}: %{customdata} % with %{x:,} parameters<extra></extra>",
        )
    count_on(figure, [one.design.architecture.parameters for one in compared if one.estimate])
    return figure
