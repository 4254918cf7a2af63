"""`Page`: the dashboard's page where a study is shown and not changed, and what it asks for beside the study."""

import json
import math
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import optuna
from bottle import HTTPResponse, Route, request
from optuna import visualization
from optuna.trial import TrialState

from search.errors import UserError
from search.outputs.dashboard.view import View
from search.outputs.importance import importance
from search.outputs.table import trial_table
from search.proposals.optuna_private import study_id
from search.study.folder import StudyFolder

_SCORED = (TrialState.COMPLETE, TrialState.PRUNED)
_DRAWN = 1_000  # trials at most whose choices are weighed
_FEW = 5  # choices in a plot that has a picture for each, or each pair
_STYLE = (Path(__file__).parent / "page.css").read_text()


class Page:
    """A plugin for the dashboard's Bottle application that answers some of its routes in its place."""

    name = "page"
    api = 2

    def __init__(self, folder: StudyFolder, shown: optuna.Study, view: View) -> None:
        """shown: The study whose trials are those that the view has in full."""
        self._folder = folder
        self._shown = shown
        self._study_id = study_id(shown)
        self._view = view
        self._weighing = threading.Lock()
        self._weighed: tuple[int, dict[str, float]] = (-1, {})  # of how many trials, and the shares

    def apply(self, callback: Callable[..., Any], route: Route) -> Callable[..., Any]:
        """Returns what answers a route in the place of `callback`, as Bottle asks of a plugin."""
        if route.method != "GET":
            return callback
        match route.rule:
            case "/dashboard<:re:(/.*)?>":
                return lambda *args, **options: self._page(callback(*args, **options))
            case "/api/studies/<study_id:int>/param_importances":
                answer: Callable[..., Any] = self._importances
            case "/api/studies/<study_id:int>/plot/<plot_type>":
                answer = self._plot
            case "/csv/<study_id:int>":
                answer = self._csv
            case _:
                return callback

        def instead(study_id: int, **options: Any) -> Any:
            if study_id != self._study_id:
                return _not_found(f"study_id={study_id} is not found")
            return answer(**options)

        return instead

    def _page(self, page: Any) -> HTTPResponse:
        """The page with what is ours: what is refused is hidden, and what is left out is said."""
        html = ""
        if hasattr(page.body, "read"):  # where the browser has it already there is none
            with page.body:
                html = page.body.read().decode()
        said = f'<p id="thimble">{escape(self._said())}</p>'
        html = html.replace("</head>", f"<style>{_STYLE}</style></head>", 1).replace("</body>", f"{said}</body>", 1)
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        policy = page.get_header("Content-Security-Policy")
        return HTTPResponse(html, headers=headers | ({"Content-Security-Policy": policy} if policy else {}))

    def _said(self) -> str:
        shown = self._view()
        text = "Here a study is shown: notes can be written, nothing else can be changed. "
        if len(shown.records) == len(shown.outlines):
            return text + "Trials have the choices that their designs used."
        return text + (
            f"At most {len(shown.records):,} of {len(shown.outlines):,} trials are in full, with the choices that "
            f"their designs used, as many as 10 MB hold: the latest, those of the finals, those that no other beats "
            f"with as few parameters, and the best. Of the others state, value and times are shown: "
            f"`python -m search table` lists them, and `python -m search show` has one in full."
        )

    def _importances(self) -> dict[str, Any]:
        """What the report says of the choices too; nothing for fewer than twenty trials."""
        kinds = {name: kind for trial in self._view().full for name, kind in trial.distributions.items()}
        return {
            "param_importances": [
                [
                    {"name": name, "importance": share, "distribution": type(kinds[name]).__name__}
                    for name, share in self._shares().items()
                    if name in kinds
                ]
            ]
        }

    def _shares(self) -> dict[str, float]:
        """Weighs the choices over evenly drawn trials; again where a tenth more have ended since."""
        with self._weighing:
            ended = [outline.number for outline in self._view().outlines if outline.state in _SCORED]
            if len(ended) > 1.1 * self._weighed[0]:
                drawn = ended[:: math.ceil(len(ended) / _DRAWN)]
                found = importance(self._folder, [about for about in self._view.read(drawn) if about])
                self._weighed = len(ended), found.shares if found else {}
            return self._weighed[1]

    def _plot(self, plot_type: str) -> Any:
        """One of Optuna's own plots, of the trials that are in full and of the few choices that matter most."""
        done = [trial for trial in self._view().full if trial.state == TrialState.COMPLETE]
        made = Counter(name for trial in done for name in trial.params)
        usual = [name for name, times in made.items() if times == len(done)]  # others are in few pictures of two
        few = sorted(usual, key=lambda name: -self._shares().get(name, 0.0))[:_FEW]
        draw: dict[str, Callable[[], Any]] = {
            "contour": lambda: visualization.plot_contour(self._shown, params=few),
            "slice": lambda: visualization.plot_slice(self._shown, params=few).update_layout(width=None),
            "rank": lambda: visualization.plot_rank(self._shown, params=few[:2]),
            "parallel_coordinate": lambda: visualization.plot_parallel_coordinate(self._shown, params=few),
            "edf": lambda: visualization.plot_edf(self._shown),
            "timeline": lambda: visualization.plot_timeline(self._shown),
        }
        if plot_type not in draw:
            return _not_found(f"plot_type={plot_type[:50]} is not supported.")
        return HTTPResponse(draw[plot_type]().to_json(), headers={"Content-Type": "application/json"})

    def _csv(self) -> HTTPResponse:
        """The table that the command `table` writes, of the trials that are asked for."""
        try:
            table = trial_table(self._folder)
        except UserError as error:
            return HTTPResponse(f"{error}\n", status=409, headers={"Content-Type": "text/plain; charset=utf-8"})
        asked = parse_qs(request.environ["QUERY_STRING"]).get("trial_ids")
        if asked:
            numbers = {int(word) for word in asked[0].split(",") if word.strip().isdecimal() and len(word) < 18}
            table = replace(table, records=tuple(r for r in table.records if r.trial in numbers))
        headers = {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{self._folder.name}.csv"',
        }
        return HTTPResponse(table.as_csv(), headers=headers)


def _not_found(reason: str) -> HTTPResponse:
    return HTTPResponse(json.dumps({"reason": reason}), status=404, headers={"Content-Type": "application/json"})
