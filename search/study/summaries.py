"""All studies of a folder at a glance, each read in milliseconds. Loads neither torch nor optuna, but for studies
that a server keeps."""

import contextlib
import datetime
import json
import os
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from results.findings.records import TrialRecord, Verdict
from results.findings.selection import best
from search.errors import StorageAway, Unopened, UserError
from search.objective import Objective
from search.settings import stored_images
from search.study.allowed import limits_of
from search.study.begun import read
from search.study.finding import storage_of
from search.study.folder import StudyFolder, existing, last_searched
from search.study.locks import is_taken
from search.study.parsing import parsed
from search.study.sqlite_file import STUDIES, STUDY_ATTRIBUTES, TRAINED, VERDICTS, connect_to_read

_FINISHED = ("COMPLETE", "PRUNED", "FAIL")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trials:
    """A value that says how a study's trials stand.

    Attributes:
        counts: How many ended in which way, run or wait; what an interrupted search left is among those that wait.
        best: The best of them by the rule of every command, with no more of it than size, score and finals; None
            where none was trained.
        running: Whether some are being trained at this moment.
    """

    counts: Mapping[Verdict, int]
    best: TrialRecord | None
    running: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """A value that says of a study what a list of all has; None stands for what cannot be read.

    Attributes:
        dataset: The images' name.
        budget: Most parameters.
        limits: That and further limits, by the names of `space.design.Budget`.
        budgets: The parameters of several budgets; none where there is one.
        total: How many trials it shall have.
        storage: URL of the server that keeps it, without a password; None where its folder does.
        size: Bytes of all files in its folder.
        searched: When a trial ended last, or else when it was begun.
        problem: Why some of it cannot be read, in a line; empty where all can.
    """

    name: str
    dataset: str | None
    budget: int | None
    limits: Mapping[str, int]
    budgets: tuple[int, ...]
    total: int | None
    storage: str | None
    trials: Trials | None
    size: int
    searched: datetime.datetime | None
    problem: str


def summaries(runs: Path) -> list[Summary]:
    """Read what there is in the folder of studies, the latest searched first. Nothing is written or put back.

    What cannot be read of a study is said in its summary. A server that is away is asked once.
    """
    away: dict[str, str] = {}
    return [summary(StudyFolder(name, runs), away) for name in existing(runs)]


def summary(folder: StudyFolder, away: dict[str, str]) -> Summary:
    """Read what there is of one study. away: servers that could not be reached, each with the reason; it may grow."""
    begun, problem = _begun(folder)
    settings, trials = begun.get("settings") or {}, None
    identity = begun.get("identity") or {}
    try:
        folder.storage = storage_of(begun.get("storage"))
        if folder.storage is None:
            trials, attributes = _in_file(folder)
            identity, settings = identity or attributes.get("identity", {}), attributes.get("settings") or settings
        elif folder.storage in away:
            problem = away[folder.storage]
        else:
            trials = _on_server(folder)
    except (UserError, StorageAway) as error:
        problem = problem or " ".join(str(error).split())
        if folder.storage and isinstance(error, Unopened | StorageAway):
            away[folder.storage] = problem
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
        problem = problem or f"{folder.database} cannot be read ({error}); put it back as it was"
    searched = last_searched(folder.path)
    return Summary(
        name=folder.name,
        dataset=_of(identity, "dataset", str),
        budget=_of(identity, "budget", int),
        limits=limits_of(identity if isinstance(identity, dict) else None),
        budgets=tuple(_of(identity, "budgets", list) or ()),
        total=_of(settings, "trials", int),
        storage=folder.shown_storage,
        trials=trials,
        size=size_of(folder.path),
        searched=datetime.datetime.fromtimestamp(searched, datetime.UTC) if searched else None,
        problem=problem,
    )


def size_of(folder: Path) -> int:
    """Count the bytes of all files below the folder, as far as it may be read; links are not followed."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _of(values: Any, name: str, kind: type) -> Any:
    value = values.get(name) if isinstance(values, dict) else None
    return value if type(value) is kind else None


def _begun(folder: StudyFolder) -> tuple[dict[str, Any], str]:
    """Read what was written down at the study's beginning, or say why that cannot be."""
    problem = ""
    for file in (folder.settings_file, folder.settings_copy):
        try:
            return read(file), ""
        except UserError as error:
            problem = problem or str(error)
    return {}, "" if folder.database.is_file() else problem


def _in_file(folder: StudyFolder) -> tuple[Trials, dict[str, Any]]:
    """Read the trials from the study's own database, and its attributes there."""
    if not folder.database.exists() and folder.trained:
        again = ", and the next command makes it anew" if folder.told_trials() else ""
        raise UserError(f"{folder.database} is gone{again}")
    running = is_taken(folder.path)
    if not folder.database.exists():
        return Trials(counts={}, best=None, running=running), {}
    if not folder.database.is_file():
        raise UserError(f"{folder.database} is not a study's database (no regular file)")
    try:
        with contextlib.closing(connect_to_read(folder.database)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'studies'").fetchone():
                return Trials(counts={}, best=None, running=running), {}  # it is being begun
            own = folder.own_study(dict(connection.execute(STUDIES)))
            attributes = parsed(connection.execute(STUDY_ATTRIBUTES, (own,)), of=f"study {folder.name}")
            verdicts = connection.execute(VERDICTS, (own,)).fetchall()
            trained = connection.execute(TRAINED, (own,)).fetchall()
    except sqlite3.Error as error:
        raise UserError(f"{folder.database} is not a study's database ({error})") from None
    counts: Counter[Verdict] = Counter()
    for state, verdict, number in verdicts:
        counts[_verdict(state, verdict)] += number
    found = best(_records(trained, attributes)) if trained else None
    return Trials(counts=_at_rest(counts, running=running), best=found, running=running), attributes


def _at_rest(counts: Counter[Verdict], *, running: bool) -> Counter[Verdict]:
    """Count trials that nobody trains among those that wait, as the next run has them do. running: Whether somebody
    searches."""
    left = 0 if running else counts.pop("running", 0)
    return counts + Counter[Verdict]({"waiting": left})


def _verdict(state: str, stored: str | None) -> Verdict:
    if stored is not None:
        verdict = json.loads(stored)
        if verdict not in get_args(Verdict):
            raise ValueError(f"a trial has the verdict {verdict!r:.60}")
        return verdict
    return "failed" if state in _FINISHED else "running" if state == "RUNNING" else "waiting"


def _records(rows: list[tuple[int, str, str]], attributes: Mapping[str, Any]) -> list[TrialRecord]:
    """Return trained trials with what they are ranked by, and nothing else."""
    settings, finals = attributes["settings"], attributes.get("finals", {})
    target = settings["target"] if settings["minimize_parameters"] else None
    images, budgets = stored_images(settings), tuple(settings.get("budgets", ()))
    objective = Objective.on(images, target=target, budget=settings["budget"][0], budgets=budgets)
    trials: dict[int, dict[str, Any]] = defaultdict(dict)
    for number, key, value in rows:
        trials[number][key] = json.loads(value)
    return [
        _record(number, told, tuple(finals.get(str(number), ())), objective)
        for number, told in sorted(trials.items())
        if told.get("score") is not None
    ]


def _record(number: int, told: dict[str, Any], finals: tuple[float, ...], objective: Objective) -> TrialRecord:
    score, parameters = float(told["score"]), int(told["parameters"])
    accuracy = sum(finals) / len(finals) if finals else score
    return TrialRecord(
        trial=number,
        verdict="trained",
        reason="",
        origin=told.get("origin") or "sampler",
        notation="",
        parameters=parameters,
        macs=int(told.get("multiply-adds") or 0),
        receptive_field=0,
        recipe=None,
        fingerprint="",
        score=score,
        accuracies=(),
        training_accuracies=(),
        losses=(),
        seconds=0.0,
        finished=None,
        images=objective.images,
        drawn_from=objective.drawn_from,
        finals=finals,
        merit=objective.merit(accuracy, parameters),
        of_budget=objective.met_by(number, parameters),
    )


def _on_server(folder: StudyFolder) -> Trials:
    """Read the trials from the server; raise UserError or StorageAway."""
    from search.study.reading import read_records

    records = read_records(folder)
    counts: Counter[Verdict] = Counter(record.verdict for record in records)
    return Trials(counts=counts, best=best(records), running=counts["running"] > 0)
