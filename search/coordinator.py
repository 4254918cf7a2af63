"""The coordinator: asks, refers, dispatches, prunes and tells; it alone touches the database."""

import time
from collections import Counter
from dataclasses import dataclass, field

from optuna.trial import Trial

from results.records import Verdict
from search.executor import ProcessExecutor
from search.folder import StudyFolder
from search.messages import Ended, Event, Job, Lost, Noted, Scored, Trained
from search.progress import View
from search.referee import rule
from search.settings import Settings
from search.status import Running, Status
from search.stopping import Stop
from search.store import Store
from space.design import Design
from space.encoding import design_from
from train.scores import EpochScore

_TICK = 0.25  # seconds between looks at the clock and at signals
_LIVES = 3  # workers that a trial may kill in one epoch before it is told as failed
_PATIENCE = 5_000  # rejected proposals in a row before the search gives up


class NothingFits(RuntimeError):
    """The sampler proposes nothing that may be trained."""


@dataclass(slots=True)
class _Running:
    """A trial in training, with the scores of its epochs so far."""

    trial: Trial
    design: Design
    curve: list[EpochScore] = field(default_factory=list)
    deaths: int = 0


class Coordinator:
    """Runs a search until its total is reached, its time is over or it is asked to stop."""

    def __init__(
        self,
        settings: Settings,
        *,
        folder: StudyFolder,
        store: Store,
        executor: ProcessExecutor,
        view: View,
        stop: Stop,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.store = store
        self.executor = executor
        self.view = view
        self.stop = stop
        self._running: dict[int, _Running] = {}
        self._began = time.monotonic()
        self._first_epoch = 0.0  # when it ended, on the clock of `_began`; workers take seconds to start
        self._epochs_trained = 0
        self._rejected_in_a_row = 0

    def run(self) -> None:
        """Searches. Trials that are in training when it ends early go back to the queue.

        Raises:
            NothingFits: No proposal was inside the budget for a long time.
        """
        try:
            while not self._over:
                self._fill()
                if not self._running and self.store.done >= self.settings.trials:
                    break
                self.view.update(self.status())
                for event in self.executor.events(_TICK):
                    self._handle(event)
        finally:
            for running in self._running.values():
                self.store.requeue(running.trial)
            self.executor.close()

    @property
    def _over(self) -> bool:
        timeout = self.settings.timeout
        return self.stop.requested or (timeout is not None and time.monotonic() - self._began >= timeout)

    def _fill(self) -> None:
        """Gives every free worker a trial, as far as the total allows."""
        while self.executor.free and self.store.done + len(self._running) < self.settings.trials and not self._over:
            self._propose()

    def _propose(self) -> None:
        settings = self.settings
        trial = self.store.ask()
        design = design_from(trial.params, sampling=settings.sampling, budget=settings.budget, epochs=settings.epochs)
        ruling = rule(design.architecture, settings.budget)
        self.store.describe(trial, design, ruling)
        if not ruling.allowed:
            self._reject(trial, ruling.reason(settings.budget))
        elif (twin := self.store.twin(design, trial.number)) is not None:
            self._reject(trial, f"the same design as trial {twin}", teach=False)
        else:
            self._rejected_in_a_row = 0
            self._running[trial.number] = _Running(trial, design)
            self._submit(trial.number)

    def _reject(self, trial: Trial, reason: str, *, teach: bool = True) -> None:
        self.view.ended(self.store.tell(trial, "rejected", [], reason=reason, teach=teach))
        self._rejected_in_a_row += 1
        if self._rejected_in_a_row >= _PATIENCE:
            raise NothingFits(
                f"{_PATIENCE:,} proposals in a row were rejected, the last: {reason}; "
                f"raise --budget or use --sampling inside"
            )

    def _submit(self, trial: int) -> None:
        running = self._running[trial]
        running.curve.clear()
        self.executor.submit(
            Job(
                trial=trial,
                design=running.design,
                seed=self.settings.seed,
                weights=self.folder.weights_file(trial).absolute(),
                checkpoints=self.folder.checkpoint_folder(trial).absolute(),
            )
        )

    def _handle(self, event: Event) -> None:
        running = self._running.get(event.trial)
        if running is None:
            return
        match event:
            case Scored(trial, score):
                running.curve.append(score)
                self._first_epoch = self._first_epoch or time.monotonic()
                if self.store.report(running.trial, score):
                    self._epochs_trained += 1
                    running.deaths = 0
                if self.store.hopeless(running.trial, score):
                    self.executor.stop(trial)
                    self._end(running, "pruned", f"below other trials after epoch {score.epoch}")
                elif score.epoch < self.settings.epochs:
                    self.executor.proceed(trial)
            case Noted(trial, text):
                self.view.noted(f"trial {trial}: {text}")
            case Trained():
                self._end(running, "trained")
            case Ended(_, diverged, reason):
                self._end(running, "pruned" if diverged else "failed", reason)
            case Lost(trial, reason):
                running.deaths += 1
                if running.deaths >= _LIVES:
                    self._end(running, "failed", f"{reason}, {_LIVES} times")
                else:
                    self._submit(trial)

    def _end(self, running: _Running, verdict: Verdict, reason: str = "") -> None:
        del self._running[running.trial.number]
        self.view.ended(self.store.tell(running.trial, verdict, running.curve, reason=reason))
        self.folder.drop_checkpoints(but=self.store.unfinished)

    def status(self) -> Status:
        settings = self.settings
        elapsed = time.monotonic() - self._began
        return Status(
            study=settings.study,
            dataset=settings.source.name,
            budget=settings.budget.parameters,
            trials=settings.trials,
            epochs=settings.epochs,
            target=settings.target,
            counts=Counter(self.store.counts),
            running=tuple(
                Running(
                    trial=number,
                    notation=running.design.architecture.notation,
                    parameters=running.design.architecture.parameters,
                    epoch=len(running.curve),
                    accuracy=running.curve[-1].accuracy if running.curve else None,
                )
                for number, running in sorted(self._running.items())
            ),
            best=self.store.best,
            elapsed=elapsed,
            left=self._seconds_left(elapsed),
        )

    def _seconds_left(self, elapsed: float) -> float | None:
        """From the epochs a second since the first, as if every trial to come ran its full length."""
        if self._epochs_trained < 2 * self.executor.size:
            return None
        under_way = sum(self.settings.epochs - len(running.curve) for running in self._running.values())
        to_come = max(0, self.settings.trials - self.store.done - len(self._running)) * self.settings.epochs
        pace = (time.monotonic() - self._first_epoch) / (self._epochs_trained - 1)
        left = (under_way + to_come) * pace
        return left if self.settings.timeout is None else min(left, self.settings.timeout - elapsed)
