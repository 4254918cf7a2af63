"""The study in its database: what is asked and what is told."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial, TrialState

from results.findings.plateau import trainings_in_vain
from results.findings.records import TrialRecord, Verdict
from search.proposals.drawing import Preference, draw
from search.proposals.optuna_private import trial_id
from search.proposals.pruning import SCREENING
from search.proposals.samplers import distributions, make_sampler
from search.settings import Settings
from search.study.attributes import Attributes, from_trial, of_design, of_end, to_attributes
from search.study.claims import Claims, TakenOver
from search.study.databases import open_storage
from search.study.folder import StudyFolder
from search.study.judge import Judge
from search.study.leases import Watch
from search.study.ledger import Ledger
from search.study.opening import SAMPLED_FROM, constrain, open_study
from search.study.owners import Owner
from search.study.patience import Patience
from search.study.reading import record
from search.study.tally import Tally
from space.design import Budget, Design
from train.scores import EpochScore, score_of

if TYPE_CHECKING:
    from search.proposals.referee import Ruling  # which loads torch; reading a study does not need it

_PROPOSALS = 8  # of which one may be preferred


class Store:
    """One study, seen from one of its coordinators.

    Attributes:
        claims: The trials that this coordinator trains.
        ledger: What the study's folder has of told trials beside the database.
        judge: Says which trials go on.
        elsewhere: Trials that other coordinators were training when the study was last looked at.
        next_trial: The number of the trial that is asked for next; all_asked: whether none waits, so that it is new.
        tally: What has become of the study's trials, of all coordinators.
    """

    def __init__(self, folder: StudyFolder, settings: Settings, patience: Patience | None = None) -> None:
        self.settings = settings
        self.patience = patience or Patience()
        self.elsewhere = 0
        self._only_coordinator = folder.storage is None
        self._settled = 0  # all trials before this one have ended
        self._distributions = distributions(settings)
        self._storage = open_storage(folder, self.patience)
        self.claims = Claims(self._storage, Owner.this_process())
        self._watch = Watch(self.claims.owner)
        if settings.deterministic:
            self._storage.claim(settings.study)
        with self._storage.exclusive(settings.study):
            self.study = open_study(self._storage, settings, folder)
        self.tally = Tally(settings.target, since=self.study.user_attrs.get(SAMPLED_FROM, 0))
        self.judge = Judge(self.study, settings)
        self._finals: dict[str, list[float]] = self.study.user_attrs.get("finals", {})
        self.ledger = Ledger(folder)
        self.refresh()
        self.ledger.catch_up(self.tally.ended, self.study)
        self.repair()

    def close(self) -> None:
        """Let go of the database."""
        self._storage.close()

    @property
    def records(self) -> list[TrialRecord]:
        """Return all trials, in order."""
        self._finals = self.study.user_attrs.get("finals", {})
        return [
            record(trial, self.settings.objective, self._finals) for trial in self.study.get_trials(deepcopy=False)
        ]

    @property
    def unfinished(self) -> list[int]:
        """Return the trials that wait or train."""
        return [trial.number for trial in self.study.get_trials(deepcopy=False) if not trial.state.is_finished()]

    @property
    def next_budget(self) -> Budget:
        """Return what the network that is proposed next may cost."""
        return self._budget_for(self.next_trial)

    def _budget_for(self, trial: int) -> Budget:
        """Return what a new proposal may cost: where the smallest network is sought, fewer parameters than the second
        smallest that reached the target, so that one training's luck closes no way, if any has so few."""
        budget = self.settings.budget_for(trial)
        if self.settings.minimize_parameters and len(self.tally.smallest) == 2:
            fewest = self.settings.least_parameters
            return replace(budget, parameters=max(fewest, self.tally.smallest[1] - 1))
        return budget

    @property
    def exhausted(self) -> bool:
        """Say whether as many whole trainings in a row as `patience` says brought nothing."""
        return self.settings.patience is not None and self.in_vain >= self.settings.patience

    @property
    def in_vain(self) -> int:
        """Count the whole trainings, in the trials' order, since the last that brought something beyond noise."""
        objective = self.settings.objective
        told = sorted(self.tally.trained.items())
        merits = ((n, one.score, objective.merit(one.score, one.parameters)) for n, one in told)
        return trainings_in_vain(((s, m, objective.of_budget(n) or 0) for n, s, m in merits), objective.images)

    def budget(self, trial: Trial) -> Budget:
        """Return what the trial's network may cost, also when it was queued again under a smaller budget."""
        parameters = from_trial(trial).budget
        allowed = self._budget_for(trial.number)
        return allowed if parameters is None else replace(allowed, parameters=parameters)

    def store_finals(self, scores: dict[int, list[float]]) -> None:
        """Write the scores of the finals down, by trial; first beside the database, which is put right by that."""
        self.ledger.enter_finals(scores)
        self.study.set_user_attr("finals", scores)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Be alone among the study's coordinators, with what they did taken notice of at the start."""
        with self._storage.exclusive(self.settings.study):
            self.refresh()
            yield

    def refresh(self) -> list[int]:
        """Take notice of what other coordinators did; return our trials that are no longer ours; raise Claimed where
        the study is deterministic and another search took it while the database was away."""
        self._storage.keep_claim()
        trials, ours = self.study.get_trials(deepcopy=False), self.claims.numbers
        self.elsewhere = 0
        while self._settled in self.tally.ended:
            self._settled += 1
        waiting = (trial.number for trial in trials[self._settled :] if trial.state == TrialState.WAITING)
        self.next_trial = next(waiting, len(trials))
        self.all_asked = self.next_trial == len(trials)
        for trial in trials[self._settled :]:
            if trial.number in self.tally.ended or trial.number in ours:
                continue
            if trial.state.is_finished():
                self.tally.add(record(trial, self.settings.objective, self._finals))
            elif trial.state == TrialState.RUNNING:
                self.elsewhere += 1
                if fingerprint := from_trial(trial).fingerprint:
                    self.tally.first_with(fingerprint, trial.number)
        return [number for number in ours if not self.claims.holds(trials[number])]

    def repair(self) -> list[str]:
        """Queue the trials again whose coordinator is gone; return a line on each."""
        running, ours = (TrialState.RUNNING,), self.claims.numbers
        trials = self.study.get_trials(deepcopy=False, states=running)
        leases = {trial.number: from_trial(trial).lease for trial in trials if trial.number not in ours}
        dead = list(leases) if self._only_coordinator else self._watch.dead(leases)
        if not dead:
            return []
        lines = []
        with self.exclusive():
            for trial in self.study.get_trials(deepcopy=False, states=running):
                lease = from_trial(trial).lease
                if trial.number in dead and lease == leases[trial.number]:
                    self._storage.set_trial_state_values(trial_id(trial), TrialState.WAITING)
                    who = f"process {lease.owner.process} on {lease.owner.host}" if lease else "what trained it"
                    lines.append(f"trial {trial.number} is queued again: {who} is gone")
            self.refresh()
        return lines

    def ask(self, prefer: Preference | None = None) -> Trial:
        """Return the next proposal, leased to us, one that waits or a new one; to be called in `exclusive`.

        prefer: Says which of several new ones it shall be.
        """
        self.study.sampler, *others = (
            make_sampler(self.settings, trial=self.next_trial, proposal=number)
            for number in range(_PROPOSALS if prefer else 1)
        )
        with self._storage.syncing.later():
            asked = self.study.ask()
            values = draw(self.study, asked, self._distributions, others=others, prefer=prefer)
            self._storage.add_params(trial_id(asked), values, self._distributions)
            trial = Trial(self.study, trial_id(asked))
            self.claims.take(trial)
        return trial

    def requeue(self, trial: Trial) -> None:
        """Put a trial of ours that was interrupted back into the queue, with its number and values."""
        if self.claims.holds(self._stored(trial)):
            self._storage.set_trial_state_values(trial_id(trial), TrialState.WAITING)
        self.claims.release(trial)

    def _stored(self, trial: Trial) -> FrozenTrial:
        return self._storage.get_trial(trial_id(trial))

    def describe(self, trial: Trial, design: Design, ruling: "Ruling") -> None:
        """Write down on the trial what it is, in words that the dashboard shows."""
        described = of_design(design, parameters=ruling.parameters, budget=ruling.budget.parameters)
        with self._storage.syncing.later():
            constrain(self._storage, trial, ruling.excess)
        self._storage.annotate(trial_id(trial), to_attributes(described))

    def equal_trial(self, design: Design, trial: int) -> int | None:
        """Return another trial of an equal design, trained or in training; None where this one is the first."""
        first = self.tally.first_with(design.fingerprint, trial)
        return None if first == trial else first

    def report(self, trial: Trial, score: EpochScore) -> bool:
        """Write the score of an epoch down; false where it is there already, of a trial that was queued again.

        Raises:
            TakenOver: The trial is another coordinator's by now.
        """
        if score.epoch in self.claims.check(trial).intermediate_values:
            return False
        self._report(trial, score.accuracy, step=score.epoch)
        return True

    def screen(self, trial: Trial, curve: list[EpochScore]) -> None:
        """Write the score of the trial's short training down: the mean held-out accuracy over the share of last
        epochs that counts at the end. The whole one begins with its first epoch, and with no worker killed.

        Raises:
            TakenOver: The trial is another coordinator's by now.
        """
        self.claims.check(trial)
        score = score_of(curve, max(1, round(self.settings.last_epochs * len(curve) / self.settings.epochs)))
        self._storage.annotate(
            trial_id(trial), to_attributes(Attributes(screening_seconds=sum(epoch.seconds for epoch in curve)))
        )
        self._report(trial, score, step=SCREENING)
        self.claims.renew(trial, epoch=0, deaths=0)

    def _report(self, trial: Trial, score: float, *, step: int) -> None:
        try:
            with self._storage.syncing.later():
                trial.report(score, step=step)
        except UpdateFinishedTrialError:  # between the look and the report, while the database was away
            raise TakenOver.by_another(trial) from None

    def tell(
        self,
        trial: Trial,
        verdict: Verdict,
        curve: list[EpochScore],
        *,
        reason: str = "",
        teach: bool = True,
        weights_sha256: str = "",
    ) -> TrialRecord:
        """End the trial. The sampler learns a score from a trained one, the last epoch from a pruned one, the
        excess over the budget from a rejected one, and nothing from a failed one or without `teach`.

        Raises:
            TakenOver: The trial is another coordinator's by now, or the total is full without it.
            OSError: What it was told with cannot be written down beside the database, which has it.
        """
        with self.exclusive():
            parameters = from_trial(self.claims.check(trial)).parameters or 0
            if verdict != "rejected" and self.tally.done >= self.settings.trials:
                self.requeue(trial)
                raise TakenOver(f"trial {trial.number} is one more than the total, and waits")
            score = score_of(curve, self.settings.last_epochs) if verdict == "trained" else None
            ended = of_end(verdict, curve, reason=reason, score=score, weights_sha256=weights_sha256)
            told = self._tell(trial, ended, parameters, teach)
            known = record(told, self.settings.objective)
            self.tally.add(known)  # the database has it, whether the ledger takes it or not
            self.ledger.enter(told)
        self.claims.release(trial)
        return known

    def _tell(self, trial: Trial, ended: Attributes, parameters: int, teach: bool) -> FrozenTrial:
        value = None if ended.score is None else self.settings.objective.merit(ended.score, parameters)
        with self._storage.syncing.later():
            self._storage.annotate(trial_id(trial), to_attributes(ended))
        states = {"trained": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "rejected": TrialState.PRUNED}
        state = states.get(ended.verdict or "", TrialState.FAIL)
        try:
            return self.study.tell(trial, value, state=state if teach else TrialState.FAIL)  # of which none learns
        except UpdateFinishedTrialError:  # the server went away before it could say that it had taken the result
            return self._stored(trial)
