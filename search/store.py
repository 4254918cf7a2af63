"""The study in its database: what is asked, what is told, and the records that are read back."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.engine import Engine
from sqlalchemy.event import listens_for

from results.records import TrialRecord, Verdict, best
from search.folder import StudyFolder
from search.samplers import distributions, make_pruner, make_sampler
from search.settings import Settings
from search.status import finished
from space.design import Design
from space.encoding import values_of
from space.layers import InvalidDesign
from space.recipe import DEFAULT_RECIPE, Recipe
from space.references import REFERENCES, Reference
from train.scores import EpochScore, held_score

if TYPE_CHECKING:
    from search.referee import Ruling  # which loads torch; reading a study does not need it

_BUSY_SECONDS = 60  # how long a write waits for another process that holds the database


@listens_for(Engine, "connect")
def _write_ahead(connection: Any, _record: Any) -> None:
    """WAL mode, so that the dashboard reads while the search writes."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")


def open_storage(folder: StudyFolder) -> optuna.storages.RDBStorage:
    """The study's SQLite database."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.storages.RDBStorage(
        f"sqlite:///{folder.database}", engine_kwargs={"connect_args": {"timeout": _BUSY_SECONDS}}
    )


class Store:
    """One study, seen from its only coordinator."""

    def __init__(self, folder: StudyFolder, settings: Settings) -> None:
        self.settings = settings
        self.study = optuna.create_study(
            storage=open_storage(folder),
            study_name=settings.study,
            direction="maximize",
            load_if_exists=True,
            pruner=make_pruner(settings.pruner, epochs=settings.epochs),
        )
        self._distributions = distributions(settings.sampling)
        self._fingerprints: dict[str, int] = {}
        self.best: TrialRecord | None = None
        self.counts: Counter[Verdict] = Counter()
        for trial in self.study.get_trials(deepcopy=False):
            if trial.state == TrialState.RUNNING:
                self.requeue(trial)
            elif trial.state.is_finished():
                self._remember(record(trial))
        if not self.study.get_trials(deepcopy=False):
            self.study.set_user_attr("identity", settings.identity)
            self._warm_start()

    @property
    def done(self) -> int:
        """Trials that count towards the total."""
        return finished(self.counts)

    def ask(self) -> Trial:
        """The next proposal: one that waits, or a new one from the sampler."""
        number = len(self.study.get_trials(deepcopy=False))
        self.study.sampler = make_sampler(self.settings.sampler, seed=self.settings.seed, trial=number)
        return self.study.ask(fixed_distributions=self._distributions)

    def describe(self, trial: Trial, design: Design, ruling: "Ruling") -> None:
        """Keeps on the trial what it is, in words that the dashboard shows."""
        architecture = design.architecture
        attributes = {
            "notation": architecture.notation,
            "parameters": ruling.parameters,
            "budget": self.settings.budget.parameters,
            "multiply-adds": architecture.macs,
            "receptive field": architecture.receptive_field,
            "recipe": design.recipe.describe(),
            "recipe json": json.dumps(design.recipe.to_json()),
            "fingerprint": design.fingerprint,
        }
        for name, value in attributes.items():
            if trial.user_attrs.get(name) != value:
                trial.set_user_attr(name, value)
        stored = self.study._storage.get_trial_system_attrs(trial._trial_id)
        for name, over in ruling.excess.items():
            if f"constraints:{name}" not in stored:
                trial.set_constraint(name, over)
        # optuna-dashboard 0.21 greys infeasible trials by this older attribute only; it can go once it
        # reads Trial.set_constraint's.
        self.study._storage.set_trial_system_attr(
            trial._trial_id, "constraints", [float(over) for over in ruling.excess.values()]
        )

    def twin(self, design: Design, trial: int) -> int | None:
        """Another trial of an equal design, trained or in training; this trial from now on otherwise."""
        twin = self._fingerprints.setdefault(design.fingerprint, trial)
        return None if twin == trial else twin

    def report(self, trial: Trial, score: EpochScore) -> bool:
        """Keeps the score of an epoch; false where it is kept already, of a trial that was queued again."""
        if score.epoch in self.study._storage.get_trial(trial._trial_id).intermediate_values:
            return False
        trial.report(score.accuracy, step=score.epoch)
        return True

    def hopeless(self, trial: Trial, score: EpochScore, *, known: int | None) -> bool:
        """Whether the pruner would end the trial after this epoch, judged by the first `known` trials alone, or by
        all. Epochs that were scored before an interruption were judged then, but for the last."""
        kept = self.study._storage.get_trial(trial._trial_id)
        if score.epoch >= self.settings.epochs or kept.last_step != score.epoch:
            return False
        return self.study.pruner.prune(self.study if known is None else _First(self.study, known), kept)

    @property
    def unfinished(self) -> list[int]:
        """Trials that wait or train."""
        return [trial.number for trial in self.study.get_trials(deepcopy=False) if not trial.state.is_finished()]

    def tell(
        self, trial: Trial, verdict: Verdict, curve: list[EpochScore], *, reason: str = "", teach: bool = True
    ) -> TrialRecord:
        """Ends the trial. The sampler learns a score from a trained one, the last epoch from a pruned one, the
        excess over the budget from a rejected one, and nothing from a failed one or without `teach`."""
        attributes: dict[str, Any] = {"verdict": verdict}
        if reason:
            attributes["reason"] = reason
        if curve:
            attributes |= {
                "losses": [score.loss for score in curve],
                "training accuracies": [score.training_accuracy for score in curve],
                "seconds": sum(score.seconds for score in curve),
            }
        for name, value in attributes.items():
            trial.set_user_attr(name, value)
        score = held_score(curve, self.settings.hold) if verdict == "trained" else None
        states = {"trained": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "rejected": TrialState.PRUNED}
        state = states.get(verdict, TrialState.FAIL) if teach else TrialState.FAIL  # which samplers pass over
        kept = record(self.study.tell(trial, score, state=state))
        self._remember(kept)
        return kept

    def requeue(self, trial: Trial | FrozenTrial) -> None:
        """Puts a trial that was interrupted back into the queue, its number and values kept."""
        self.study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)

    def _remember(self, kept: TrialRecord) -> None:
        self.counts[kept.verdict] += 1
        if kept.verdict != "rejected" and kept.fingerprint:
            self._fingerprints.setdefault(kept.fingerprint, kept.trial)
        self.best = best([kept] if self.best is None else [self.best, kept])

    def _warm_start(self) -> None:
        if self.settings.warm_start == "none":
            return
        for name, values in warm_starts(self.settings):
            self.study.enqueue_trial(values, user_attrs={"origin": name})


class _First(optuna.Study):
    """A study as it was when its first trials were told and no others."""

    def __init__(self, study: optuna.Study, trials: int) -> None:
        self.__dict__.update(study.__dict__)
        self._first = trials

    def _get_trials(self, *args: Any, **options: Any) -> list[FrozenTrial]:
        return [trial for trial in super()._get_trials(*args, **options) if trial.number < self._first]


def warm_starts(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """The last step of each ladder that the space can express, under the name it is shown by: its network
    with the default recipe, and with its own where the network fits the budget as it is. Inside sampling
    scales widths down to the budget where they do not fit; plain sampling leaves such a network out."""
    finals: dict[str, Reference] = {}
    for reference in REFERENCES.values():
        ladder, fits = reference.name.split("/")[0], settings.budget.allows(reference.design.architecture)
        if reference.evidence == "saved run" and (fits or settings.sampling == "inside"):
            kept = finals.get(ladder)
            if fits or kept is None or not settings.budget.allows(kept.design.architecture):
                finals[ladder] = reference
    for own in (False, True):
        for reference in finals.values():
            fits = settings.budget.allows(reference.design.architecture)
            recipe = reference.recipe if own else DEFAULT_RECIPE
            if fits or not own:
                name = reference.name + ("" if fits else " scaled") + (" with its own recipe" if own else "")
                design = Design(reference.design.architecture, recipe)
                try:
                    yield name, values_of(design, sampling=settings.sampling, budget=settings.budget)
                except InvalidDesign:
                    continue  # the space does not express it


def record(trial: FrozenTrial) -> TrialRecord:
    """What results/ keeps of an Optuna trial."""
    attributes = trial.user_attrs
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
        parameters=attributes.get("parameters", 0),
        macs=attributes.get("multiply-adds", 0),
        receptive_field=attributes.get("receptive field", 0),
        recipe=Recipe.from_json(json.loads(recipe)) if recipe else None,
        fingerprint=attributes.get("fingerprint", ""),
        score=trial.value if verdict == "trained" else None,
        accuracies=tuple(value for _, value in steps),
        training_accuracies=tuple(attributes.get("training accuracies", ())),
        losses=tuple(attributes.get("losses", ())),
        seconds=attributes.get("seconds", 0.0),
        finished=trial.datetime_complete.isoformat(timespec="seconds") if trial.datetime_complete else None,
    )


def read_records(folder: StudyFolder) -> list[TrialRecord]:
    """Every trial of the study, in order; the study need not be at rest."""
    study = optuna.load_study(study_name=folder.name, storage=open_storage(folder))
    return [record(trial) for trial in study.get_trials(deepcopy=False)]
