"""What a notebook shows of a value: HTML that stands in a cell, asks the network for nothing and runs no script.

A notebook has a light or a dark theme of its own, whatever the system has: letters and lines are of the cell's own
colour, and grounds are transparent.
"""

import functools
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from results.findings.confirmation import Confirmation
from results.findings.estimate import Estimate
from results.findings.ladder import Ladder
from results.findings.records import TrialRecord
from results.findings.selection import ranked, select
from results.report.curve import curve
from results.report.diagram import draw
from results.report.scatter import scatter
from results.wording.counted import counted, last_epochs
from results.wording.ladder import UNDONE, analysis, mean, noise_in_words, undone
from results.wording.percent import percent, spread
from results.wording.recipe import recipe_lines
from results.wording.selection import estimated, notes, sentence
from results.wording.trial import reached
from space.architecture import Architecture
from space.design import Design

_ROWS = 10  # trials in a study's table
_VERDICTS = ("trained", "pruned", "rejected", "failed", "running", "waiting")


def study(
    records: list[TrialRecord], *, estimate: Estimate | None, name: str, dataset: str, budget: int, limits: str
) -> str:
    """Returns the best trials as a table, the best in words, and a chart.

    Args:
        estimate: What the best reaches, where there is one.
        budget: Most parameters.
        limits: That and what else the study limits, in words.
    """
    selection = select(records)
    verdicts = [record.verdict for record in records]
    shown = [record for record in ranked(records) if record.reached is not None]
    return _written(
        "study",
        name=name,
        dataset=dataset,
        limits=limits,
        counts=", ".join(f"{verdicts.count(one):,} {one}" for one in _VERDICTS if one in verdicts) or "no trials yet",
        winner=selection and selection.winner,
        told=estimate and estimated(estimate, chosen=True),
        notes=notes(selection) if selection else [],
        chart=scatter(records, budget) if selection else "",
        records=shown[:_ROWS],
        finals=any(record.finals for record in shown[:_ROWS]),
        left_out=len(records) - len(shown[:_ROWS]),
    )


def network(one: Architecture) -> str:
    """Returns the network as a diagram, with what it costs."""
    return _written("network", architecture=one, diagram=draw(one), recipe=[])


def design(one: Design) -> str:
    """Returns the network as a diagram, and its recipe in words."""
    recipe = recipe_lines(one.recipe, one.architecture)
    return _written("network", architecture=one.architecture, diagram=draw(one.architecture), recipe=recipe)


def trial(record: TrialRecord) -> str:
    """Returns how a trial ended, with its learning curve, its recipe in words and its network."""
    architecture = record.design.architecture if record.recipe else None
    return _written(
        "trial",
        record=record,
        reached=reached(record),
        architecture=architecture,
        diagram=draw(architecture) if architecture else [],
        recipe=recipe_lines(record.recipe, architecture) if record.recipe and architecture else [],
        chart=curve(record, within=True) if record.accuracies else "",
    )


def confirmation(one: Confirmation) -> str:
    """Returns the mean with its interval, and a row a seed."""
    return _written("confirmation", one=one)


def ladder(one: Ladder) -> str:
    """Returns a row a step, with what came of it, and what each change is worth undone."""
    scores = [rung.score for rung in one.rungs]
    low = min(scores) - 0.1 * (1 - min(scores))  # where bars begin: a little below the lowest
    shares = [(score - low) / ((max(scores) - low) or 1.0) for score in scores]
    told = [
        analysis(rung, before, one.images)
        for before, rung in zip((None, *one.rungs), one.rungs, strict=False)
    ]  # fmt: skip
    steps = list(zip(one.rungs, shares, told, strict=True))
    return _written("ladder", one=one, steps=steps, noise=noise_in_words(one), undone=(UNDONE, undone(one)))


def _written(kind: str, **values: Any) -> str:
    """Fills the template's part of that kind."""
    css = (files("results.report") / "notebook.css").read_text()
    return _template().render(kind=kind, css=css, **values)


@functools.cache
def _template() -> Template:
    """Returns the template, with the words that it writes figures in."""
    environment = Environment(
        loader=PackageLoader("results.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "percent": percent,
        "spread": spread,
        "mean": mean,
        "commas": "{:,}".format,
        "counted": counted,
        "last_epochs": last_epochs,
        "sentence": sentence,
    }
    return environment.get_template("notebook.html.j2")
