"""What Optuna's dashboard shows of a study beside its own: a note and files of each trial, and a chart.

Nothing of it is written to the study. The dashboard keeps the notes of all trials in attributes of the study, and
looks through all of these for each trial, which takes minutes for thousands of notes, and every reader of the study
would load them; the search, its only writer, would have to wait for another. So notes and the chart are added to the
dashboard's answers as they leave, and a file is made when somebody asks for it: a study that nobody looks at costs
nothing, a file that nobody opens neither, and what is shown is never older than the study. A note that a user writes
in the dashboard is kept in the study, as always, and is shown in the place of ours.
"""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import optuna
from bottle import HTTPResponse, Route, request

from results.findings.records import TrialRecord, trained
from results.report.curve import curve
from results.report.note import note
from results.report.plots import accuracy_against_parameters
from search.outputs.dashboard.answer import as_json
from search.outputs.dashboard.view import Shown, View
from search.outputs.module_process import ExportFailed, module_from_process
from search.proposals.optuna_private import study_id
from search.study.designs import NamedDesign
from search.study.folder import StudyFolder
from train.files.digests import Damaged, read_known

_STUDY = "/api/studies/<study_id:int>"
_FILE = "/artifacts/<study_id:int>/<trial_id:int>/<artifact_id:re:[0-9a-fA-F-]+>"
_MIMETYPES = {
    "curve.svg": "image/svg+xml",
    "net.py": "text/x-python",
    "net.safetensors": "application/octet-stream",
}
_NAMES = tuple(_MIMETYPES)
_UNREAD = "What the database says of this trial cannot be used: `python -m search show` with its number says why."


class Exhibits:
    """A plugin for the dashboard's Bottle application that wraps two of its routes."""

    name = "exhibits"
    api = 2

    def __init__(self, folder: StudyFolder, study: optuna.Study, view: View) -> None:
        self._folder = folder
        self._study_id = study_id(study)
        self._view = view
        self._lock = threading.Lock()  # requests have a thread each
        self._exporting = threading.Lock()
        self._exported: dict[int, bytes] = {}
        self._notes: dict[int, tuple[TrialRecord, str]] = {}
        self._chart: tuple[Any, str] = (None, "")  # with which networks and which winner it was drawn

    def apply(self, callback: Callable[..., Any], route: Route) -> Callable[..., Any]:
        """Returns what answers a route in the place of `callback`, as Bottle asks of a plugin."""
        if route.method == "GET" and route.rule == _STUDY:
            return lambda study_id: self._study_from(study_id, callback)
        if route.method == "GET" and route.rule == _FILE:

            def answer(study_id: int, trial_id: int, artifact_id: str) -> Any:
                ours = self._file(study_id, artifact_id)
                return ours or callback(study_id=study_id, trial_id=trial_id, artifact_id=artifact_id)

            return answer
        return callback

    def _study_from(self, study_id: int, callback: Callable[..., Any]) -> Any:
        """The dashboard's answer about the study, with what is ours; from `after` on, which the page counts."""
        words = parse_qs(request.environ.pop("QUERY_STRING", "")).get("after", ["0"])
        request.environ["QUERY_STRING"] = ""
        if not words[0].isdecimal() or len(words[0]) > 18:
            return _response({"reason": "`after` should be larger or equal 0."}, "application/json", status=400)
        answer = callback(study_id=study_id)  # all in full; what it has in memory may be some seconds old
        if study_id != self._study_id or "trials" not in answer:
            return answer
        with self._lock:
            shown = self._view()
            weights = {file.name for file in self._folder.weights.glob("trial-*.safetensors")}
            for trial in (*answer["trials"], *answer["best_trials"]):
                self._dress(trial, shown.records.get(trial["number"]), weights)
            answer["plotly_graph_objects"].append(
                {"id": "accuracy-against-parameters", "graph_object": self._drawn(shown)}
            )
        return as_json(answer, shown, study_id=study_id, after=int(words[0]))

    def _dress(self, trial: dict[str, Any], about: TrialRecord | None, weights: set[str]) -> None:
        if about:
            trial["artifacts"] = [*self._files(about, weights), *trial["artifacts"]]
        if not trial["note"]["version"]:  # else it is a user's
            body = self._note(about) if about else _UNREAD
            trial["note"] = {"version": 0, "body": body}

    def _note(self, about: TrialRecord) -> str:
        known, text = self._notes.get(about.trial, (None, ""))
        if known is not about:
            text = note(about)
            self._notes[about.trial] = about, text
        return text

    def _files(self, about: TrialRecord, weights: set[str]) -> list[dict[str, Any]]:
        """As the dashboard lists files; weights: names of the files that there are."""
        if about.verdict != "trained":
            return []
        names = _NAMES if self._folder.weights_file(about.trial).name in weights else _NAMES[:2]
        return [
            {
                "artifact_id": f"{about.trial}-{_NAMES.index(name)}",
                "filename": name,
                "mimetype": _MIMETYPES[name],
                "encoding": None,
            }
            for name in names
        ]

    def _file(self, study_id: int, artifact_id: str) -> HTTPResponse | None:
        """One of our files; None where it is not ours."""
        number, _, which = artifact_id.partition("-")
        if study_id != self._study_id or not number.isdecimal() or which not in ("0", "1", "2"):
            return None
        about = self._view.record(int(number[:18]))
        if about is None or about.verdict != "trained":
            return None
        name = _NAMES[int(which)]
        match name:
            case "curve.svg":
                content = curve(about).encode()
            case "net.py":
                content = self._module(about)
            case _:
                content = self._weights(about)
        return _response(content, _MIMETYPES[name])

    def _module(self, about: TrialRecord) -> bytes:
        """The module that the command `export` writes and verifies; made once."""
        with self._exporting:
            if about.trial not in self._exported:
                trial = NamedDesign(f"trial {about.trial} of {self._folder.name}", about.design, about, self._folder)
                try:
                    self._exported[about.trial] = module_from_process(trial)
                except ExportFailed as error:
                    raise _response(str(error), "text/plain", status=503) from None
            return self._exported[about.trial]

    def _weights(self, about: TrialRecord) -> bytes:
        file = self._folder.weights_file(about.trial)
        try:
            return read_known(file, about.weights_sha256)
        except (OSError, Damaged):
            raise _response(f"{file} is gone or damaged; put a copy of it back", "text/plain", status=503) from None

    def _drawn(self, shown: Shown) -> str:
        every = trained([record for record in shown.records.values() if record])
        drawn = tuple(record.trial for record in every), shown.winner
        if self._chart[0] != drawn:
            budget = self._view.attributes()["settings"]["budget"][0]
            figure = accuracy_against_parameters(every, budget)
            self._chart = drawn, str(figure.to_json())
        return self._chart[1]


def _response(content: Any, mimetype: str, *, status: int = 200) -> HTTPResponse:
    return HTTPResponse(content, status=status, headers={"Content-Type": mimetype})
