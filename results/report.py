"""The report: one HTML page that holds everything it shows and asks the network for nothing."""

from collections import Counter
from dataclasses import dataclass

import plotly.graph_objects as go
import plotly.offline
from jinja2 import Environment, PackageLoader, StrictUndefined

from results.plots import accuracy_against_parameters, history, learning_curves
from results.records import TrialRecord, winner
from results.table import ranked

_CHART = {
    "responsive": True,
    "displaylogo": False,
    # plotly.js offers by default to upload a chart to its makers' server.
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyFacts:
    """What the report says of the study as a whole.

    Attributes:
        target: Accuracy asked for, a share in [0, 1].
        command: That goes on with the study.
        created: ISO 8601 time of the study's beginning.
        note: About the data; empty if nothing.
    """

    name: str
    dataset: str
    budget: int
    epochs: int
    hold: int
    target: float
    command: str
    created: str
    versions: dict[str, str]
    note: str


def render(study: StudyFacts, records: list[TrialRecord]) -> str:
    """The page as HTML.

    Raises:
        NothingFinished: No trial was trained to its end.
    """
    leader = winner(records, study=study.name, command=study.command)
    charts = [
        (history(records), "Each trial in the order it was tried; an arrow at the lower edge lies below the chart."),
        (accuracy_against_parameters(records, study.budget), "The line joins the networks that none beats."),
        (learning_curves(records), "The best trials; the winner in bold."),
    ]
    environment = Environment(
        loader=PackageLoader("results", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["percent"] = lambda share: "" if share is None else f"{100 * share:.2f} %"
    return environment.get_template("report.html.j2").render(
        study=study,
        winner=leader,
        architecture=leader.design.architecture,
        counts=Counter(record.verdict for record in records),
        hours=sum(record.seconds for record in records) / 3600,
        records=ranked(records),
        charts=[(_div(figure, number), note, _data(figure)) for number, (figure, note) in enumerate(charts)],
        plotly_js=plotly.offline.get_plotlyjs(),
    )


def _div(figure: go.Figure, number: int) -> str:
    return figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"chart-{number}", config=_CHART)


def _data(figure: go.Figure) -> list[tuple[str, str, str]]:
    """The chart's points as rows (series, x, y), for those who read tables."""
    return [
        (str(trace["name"]), str(x), f"{y:.2f}")
        for trace in figure.to_dict()["data"]
        for x, y in zip(trace["x"], trace.get("customdata", trace["y"]), strict=True)
    ]
