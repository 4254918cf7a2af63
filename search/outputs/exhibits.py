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

import optuna
from bottle import HTTPResponse, Route

from results.findings.records import TrialRecord, front, ranked, trained
from results.report.curve import curve
from results.report.note import note
from results.report.plots import accuracy_against_parameters
from search.outputs.module_process import ExportFailed, module_from_process
from search.proposals.optuna_private import study_id
from search.study.designs import NamedDesign
from search.study.folder import StudyFolder
from search.study.reading import objective_of, record

_STUDY = "/api/studies/<study_id:int>"
_FILE = "/artifacts/<study_id:int>/<trial_id:int>/<artifact_id:re:[0-9a-fA-F-]+>"
_MARKS = 1_000  # in the chart: of more trained networks the best, and the front
_MIMETYPES = {
    "curve.svg": "image/svg+xml",
    "net.py": "text/x-python",
    "net.safetensors": "application/octet-stream",
}
_NAMES = tuple(_MIMETYPES)


class Exhibits:
    """A plugin for the dashboard's Bottle application that wraps two of its routes."""

    name = "exhibits"
    api = 2

    def __init__(self, folder: StudyFolder, study: optuna.Study) -> None:
        self._folder = folder
        self._study = study
        self._study_id = study_id(study)
        self._lock = threading.Lock()  # requests have a thread each
        self._exporting = threading.Lock()
        self._exported: dict[int, bytes] = {}
        self._finals: dict[str, list[float]] = {}
        self._ended: dict[int, TrialRecord] = {}
        self._notes: dict[int, str] = {}  # of trials that have ended
        self._chart = (-1, "")  # with how many networks it was drawn

    def apply(self, callback: Callable[..., Any], route: Route) -> Callable[..., Any]:
        """Returns what answers a route in the place of `callback`, as Bottle asks of a plugin."""
        if route.method == "GET" and route.rule == _STUDY:
            return lambda study_id: self._add(study_id, callback(study_id=study_id))
        if route.method == "GET" and route.rule == _FILE:

            def answer(study_id: int, trial_id: int, artifact_id: str) -> Any:
                ours = self._file(study_id, artifact_id)
                return ours or callback(study_id=study_id, trial_id=trial_id, artifact_id=artifact_id)

            return answer
        return callback

    def _add(self, study_id: int, answer: Any) -> Any:
        """The dashboard's answer about a study, with what is ours."""
        if study_id != self._study_id or "trials" not in answer:
            return answer
        with self._lock:
            records = self._records()
            weights = {file.name for file in self._folder.weights.glob("trial-*.safetensors")}
            for shown in (*answer["trials"], *answer["best_trials"]):
                about = records[shown["number"]]
                if not shown["note"]["version"]:  # else it is a user's
                    shown["note"] = {"version": 0, "body": self._note(about)}
                shown["artifacts"] = [*self._files(about, weights), *shown["artifacts"]]
            answer["plotly_graph_objects"].append(
                {"id": "accuracy-against-parameters", "graph_object": self._drawn(records)}
            )
        return answer

    def _records(self) -> list[TrialRecord]:
        """All trials, in order; those that have ended are read once."""
        attributes = self._study.user_attrs
        if attributes.get("finals", {}) != self._finals:
            self._finals = attributes["finals"]
            self._ended.clear()
            self._notes.clear()
        objective = objective_of(attributes["settings"])
        records = []
        for trial in self._study.get_trials(deepcopy=False):
            about = self._ended.get(trial.number) or record(trial, objective, self._finals)
            if trial.state.is_finished():
                self._ended[trial.number] = about
            records.append(about)
        return records

    def _note(self, about: TrialRecord) -> str:
        if about.trial not in self._ended:
            return note(about)
        if about.trial not in self._notes:
            self._notes[about.trial] = note(about)
        return self._notes[about.trial]

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
        with self._lock:
            about = dict(enumerate(self._records())).get(int(number))
        if about is None or about.verdict != "trained":
            return None
        name = _NAMES[int(which)]
        match name:
            case "curve.svg":
                content = curve(about).encode()
            case "net.py":
                content = self._module(about)
            case _:
                content = self._folder.weights_file(about.trial).read_bytes()
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

    def _drawn(self, records: list[TrialRecord]) -> str:
        every = trained(records)
        if self._chart[0] != len(every):
            marked = {about.trial: about for about in (*ranked(every)[:_MARKS], *front(every))}
            budget = self._study.user_attrs["settings"]["budget"][0]
            figure = accuracy_against_parameters(list(marked.values()), budget)
            self._chart = len(every), str(figure.to_json())
        return self._chart[1]


def _response(content: Any, mimetype: str, *, status: int = 200) -> HTTPResponse:
    return HTTPResponse(content, status=status, headers={"Content-Type": mimetype})
