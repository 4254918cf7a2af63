"""The report: one HTML page that holds everything it shows and asks the network for nothing."""

import functools
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.offline
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from results.findings.answers import Answers
from results.findings.confirmation import Confirmation
from results.findings.estimate import estimate_confirmed, estimate_of
from results.findings.importance import Importance
from results.findings.ladder import Ladder, Rung
from results.findings.records import TrialRecord, Verdict, trained
from results.findings.selection import best, ranked, selected
from results.findings.shares import reaches
from results.report.confusion import mistakes
from results.report.diagram import draw
from results.report.marks import SCREENED, screened_out
from results.report.pictures import field_over, fields, png_address
from results.report.plots import accuracy_against_parameters, history, importance_bars, ladder_steps, learning_curves
from results.wording.counted import counted, last_epochs
from results.wording.ladder import UNDONE, analysis, noise_in_words, result, undone
from results.wording.layers import COLUMNS, rows, totals
from results.wording.percent import hundredths, in_full, percent
from results.wording.recipe import recipe_lines
from results.wording.selection import notes, rule, sentence
from results.wording.times import unit_of
from space.task import Task

_CHART = {
    "responsive": True,
    "displaylogo": False,
    # plotly.js offers by default to upload a chart to its makers' server.
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
}
_ROWS = 1_000  # trials in the table
_POINTS = 100  # of each series in a chart's table
_ENDS: tuple[Verdict, ...] = ("trained", "pruned", "rejected", "failed")


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyFacts:
    """A value that holds what the report says of the study as a whole.

    Attributes:
        target: Accuracy asked for, a share in [0, 1].
        command: That goes on with the study.
        created: ISO 8601 time of the study's beginning.
        settings: By name, in words.
        note: About the data; empty if nothing.
        finals_seconds: What the trainings of the finals took, as far as they are stored on this machine.
        drawn_from: How many training images there are, of which held-out ones are drawn; None where those were given.
        tests: How many test images there are; an estimator has none before it is given some.
        by_command: Whether the study is where commands find it, and not in a folder that Python alone knows.
    """

    name: str
    dataset: str
    budget: int
    limits: str
    epochs: int
    last_epochs: int
    target: float
    command: str
    created: str
    settings: dict[str, str]
    versions: dict[str, str]
    note: str
    drawn_from: int | None
    tests: int
    by_command: bool
    finals_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmed:
    """A value that says what the winner reached over seeds.

    Attributes:
        precision: Of these trainings.
        answers: Of one of them, or None without the images.
        images: How many test images there are.
    """

    confirmation: Confirmation
    precision: str
    answers: Answers | None
    images: int


@dataclass(frozen=True, slots=True)
class _Chart:
    """A chart as HTML, with a note and its points as rows.

    Attributes:
        left_out: How many points are not among the rows.
    """

    html: str
    note: str
    columns: tuple[str, str, str]
    rows: list[tuple[str, str, str]]
    left_out: int


def render(
    study: StudyFacts,
    records: list[TrialRecord],
    *,
    task: Task,
    importance: Importance | None,
    confirmed: Confirmed | None,
    ladder: Ladder | None,
    image: np.ndarray | None,
) -> str:
    """Writes the page as HTML.

    Args:
        task: The study's, whose class names the labels of `confirmed.answers` are numbers of.
        ladder: The winner's.
        image: A training image on which to show what the winner sees, uint8 (H, W), or (H, W, C) of more channels
            than one; None where there is none on this machine.

    Raises:
        NothingFinished: No trial was trained to its end.
    """
    selection = selected(records, study=study.name, command=study.command)
    winner, architecture = selection.winner, selection.winner.design.architecture
    estimate = (
        estimate_confirmed(confirmed.confirmation.scores, confirmed.images) if confirmed else estimate_of(winner)
    )
    return template("report.html.j2").render(
        study=study,
        winner=winner,
        reached=reaches(winner.score or 0.0, study.target),
        estimate=estimate,
        notes=notes(selection),
        rule=rule(selection),
        architecture=architecture,
        diagram=draw(architecture),
        layers=(COLUMNS, rows(architecture), totals(architecture)),
        charts=_charts(records, study.budget),
        importance=importance,
        importance_chart=importance and _chart("bars", importance_bars(importance), ""),
        confirmed=confirmed,
        mistakes=mistakes(confirmed.answers, task) if confirmed and confirmed.answers else None,
        ladder=ladder,
        steps=ladder and _steps(ladder),
        undone=ladder and (UNDONE, undone(ladder)),
        noise=ladder and noise_in_words(ladder),
        ladder_charts=ladder and _ladder_charts(ladder),
        recipe=recipe_lines(winner.design.recipe, architecture),
        spent=_spent(records),
        hours=(hours := sum(record.seconds for record in records) / 3600),
        unit=unit_of(hours),
        screening=_screening(records),
        finals=sum(len(record.finals) for record in records),
        finals_hours=study.finals_seconds / 3600,
        fields=fields(architecture),
        over=None if image is None else field_over(image, architecture),
        task=task,
        records=ranked(records)[:_ROWS],
        trials=len(records),
        plotly_js=plotly.offline.get_plotlyjs(),
    )


@functools.cache
def template(name: str) -> Template:
    """Returns a template of this folder, with the words that pages write figures in."""
    environment = Environment(
        loader=PackageLoader("results.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "quoted": shlex.quote,
        "percent": percent,
        "hundredths": hundredths,
        "in_full": in_full,
        "commas": "{:,}".format,
        "png": png_address,
        "drawn": _as_html,
        "counted": counted,
        "last_epochs": last_epochs,
        "sentence": sentence,
    }
    return environment.get_template(name)


def _steps(ladder: Ladder) -> list[tuple[Rung, str, str]]:
    """Returns the steps with their results and analyses."""
    pairs = zip((None, *ladder.rungs), ladder.rungs, strict=False)
    return [(rung, result(rung), analysis(rung, before, ladder.images)) for before, rung in pairs]


def _charts(records: list[TrialRecord], budget: int) -> list[_Chart]:
    """Draws the trials against their size, in their order, and epoch by epoch."""
    front = accuracy_against_parameters(records, budget)
    return [
        _chart("front", front, _front_note(records)),
        _chart("history", history(records), _history_note(records)),
        _chart("curves", learning_curves(records), _curves_note(records)),
    ]


def _ladder_charts(ladder: Ladder) -> list[_Chart]:
    """Draws the ladder step by step and, where there are any, the changes undone."""
    charts = [_chart("ladder", ladder_steps(ladder.rungs, "Step by step"), _of_seeds(ladder))]
    if ladder.without:
        undone = ladder_steps((ladder.rungs[-1], *ladder.without), "One change undone")
        charts.append(_chart("undone", undone, "The whole design first, then what is left of it without one thing."))
    return charts


def _of_seeds(ladder: Ladder) -> str:
    """Says what the marks of a ladder's chart are."""
    return "Means over seeds, with their deviation." if ladder.seeds > 1 else "Of one seed."


def _front_note(records: list[TrialRecord]) -> str:
    """Says what stands where in the chart of accuracies against sizes."""
    note = (
        "Held-out accuracy in the search, of the best with its 95 % interval; the line joins those that none beats."
    )
    if any(record.known for record in trained(records)):
        note += " Diamonds are designs that were known before the search."
    if (winner := best(records)) and winner.finals:
        note += " The star is the winner's mean in the finals, which is less optimistic: points may lie above it."
    return note


def _history_note(records: list[TrialRecord]) -> str:
    """Says how to read the chart of trials in their order."""
    note, screened = "Trials in their order; an arrow at the lower edge lies below the chart.", screened_out(records)
    if not screened:
        return note
    few = f", {SCREENED:,} of {len(screened):,} such," if len(screened) > SCREENED else ""
    return f"{note} Those that did not pass screening{few} stand where the short training ended, of fewer epochs."


def _curves_note(records: list[TrialRecord]) -> str:
    """Says how to read the chart of learning curves."""
    violet = " Violet: designs that were known before." if any(record.known for record in trained(records)) else ""
    return f"The best trials; the winner in bold, with its 95 % interval.{violet}"


def _spent(records: list[TrialRecord]) -> list[tuple[str, int, float, float]]:
    """Returns for each way to end its name, trials, hours, and share of all hours in [0, 1]; under way last."""
    names = (*_ENDS, "under way")
    ends = [record.verdict if record.verdict in _ENDS else "under way" for record in records]
    hours = {
        name: sum(r.seconds for r, end in zip(records, ends, strict=True) if end == name) / 3600 for name in names
    }
    whole = sum(hours.values()) or 1.0
    return [(name, ends.count(name), hours[name], hours[name] / whole) for name in names]


def _screening(records: list[TrialRecord]) -> tuple[int, float, float]:
    """Returns how many designs had a short training, its hours, and those of the whole trainings after it."""
    hours = [record.screening_seconds / 3600 for record in records if record.screened is not None]
    return len(hours), sum(hours), sum(record.seconds for record in records) / 3600 - sum(hours)


def _chart(name: str, figure: go.Figure, note: str) -> _Chart:
    """Makes a chart of a figure."""
    drawn = figure.to_dict()
    x, y = (drawn["layout"][axis]["title"].get("text", "") for axis in ("xaxis", "yaxis"))
    series = [[(str(trace["name"]), _number(x), _number(y)) for x, y in _points(trace)] for trace in drawn["data"]]
    return _Chart(
        html=_as_html(figure, name),
        note=note,
        columns=("series", x, y),
        rows=[point for points in series for point in points[:_POINTS]],
        left_out=sum(len(points[_POINTS:]) for points in series),
    )


def _as_html(figure: go.Figure, name: str) -> str:
    """Writes a figure as HTML that stands within the page."""
    return figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"chart-{name}", config=_CHART)


def _points(trace: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Returns what a trace shows; marks that stand at the chart's edge have their true values in `customdata`."""
    return zip(trace["x"], trace.get("customdata", trace["y"]), strict=True)


def _number(value: float | str) -> str:
    """Writes a point's coordinate, a percentage where it is no whole number, for the table."""
    return hundredths(value / 100) if isinstance(value, float) else str(value)
