"""Studies read back from their databases: trial by trial, whether they are being searched or not."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from results.findings.records import TrialRecord, Verdict
from search.errors import UserError
from search.objective import Objective
from search.study.folder import StudyFolder
from search.study.storage import Storage, open_storage
from space.recipe import Recipe

SCREENING = 0  # the step at which the score of a short training is kept, before the first epoch of the whole one


class NoStudy(UserError):
    """The database has no study of that name."""


def record(trial: FrozenTrial, objective: Objective, finals: Mapping[str, list[float]] | None = None) -> TrialRecord:
    """What results/ keeps of an Optuna trial. finals: of the study, by trial."""
    attributes, held = trial.user_attrs, (finals or {}).get(str(trial.number), ())
    score, parameters = attributes.get("score"), attributes.get("parameters", 0)
    steps = sorted(trial.intermediate_values.items())
    unfinished: Verdict = "running" if trial.state == TrialState.RUNNING else "waiting"
    verdict: Verdict = attributes.get("verdict", "failed" if trial.state.is_finished() else unfinished)
    recipe = attributes.get("recipe json")
    return TrialRecord(
        trial=trial.number,
        verdict=verdict,
        reason=attributes.get("reason", ""),
        origin=attributes.get("origin", "sampler"),
        notation=attributes.get("notation", ""),
        parameters=parameters,
        macs=attributes.get("multiply-adds", 0),
        receptive_field=attributes.get("receptive field", 0),
        recipe=Recipe.from_json(json.loads(recipe)) if recipe else None,
        fingerprint=attributes.get("fingerprint", ""),
        score=score,
        accuracies=tuple(value for step, value in steps if step != SCREENING),
        screened=trial.intermediate_values.get(SCREENING),
        training_accuracies=tuple(attributes.get("training accuracies", ())),
        losses=tuple(attributes.get("losses", ())),
        seconds=attributes.get("screening seconds", 0.0) + attributes.get("seconds", 0.0),
        finished=trial.datetime_complete.isoformat(timespec="seconds") if trial.datetime_complete else None,
        finals=tuple(held),
        merit=0.0 if score is None else objective.merit(fmean(held) if held else score, parameters),
    )


def read_records(folder: StudyFolder) -> list[TrialRecord]:
    """Every trial of the study, in order; the study need not be at rest.

    Raises:
        UserError: The database cannot be opened or has no such study.
    """
    with opened(folder) as (storage, study):
        kept = study.user_attrs
        if "settings" not in kept:  # it has not begun
            return []
        objective, finals = objective_of(kept["settings"]), kept.get("finals", {})
        return [record(trial, objective, finals) for trial in storage.read_trials(study._study_id, params=False)]


def objective_of(settings: dict[str, Any]) -> Objective:
    """By which a study ranks its trials; settings: its own, as `read_settings` gives them."""
    return Objective(settings["target"] if settings["minimize_parameters"] else None, settings["budget"][0])


def read_settings(folder: StudyFolder) -> dict[str, Any]:
    """What `Settings.from_json` takes of the study; raises UserError as `read_records` does."""
    with opened(folder) as (_, study):
        if "settings" not in study.user_attrs:
            raise UserError(f"study {folder.name} has not begun; begin it with `python -m search run`")
        return study.user_attrs["settings"]


@contextlib.contextmanager
def opened(folder: StudyFolder) -> Iterator[tuple[Storage, optuna.Study]]:
    """Its database, and the study in it; raises UserError as `read_records` does."""
    storage = open_storage(folder)
    try:
        try:
            study = optuna.load_study(study_name=folder.name, storage=storage)
        except KeyError:
            raise NoStudy(f"there is no study {folder.name} in {folder.place}") from None
        yield storage, study
    finally:
        storage.close()
