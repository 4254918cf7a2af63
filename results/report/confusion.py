"""Which classes a network takes for which others: as a matrix with numbers, or of many classes in its main pairs."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from results.findings.answers import Answers
from results.report.marks import new_figure
from space.task import Task

_IN_NUMBERS = 20  # classes of which a table can be read
_PAIRS = 20  # that are listed of more classes than that


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A class that was taken for another.

    Attributes:
        count: Images of the one that were taken for the other.
        share: Of all images of the one, in [0, 1].
    """

    truth: str
    answer: str
    count: int
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistakes:
    """A value that has what a page shows of a confirmed network's answers.

    Attributes:
        names: Of the classes.
        heaviest: Images of the most frequent confusion; 1 where nothing was confused.
        pairs: The most frequent confusions, the most frequent first, where there are too many classes for a table.
        chart: Of all confusions then, else None.
    """

    answers: Answers
    names: tuple[str, ...]
    heaviest: int
    pairs: tuple[Pair, ...]
    chart: go.Figure | None


def mistakes(answers: Answers, task: Task) -> Mistakes:
    """Gathers what a network takes for what: of up to twenty classes for a table, of more as pairs and a chart."""
    names, wrong = task.class_names, _wrong(answers.confusion)
    many = len(names) > _IN_NUMBERS
    return Mistakes(
        answers=answers,
        names=names,
        heaviest=max(1, int(wrong.max())),
        pairs=_pairs(answers.confusion, names) if many else (),
        chart=_heat_map(wrong, names) if many else None,
    )


def _pairs(confusion: np.ndarray, class_names: tuple[str, ...]) -> tuple[Pair, ...]:
    """Returns the most frequent confusions, the most frequent first; of equal ones in the order of the classes."""
    wrong = _wrong(confusion)
    first = np.argsort(-wrong, axis=None, kind="stable")[:_PAIRS]
    places = [divmod(int(place), len(wrong)) for place in first]
    return tuple(
        Pair(
            truth=class_names[truth],
            answer=class_names[answer],
            count=int(wrong[truth, answer]),
            share=float(wrong[truth, answer] / confusion[truth].sum()),
        )
        for truth, answer in places
        if wrong[truth, answer]
    )


def _heat_map(wrong: np.ndarray, class_names: tuple[str, ...]) -> go.Figure:
    """Draws the confusions of all classes, without the right answers, beside which nothing else would be seen."""
    names = [name.replace("&", "&amp;").replace("<", "&lt;") for name in class_names]
    figure = new_figure("Confusions", "taken for", "is")
    figure.add_heatmap(
        z=np.where(wrong > 0, wrong, np.nan).tolist(),
        x=names,
        y=names,
        colorscale=[[0.0, "rgba(31,111,208,0.6)"], [1.0, "rgba(31,111,208,1)"]],
        hovertemplate="%{y} taken for %{x}: %{z}<extra></extra>",
        hoverongaps=False,
        name="images",
    )
    ends = [-0.5, len(names) - 0.5]
    axis = {"type": "category", "showgrid": False, "showticklabels": False, "constrain": "domain"}
    axis |= {"showline": True, "mirror": True, "linecolor": "rgba(128,128,128,0.5)"}
    figure.update_xaxes(**axis, range=ends)
    figure.update_yaxes(**axis, range=ends[::-1], scaleanchor="x")
    return figure


def _wrong(confusion: np.ndarray) -> np.ndarray:
    """Returns the matrix without the right answers."""
    return confusion - np.diag(np.diag(confusion))
