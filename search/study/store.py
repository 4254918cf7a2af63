"""The study in its database: what is asked and what is told."""

import contextlib
import json
import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial, TrialState

from results.findings.records import TrialRecord, Verdict, best, finished
from search.errors import UserError
from search.proposals.samplers import distributions, make_pruner, make_sampler
from search.proposals.warm_starts import warm_starts
from search.settings import Settings
from search.study import begun
from search.study.folder import StudyFolder, check_same
from search.study.leases import BEAT_SECONDS, Lease, Watch
from search.study.owners import Owner
from search.study.patience import Patience
from search.study.reading import SCREENING, record
from search.study.storage import open_storage
from space.choices.sizing import narrowest
from space.design import Budget, Design
from train.scores import EpochScore, held_score

if TYPE_CHECKING:
    from search.proposals.referee import Ruling  # which loads torch; reading a study does not need it


PROMOTED = 0.25  # share of the screened designs that are trained whole


class TakenOver(RuntimeError):
    """A trial is no longer this coordinator's: another took it for dead, or the total is full without it."""


class Store:
    """One study, seen from one of its coordinators.

    Attributes:
        best: The best trial so far; `counts`: how many ended in which way, of all coordinators.
        seconds: Training of all trained trials, their screening included.
        elsewhere: Trials that other coordinators were training when the study was last looked at.
    """

    def __init__(self, folder: StudyFolder, settings: Settings, patience: Patience | None = None) -> None:
        self.settings = settings
        self.patience = patience or Patience()
        self.best: TrialRecord | None = None
        self.counts: Counter[Verdict] = Counter()
        self.seconds = 0.0
        self.elsewhere = 0
        self._holding: list[int] = []  # parameters of the two smallest networks that held the target
        self._alone = folder.storage is None
        self._me = Owner.this_process()
        self._watch = Watch(self._me)
        self._leases: dict[int, Lease] = {}  # of our trials, as they are in the database
        self._renewed: dict[int, float] = {}  # when, on the monotonic clock
        self._known: set[int] = set()  # trials that have ended
        self._settled = 0  # all before this one have
        self._next = 0  # the trial that is asked for next
        self._fingerprints: dict[str, int] = {}
        self._distributions = distributions(settings.space, settings.sampling)
        self._storage = open_storage(folder, self.patience)
        if settings.deterministic and not self._storage.claim(settings.study):
            raise UserError(
                f"study {settings.study} is deterministic and is being searched by another process; "
                f"such a study takes one at a time: wait for it, or name another with `study`"
            )
        with self._storage.exclusive(settings.study):
            self.study = optuna.create_study(
                storage=self._storage,
                study_name=settings.study,
                direction="maximize",
                load_if_exists=True,
                pruner=make_pruner(settings.pruner, epochs=settings.epochs),
            )
            self._begin(folder)
        self.refresh()
        self.repair()

    def _begin(self, folder: StudyFolder) -> None:
        attributes = self.study.user_attrs
        check_same(self.settings.study, attributes.get("identity", self.settings.identity), self.settings.identity)
        if not attributes.get("begun"):
            self.study.set_user_attr("identity", self.settings.identity)
            self._warm_start()
            self.study.set_user_attr("begun", True)
        if attributes.get("settings") != self.settings.to_json():
            self.study.set_user_attr("settings", self.settings.to_json())
        if begun.ATTRIBUTE not in attributes and (facts := begun.facts(folder.settings_file)):
            self.study.set_user_attr(begun.ATTRIBUTE, facts)

    def close(self) -> None:
        self._storage.close()

    @property
    def records(self) -> list[TrialRecord]:
        """All trials, in order."""
        finals = self.study.user_attrs.get("finals", {})
        return [record(trial, self.settings.objective, finals) for trial in self.study.get_trials(deepcopy=False)]

    @property
    def most_parameters(self) -> int:
        """Of new proposals. Where the smallest network is sought, fewer than the second smallest has that held the
        target, so that one training's luck closes no way; never so few that no network meets it."""
        if self.settings.minimize_parameters and len(self._holding) == 2:
            return max(narrowest().parameters, self._holding[1] - 1)
        return self.settings.budget.parameters

    def budget(self, trial: Trial) -> Budget:
        """What the trial's network may cost, also when the trial was queued again under a smaller budget."""
        parameters = trial.user_attrs.get("budget", self.most_parameters)
        return replace(self.settings.budget, parameters=parameters)

    def keep_finals(self, scores: dict[int, list[float]]) -> None:
        """Writes the scores of the finals down, by trial."""
        self.study.set_user_attr("finals", scores)

    @property
    def done(self) -> int:
        """Trials that count towards the total."""
        return finished(self.counts)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Alone among the study's coordinators, with what they did taken notice of at the start."""
        with self._storage.exclusive(self.settings.study):
            self.refresh()
            yield

    def refresh(self) -> list[int]:
        """Takes notice of what other coordinators did; returns our trials that are no longer ours."""
        trials = self.study.get_trials(deepcopy=False)
        self.elsewhere = 0
        while self._settled in self._known:
            self._settled += 1
        waiting = (trial.number for trial in trials[self._settled :] if trial.state == TrialState.WAITING)
        self._next = next(waiting, len(trials))
        for trial in trials[self._settled :]:
            if trial.number in self._known or trial.number in self._leases:
                continue
            if trial.state.is_finished():
                self._remember(record(trial, self.settings.objective))
            elif trial.state == TrialState.RUNNING:
                self.elsewhere += 1
                if fingerprint := trial.user_attrs.get("fingerprint"):
                    self._fingerprints.setdefault(fingerprint, trial.number)
        return [number for number in self._leases if not self._ours(trials[number])]

    def repair(self) -> list[str]:
        """Queues the trials again whose coordinator is gone; returns a line on each."""
        found = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        leases = {t.number: _lease(t) for t in found if t.number not in self._leases}
        dead = list(leases) if self._alone else self._watch.dead(leases)
        if not dead:
            return []
        lines = []
        with self.exclusive():
            for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                lease = _lease(trial)
                if trial.number in dead and lease == leases[trial.number]:
                    self._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
                    who = f"process {lease.owner.process} on {lease.owner.host}" if lease else "what trained it"
                    lines.append(f"trial {trial.number} is queued again: {who} is gone")
            self.refresh()
        return lines

    def ask(self) -> Trial:
        """The next proposal, leased to us: one that waits, or a new one from the sampler. To be called in
        `exclusive`."""
        chosen = self.settings
        self.study.sampler = make_sampler(
            chosen.sampler, seed=chosen.seed, trial=self._next, space=chosen.space, sampling=chosen.sampling
        )
        trial = self._with_values(self.study.ask())
        kept = Lease.from_json(trial.user_attrs.get("lease"))
        self._leases[trial.number] = Lease(self._me)
        self.renew(trial, epoch=kept.epoch if kept else 0, deaths=kept.deaths if kept else 0)
        return trial

    def _with_values(self, trial: Trial) -> Trial:
        """The trial with a value for each choice, as Optuna's own suggestions give it, written down at once."""
        frozen, fixed, values = self._storage.get_trial(trial._trial_id), trial._fixed_params, {}
        for name, distribution in self._distributions.items():
            if name in frozen.params:
                continue
            if name in fixed:
                values[name] = fixed[name]
            elif name in trial.relative_params:
                values[name] = trial.relative_params[name]
            else:
                values[name] = self.study.sampler.sample_independent(self.study, frozen, name, distribution)
        self._storage.add_params(trial._trial_id, values, self._distributions)
        return Trial(self.study, trial._trial_id)

    def renew(self, trial: Trial, *, epoch: int, deaths: int) -> None:
        """A sign of life, after an epoch of the trial or the death of its worker."""
        lease = self._leases[trial.number] = self._leases[trial.number].renewed(epoch=epoch, deaths=deaths)
        self._renewed[trial.number] = time.monotonic()
        with contextlib.suppress(UpdateFinishedTrialError):  # another's, and told; the next look finds that out
            trial.set_user_attr("lease", lease.to_json())

    def deaths(self, trial: Trial) -> int:
        """Workers that the trial has killed since its last epoch, whoever trained it."""
        return self._leases[trial.number].deaths

    def beat(self, trials: Iterable[Trial]) -> None:
        """A sign of life for those of our trials that had none for a while."""
        for trial in trials:
            if time.monotonic() - self._renewed[trial.number] >= BEAT_SECONDS:
                lease = self._leases[trial.number]
                self.renew(trial, epoch=lease.epoch, deaths=lease.deaths)

    def release(self, trial: Trial) -> None:
        """Gives up a trial that is no longer ours."""
        self._leases.pop(trial.number, None)

    def _ours(self, trial: FrozenTrial) -> bool:
        lease = _lease(trial)
        return trial.state == TrialState.RUNNING and lease is not None and lease.owner == self._me

    def _check_ours(self, trial: Trial) -> None:
        if not self._ours(self._storage.get_trial(trial._trial_id)):
            raise _taken_over(trial)

    def describe(self, trial: Trial, design: Design, ruling: "Ruling") -> None:
        """Keeps on the trial what it is, in words that the dashboard shows."""
        self._annotate(trial, self.attributes(design, ruling))
        stored = self.study._storage.get_trial_system_attrs(trial._trial_id)
        for name, over in ruling.excess.items():
            if f"constraints:{name}" not in stored:
                trial.set_constraint(name, over)
        # optuna-dashboard 0.21 greys infeasible trials by this older attribute only; it can go once it
        # reads Trial.set_constraint's.
        self.study._storage.set_trial_system_attr(
            trial._trial_id, "constraints", [float(over) for over in ruling.excess.values()]
        )

    def _annotate(self, trial: Trial, attributes: dict[str, Any]) -> None:
        kept = self._storage.get_trial(trial._trial_id).user_attrs
        for name in attributes.keys() & kept.keys():
            if kept[name] != attributes[name]:
                trial.set_user_attr(name, attributes[name])
        new = {name: value for name, value in attributes.items() if name not in kept}
        self._storage.add_user_attrs(trial._trial_id, new)

    def attributes(self, design: Design, ruling: "Ruling") -> dict[str, Any]:
        architecture = design.architecture
        return {
            "notation": architecture.notation,
            "parameters": ruling.parameters,
            "budget": ruling.budget.parameters,
            "multiply-adds": architecture.macs,
            "receptive field": architecture.receptive_field,
            "recipe": design.recipe.describe(),
            "recipe json": json.dumps(design.recipe.to_json()),
            "fingerprint": design.fingerprint,
        }

    def twin(self, design: Design, trial: int) -> int | None:
        """Another trial of an equal design, trained or in training; this trial from now on otherwise."""
        twin = self._fingerprints.setdefault(design.fingerprint, trial)
        return None if twin == trial else twin

    def report(self, trial: Trial, score: EpochScore) -> bool:
        """Keeps the score of an epoch; false where it is kept already, of a trial that was queued again.

        Raises:
            TakenOver: The trial is another coordinator's by now.
        """
        kept = self._storage.get_trial(trial._trial_id)
        if not self._ours(kept):
            raise _taken_over(trial)
        if score.epoch in kept.intermediate_values:
            return False
        self._report(trial, score.accuracy, step=score.epoch)
        return True

    def screen(self, trial: Trial, curve: list[EpochScore]) -> None:
        """Keeps the score of the trial's short training: the mean held-out accuracy over the share of last epochs
        that counts at the end.

        Raises:
            TakenOver: The trial is another coordinator's by now.
        """
        self._check_ours(trial)
        score = held_score(curve, max(1, round(self.settings.hold * len(curve) / self.settings.epochs)))
        self._annotate(trial, {"screening seconds": sum(epoch.seconds for epoch in curve)})
        self._report(trial, score, step=SCREENING)

    def _report(self, trial: Trial, score: float, *, step: int) -> None:
        try:
            trial.report(score, step=step)
        except UpdateFinishedTrialError:  # between the look and the report, while the database was away
            raise _taken_over(trial) from None

    def screened(self, trial: Trial) -> bool:
        """Whether the trial's short training is over, here or before an interruption."""
        return SCREENING in self._storage.get_trial(trial._trial_id).intermediate_values

    def promoted(self, trial: Trial, *, known: int | None) -> bool:
        """Whether the trial's short training was among the best quarter of the first `known` trials, or of all
        (asynchronous successive halving, Li et al., arXiv 1810.05934, with a schedule of its own for each rung).
        Where the smallest network is sought, among networks no larger than its own. A trial whose whole training has
        begun was promoted then."""
        kept = self._storage.get_trial(trial._trial_id)
        if len(kept.intermediate_values) > 1:
            return True
        score = kept.intermediate_values[SCREENING]
        others = [
            other.intermediate_values[SCREENING]
            for other in self._fellows(kept, known).get_trials(deepcopy=False)
            if SCREENING in other.intermediate_values and other.number != trial.number
        ]
        return sum(other > score for other in others) < math.ceil((len(others) + 1) * PROMOTED)

    def _fellows(self, trial: FrozenTrial, known: int | None) -> "_Fellows":
        """Those that a trial is judged against."""
        most = trial.user_attrs["parameters"] if self.settings.minimize_parameters else math.inf
        return _Fellows(self.study, math.inf if known is None else known, most)

    def hopeless(self, trial: Trial, score: EpochScore, *, known: int | None) -> bool:
        """Whether the pruner would end the trial after this epoch, judged by the first `known` trials alone, or by
        all; where the smallest network is sought, by networks no larger than its own. Epochs that were scored before
        an interruption were judged then, but for the last."""
        kept = self.study._storage.get_trial(trial._trial_id)
        if score.epoch >= self.settings.epochs or kept.last_step != score.epoch:
            return False
        return self.study.pruner.prune(self._fellows(kept, known), kept)

    @property
    def unfinished(self) -> list[int]:
        """Trials that wait or train."""
        return [trial.number for trial in self.study.get_trials(deepcopy=False) if not trial.state.is_finished()]

    def tell(
        self, trial: Trial, verdict: Verdict, curve: list[EpochScore], *, reason: str = "", teach: bool = True
    ) -> TrialRecord:
        """Ends the trial. The sampler learns a score from a trained one, the last epoch from a pruned one, the
        excess over the budget from a rejected one, and nothing from a failed one or without `teach`.

        Raises:
            TakenOver: The trial is another coordinator's by now, or the total is full without it.
        """
        with self.exclusive():
            self._check_ours(trial)
            if verdict != "rejected" and self.done >= self.settings.trials:
                self.requeue(trial)
                raise TakenOver(f"trial {trial.number} is one more than the total, and waits")
            kept = self._tell(trial, verdict, curve, reason, teach)
        self.release(trial)
        self._remember(kept)
        return kept

    def _tell(self, trial: Trial, verdict: Verdict, curve: list[EpochScore], reason: str, teach: bool) -> TrialRecord:
        attributes: dict[str, Any] = {"verdict": verdict}
        if reason:
            attributes["reason"] = reason
        if curve:
            attributes |= {
                "losses": [score.loss for score in curve],
                "training accuracies": [score.training_accuracy for score in curve],
                "seconds": sum(score.seconds for score in curve),
            }
        value = None
        if verdict == "trained":
            attributes["score"] = held_score(curve, self.settings.hold)
            parameters = self._storage.get_trial(trial._trial_id).user_attrs["parameters"]
            value = self.settings.objective.merit(attributes["score"], parameters)
        self._annotate(trial, attributes)
        states = {"trained": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "rejected": TrialState.PRUNED}
        state = states.get(verdict, TrialState.FAIL) if teach else TrialState.FAIL  # which samplers pass over
        # Where the server went away before it could say that it had taken the result, it has it already.
        with contextlib.suppress(UpdateFinishedTrialError):
            self.study.tell(trial, value, state=state)
        return record(self._storage.get_trial(trial._trial_id), self.settings.objective)

    def requeue(self, trial: Trial) -> None:
        """Puts a trial of ours that was interrupted back into the queue, its number and values kept."""
        if self._ours(self._storage.get_trial(trial._trial_id)):
            self._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
        self.release(trial)

    def _remember(self, kept: TrialRecord) -> None:
        self._known.add(kept.trial)
        self.counts[kept.verdict] += 1
        if kept.verdict != "rejected" and kept.fingerprint:
            self._fingerprints.setdefault(kept.fingerprint, kept.trial)
        self.seconds += kept.seconds if kept.verdict == "trained" else 0.0
        self.best = best([kept] if self.best is None else [self.best, kept])
        if (kept.score or 0.0) >= self.settings.target:
            self._holding = sorted([*self._holding, kept.parameters])[:2]

    def _warm_start(self) -> None:
        queued = {trial.user_attrs.get("origin") for trial in self.study.get_trials(deepcopy=False)}
        for name, values in warm_starts(self.settings):
            if name not in queued:  # by a start that was killed
                self.study.enqueue_trial(values, user_attrs={"origin": name})


class _Fellows(optuna.Study):
    """A study as it was when its first trials were told and no others, without networks above a size."""

    def __init__(self, study: optuna.Study, trials: float, most: float) -> None:
        self.__dict__.update(study.__dict__)
        self._first, self._most = trials, most

    def _get_trials(self, *args: Any, **options: Any) -> list[FrozenTrial]:
        return [
            trial
            for trial in super()._get_trials(*args, **options)
            if trial.number < self._first and trial.user_attrs.get("parameters", 0) <= self._most
        ]


def _taken_over(trial: Trial) -> TakenOver:
    return TakenOver(f"trial {trial.number} was taken over by another coordinator")


def _lease(trial: FrozenTrial) -> Lease | None:
    return Lease.from_json(trial.user_attrs.get("lease"))
