"""Studies read back from their databases: trial by trial, whether they are being searched or not."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from results.findings.records import TrialRecord, Verdict
from search.errors import UserError
from search.objective import Objective
from search.proposals.optuna_private import study_id
from search.proposals.pruning import SCREENING
from search.settings import stored_images
from search.study.attributes import BadAttribute, from_attributes, from_trial, of_trial
from search.study.begun import settings_of
from search.study.checking import checked
from search.study.databases import open_storage
from search.study.folder import StudyFolder
from search.study.locks import is_taken
from search.study.owners import Owner
from search.study.storage import Storage
from space.layers import InvalidDesign


class NoStudy(UserError):
    """An error: the database has no study of that name."""


def record(trial: FrozenTrial, objective: Objective, finals: Mapping[str, list[float]] | None = None) -> TrialRecord:
    """Return what results/ has of an Optuna trial. finals: of the study, by trial."""
    again = (finals or {}).get(str(trial.number), ())
    with of_trial(trial.number):
        stored = from_attributes(trial.user_attrs)
        recipe = stored.recipe
    parameters = stored.parameters or 0
    steps = sorted(trial.intermediate_values.items())
    for step, value in steps:
        if not 0 <= value <= 1 or step < 0:
            raise UserError(f"trial {trial.number} cannot be read: its score of epoch {step} is {value}; put it back")
    unfinished: Verdict = "running" if trial.state == TrialState.RUNNING else "waiting"
    return TrialRecord(
        trial=trial.number,
        verdict=stored.verdict or ("failed" if trial.state.is_finished() else unfinished),
        reason=stored.reason or "",
        origin=stored.origin or "sampler",
        notation=stored.notation or "",
        parameters=parameters,
        macs=stored.macs or 0,
        receptive_field=stored.receptive_field or 0,
        recipe=recipe,
        fingerprint=stored.fingerprint or "",
        score=stored.score,
        accuracies=tuple(value for step, value in steps if step != SCREENING),
        screened=trial.intermediate_values.get(SCREENING),
        training_accuracies=stored.training_accuracies or (),
        losses=stored.losses or (),
        seconds=(stored.screening_seconds or 0.0) + (stored.seconds or 0.0),
        screening_seconds=stored.screening_seconds or 0.0,
        finished=trial.datetime_complete.isoformat(timespec="seconds") if trial.datetime_complete else None,
        images=objective.images,
        drawn_from=objective.drawn_from,
        finals=tuple(again),
        merit=0.0 if stored.score is None else objective.merit(fmean(again) if again else stored.score, parameters),
        weights_sha256=stored.weights_sha256 or "",
        of_budget=objective.met_by(trial.number, parameters),
    )


def read_records(folder: StudyFolder) -> list[TrialRecord]:
    """Read every trial of the study, in order; the study need not be at rest. One that a killed search left waits.

    Raises:
        UserError: The database cannot be opened or has no such study.
    """
    with opened(folder) as (storage, study):
        stored = checked(study.user_attrs, of=folder.name)
        if "settings" not in stored:  # it has not begun
            return []
        objective, finals = objective_of(stored["settings"]), stored.get("finals", {})
        records = [record(trial, objective, finals) for trial in storage.read_trials(study_id(study), whole=False)]
        begun = [one.trial for one in records if one.verdict == "running"]
        left = set(begun) - (_in_training(folder, storage, study, begun) if begun else set())
    return [replace(one, verdict="waiting") if one.trial in left else one for one in records]


def _in_training(folder: StudyFolder, storage: Storage, study: optuna.Study, begun: Sequence[int]) -> set[int]:
    """Name those of the trials that somebody trains at this moment, and not a search that was killed, as far as one
    look shows it: at who keeps the folder, or at the leases on the server that keeps the study."""
    if not folder.storage:
        return set(begun) if is_taken(folder.path) else set()
    me = Owner.this_process()
    leases = {
        trial.number: from_trial(trial).lease
        for trial in storage.read_trials(study_id(study), whole=True, numbers=begun)
    }
    return {number for number, lease in leases.items() if lease and lease.lives(me)}


def check_network(record: TrialRecord) -> None:
    """Raise UserError, which names trial and attribute, where the network is not what is said of it: not checked of
    every trial that is read, which would take seconds of thousands."""
    with of_trial(record.trial):
        try:
            network = record.design.architecture
        except InvalidDesign:
            raise BadAttribute("notation", "is no network", record.notation) from None
        for name, stored, own in (
            ("parameters", record.parameters, network.parameters),
            ("multiply-adds", record.macs, network.macs),
            ("receptive field", record.receptive_field, network.receptive_field),
        ):
            if stored != own:
                raise BadAttribute(name, f"is not the {own:,} of its network", stored)


def objective_of(settings: dict[str, Any]) -> Objective:
    """Return what a study ranks its trials by; settings: its own, as `read_settings` gives them."""
    target = settings["target"] if settings["minimize_parameters"] else None
    images, budgets = stored_images(settings), tuple(settings.get("budgets", ()))
    return Objective.on(images, target=target, budget=settings["budget"][0], budgets=budgets)


def read_settings(folder: StudyFolder) -> dict[str, Any]:
    """Read what `Settings.from_json` takes of the study; raise UserError as `read_records` does."""
    with opened(folder) as (_, study):
        stored = checked(study.user_attrs, of=folder.name)
        if "settings" not in stored:
            raise UserError(f"study {folder.name} has not begun; begin it with `run()`")
        return stored["settings"] | {"study": folder.name}  # its folder may have been renamed


@contextlib.contextmanager
def opened(folder: StudyFolder) -> Iterator[tuple[Storage, optuna.Study]]:
    """Open its database, and the study in it; raise UserError as `read_records` does."""
    storage = open_storage(folder)
    try:
        try:
            study = optuna.load_study(study_name=folder.name, storage=storage)
        except KeyError:
            if not folder.storage and folder.settings_file.exists():  # it was stopped before its first trial
                again = settings_of(folder)["command"]
                raise NoStudy(f"study {folder.name} has no trial yet; go on with it: {again}") from None
            raise NoStudy(f"there is no study {folder.name} in {folder.place}") from None
        yield storage, study
    finally:
        storage.close()
