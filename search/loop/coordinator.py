"""The coordinator: asks, refers, dispatches, prunes and tells; workers never touch the database."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from optuna.trial import Trial

from results.findings.records import Verdict
from search.errors import StorageAway
from search.loop.finals import count, trainings
from search.loop.status import Running, Status, View
from search.proposals.referee import rule
from search.settings import Settings
from search.study.folder import StudyFolder
from search.study.store import PROMOTED, Store, TakenOver
from search.workers.messages import LIVES, Ended, Event, Job, Lost, Noted, Scored, Trained, Unwritable
from search.workers.stopping import Stop
from space.choices.encoding import design_from
from space.design import Design
from train.scores import EpochScore

_TICK = 0.25  # seconds between looks at the clock and at signals
_LOOK_SECONDS = 1.0  # between looks at what other coordinators do
WINDOW = 8  # trials that a deterministic search asks for ahead of the first that is not told
_PATIENCE = 5_000  # rejected proposals in a row before the search gives up


class NothingFits(RuntimeError):
    """The sampler proposes nothing that may be trained."""


class CannotWrite(RuntimeError):
    """A file of the study cannot be written; one line that names it."""


class Executor(Protocol):
    """Workers that train a trial each, wherever they are; `events` waits for at most `timeout` seconds."""

    @property
    def size(self) -> int: ...

    @property
    def free(self) -> int: ...

    def submit(self, job: Job) -> None: ...

    def proceed(self, trial: int) -> None: ...

    def stop(self, trial: int) -> None: ...

    def events(self, timeout: float) -> Iterator[Event]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _End:
    """How a trial ended. teach: whether the sampler learns from it."""

    verdict: Verdict
    reason: str = ""
    teach: bool = True


@dataclass(slots=True)
class _Asked:
    """A trial that was asked for and not yet told, with the scores of its epochs so far. screening: epochs of the
    short training that it is in, 0 in the whole one."""

    trial: Trial
    design: Design
    screening: int = 0
    curve: list[EpochScore] = field(default_factory=list)
    deaths: int = 0
    dispatched: bool = False
    end: _End | None = None


class Coordinator:
    """Runs a search until its total is reached, its time is over or it is asked to stop.

    A trial is told when it ends, and another is asked for when a worker is free. In a deterministic search what
    is known when a trial is asked for must not depend on which trial ends first: trials are told in the order in
    which they were asked for, and one is told exactly when WINDOW are asked for and not told. So trial k is
    asked for when all before k - WINDOW + 1 are told and no others, and it is pruned against those alone.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        folder: StudyFolder,
        store: Store,
        executor: Executor,
        view: View,
        stop: Stop,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.store = store
        self.executor = executor
        self.view = view
        self.stop = stop
        self._asked: dict[int, _Asked] = {}  # in the order of asking
        self._given_up: dict[int, int] = {}  # trials of others by now that workers here are still at: their epochs
        self._looked = 0.0
        self._began = time.monotonic()
        self._first_epoch = 0.0  # when it ended, on the clock of `_began`; workers take seconds to start
        self._epochs_trained = 0
        self._rejected_in_a_row = 0

    def run(self) -> None:
        """Searches. Trials that are in training when it ends early go back to the queue.

        Raises:
            NothingFits: No proposal was inside the budget for a long time.
            StorageAway: The database could not be used; results that it did not take are in the study's folder.
            CannotWrite: The folder took no more.
        """
        try:
            while not self._over:
                self._look()
                self._advance()
                if not self._asked and self.store.done >= self.settings.trials:
                    break
                self.view.update(self.status())
                for event in self.executor.events(_TICK):
                    self._handle(event)
            self._tell_due()
        finally:
            self.executor.close()
            self._leave()

    def _leave(self) -> None:
        """Queues again what is not told; where the database is away, keeps what has ended in the folder."""
        patience, away = self.store.patience, False
        waited, patience.seconds = patience.seconds, 0
        for number, asked in self._asked.items():
            try:
                if not away:
                    self.store.requeue(asked.trial)
            except StorageAway:  # the next start finds the lease of a process that is gone
                away = True
            if away and asked.end:
                self._spool(number, asked, asked.end)
        patience.seconds = waited

    def _spool(self, number: int, asked: _Asked, end: _End) -> None:
        try:
            self.folder.spool(number, {"end": asdict(end), "curve": [asdict(score) for score in asked.curve]})
        except OSError as error:
            self.view.noted(f"the result of trial {number} cannot be kept ({error}); it goes on from its checkpoint")

    def _look(self) -> None:
        """Looks after our leases and those of coordinators that are gone."""
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        for number in self.store.refresh():
            asked = self._asked[number]
            if asked.dispatched and not asked.end:
                self._given_up[number] = asked.screening or self.settings.epochs
            self._drop(number, f"trial {number} was taken over by another coordinator")
        for line in self.store.repair():
            self.view.noted(line)
        self.store.beat(asked.trial for asked in self._asked.values())

    def _drop(self, number: int, why: str) -> None:
        """Leaves a trial to others; its worker is free when it has ended the epoch that it is in."""
        self.store.release(self._asked.pop(number).trial)
        self.view.noted(why)

    @property
    def _over(self) -> bool:
        timeout = self.settings.timeout
        return self.stop.requested or (
            timeout is not None and time.monotonic() - self._began >= timeout - self._finals_seconds()
        )

    def _finals_seconds(self) -> float:
        """What the finals of the trials so far would take."""
        counts = self.store.counts
        if not counts["trained"]:
            return 0.0
        done = {"trained": counts["trained"], "pruned": counts["pruned"], "seconds": self.store.seconds}
        held = trainings(count(self.settings, **done))
        return held * self.store.seconds / counts["trained"] / (self.settings.workers or 1)

    def _advance(self) -> None:
        """Tells and asks as far as the order allows, and gives every free worker a trial."""
        self._tell_due()
        while self._may_ask() and not self._over and self._propose():
            self._tell_due()
        for number, asked in self._asked.items():
            at_work_on_it = number in self._given_up  # a worker, which would be taken for the new one
            if self.executor.free and not asked.dispatched and not asked.end and not at_work_on_it:
                self._submit(number)

    def _tell_due(self) -> None:
        while (number := self._may_be_told()) is not None:
            self._tell(number)

    def _may_be_told(self) -> int | None:
        """A trial that has ended and whose turn it is."""
        ended = [number for number, asked in self._asked.items() if asked.end]
        if not self.settings.deterministic:
            return ended[0] if ended else None
        first = next(iter(self._asked), None)
        due = len(self._asked) == WINDOW or self._left <= 0
        return first if due and first in ended else None

    def _may_ask(self) -> bool:
        if self.settings.deterministic:
            return self._left > 0 and len(self._asked) < WINDOW
        waiting = sum(not asked.dispatched and not asked.end for asked in self._asked.values())
        return self._left > 0 and self.executor.free > waiting

    @property
    def _left(self) -> int:
        """How many trials the total needs beside those that are told and asked for, here and elsewhere; rejected
        ones do not count."""
        counted = sum(asked.end is None or asked.end.verdict != "rejected" for asked in self._asked.values())
        return self.settings.trials - self.store.done - self.store.elsewhere - counted

    def _propose(self) -> bool:
        """Asks for a trial; false where another coordinator took the last of the total meanwhile."""
        settings = self.settings
        with self.store.exclusive():
            if self._left <= 0:
                return False
            trial = self.store.ask()
            budget = self.store.budget(trial)
            design = design_from(trial.params, budget=budget, epochs=settings.epochs)
            ruling = rule(design.architecture, budget)
            self.store.describe(trial, design, ruling)
            twin = self.store.twin(design, trial.number)
        asked = self._asked[trial.number] = _Asked(trial, design, deaths=self.store.deaths(trial))
        if not ruling.allowed:
            self._reject(asked, ruling.reason)
        elif twin is not None:
            self._reject(asked, f"the same design as trial {twin}", teach=False)
        else:
            self._rejected_in_a_row = 0
            if kept := self.folder.spooled(trial.number):
                asked.curve, asked.end = [EpochScore(**score) for score in kept["curve"]], _End(**kept["end"])
        return True

    def _reject(self, asked: _Asked, reason: str, *, teach: bool = True) -> None:
        asked.end = _End("rejected", reason, teach)
        self._rejected_in_a_row += 1
        if self._rejected_in_a_row >= _PATIENCE:
            raise NothingFits(
                f"{_PATIENCE:,} proposals in a row were rejected, the last: {reason}; "
                f"raise `budget` or use `sampling` inside"
            )

    def _submit(self, trial: int) -> None:
        """Gives the trial to a worker: for the short training by which it is screened, or, where that has let it
        pass, for the whole one."""
        asked, folder = self._asked[trial], self.folder.checkpoint_folder(trial).absolute()
        asked.curve.clear()
        design, short = asked.design, self.settings.screening
        asked.screening = 0
        if short and self.store.screened(asked.trial):
            if not self.store.promoted(asked.trial, known=self._known(trial)):
                asked.end = _End("pruned", f"below other trials when it was screened, at epoch {short}")
                return
        elif short:
            asked.screening = short
            design, folder = replace(design, recipe=design.recipe.shortened(short)), folder / "screening"
        asked.dispatched = True
        self.executor.submit(Job(trial=trial, design=design, seed=self.settings.seed, checkpoints=folder))

    def _handle(self, event: Event) -> None:
        if epochs := self._given_up.get(event.trial):
            self._let_go(event, epochs)
            return
        asked = self._asked.get(event.trial)
        if asked is None:
            return
        match event:
            case Scored(trial, score):
                asked.curve.append(score)
                self._first_epoch = self._first_epoch or time.monotonic()
                if asked.screening:
                    self._epochs_trained += 1
                    if score.epoch < asked.screening:
                        self.executor.proceed(trial)
                    return
                try:
                    new = self.store.report(asked.trial, score)
                except TakenOver as error:
                    self._drop(trial, str(error))
                    self._let_go(event, self.settings.epochs)
                    return
                if new:
                    self._epochs_trained += 1
                    asked.deaths = 0
                    self.store.renew(asked.trial, epoch=score.epoch, deaths=0)
                if self.store.hopeless(asked.trial, score, known=self._known(trial)):
                    self.executor.stop(trial)
                    asked.end = _End("pruned", f"below other trials after epoch {score.epoch}")
                elif score.epoch < self.settings.epochs:
                    self.executor.proceed(trial)
            case Noted(trial, text):
                self.view.noted(f"trial {trial}: {text}")
            case Trained(trial) if asked.screening:
                try:
                    self.store.screen(asked.trial, asked.curve)
                except TakenOver as error:
                    self._drop(trial, str(error))
                else:
                    self._submit(trial)
            case Trained(trial, weights):
                try:
                    self.folder.keep_weights(trial, weights)
                except OSError as error:
                    raise CannotWrite(f"{error.filename or self.folder.weights}: {error.strerror}") from None
                asked.end = _End("trained")
            case Unwritable(_, reason):
                raise CannotWrite(reason)
            case Ended(_, diverged, reason):
                if asked.screening:
                    asked.curve.clear()
                asked.end = _End("pruned" if diverged else "failed", reason)
            case Lost(trial, reason):
                asked.deaths += 1
                self.store.renew(asked.trial, epoch=len(asked.curve), deaths=asked.deaths)
                if asked.deaths >= LIVES:
                    asked.end = _End("failed", f"{reason}, {LIVES} times")
                else:
                    self._submit(trial)

    def _let_go(self, event: Event, epochs: int) -> None:
        """Ends what a worker does for a trial that is another's by now. It listens after each epoch but the last,
        after which its end follows by itself."""
        if isinstance(event, Noted) or (isinstance(event, Scored) and event.score.epoch == epochs):
            self._given_up[event.trial] = epochs
            return
        self._given_up.pop(event.trial, None)
        if isinstance(event, Scored):
            self.executor.stop(event.trial)

    def _known(self, trial: int) -> int | None:
        """How many trials, from the first, were told when this one was asked for; None where that is left open."""
        return max(0, trial - WINDOW + 1) if self.settings.deterministic else None

    def _tell(self, trial: int) -> None:
        asked = self._asked[trial]
        assert asked.end is not None
        end = asked.end
        try:
            record = self.store.tell(asked.trial, end.verdict, asked.curve, reason=end.reason, teach=end.teach)
        except TakenOver as error:
            self._drop(trial, str(error))
            return
        del self._asked[trial]
        self.view.ended(record)
        self.folder.drop_checkpoints(but=self.store.unfinished)

    def status(self) -> Status:
        settings = self.settings
        elapsed = time.monotonic() - self._began
        return Status(
            study=settings.study,
            dataset=settings.source.name,
            budget=self.store.most_parameters,
            trials=settings.trials,
            epochs=settings.epochs,
            target=settings.target,
            counts=Counter(self.store.counts),
            running=tuple(
                Running(
                    trial=number,
                    notation=asked.design.architecture.notation,
                    parameters=asked.design.architecture.parameters,
                    epoch=len(asked.curve),
                    epochs=asked.screening or settings.epochs,
                    accuracy=asked.curve[-1].accuracy if asked.curve else None,
                )
                for number, asked in sorted(self._asked.items())
                if asked.dispatched and not asked.end
            ),
            best=self.store.best,
            elapsed=elapsed,
            left=self._seconds_left(elapsed),
        )

    def _seconds_left(self, elapsed: float) -> float | None:
        """From the epochs a second since the first, as if every trial to come ran its full length, or had the share
        of whole trainings that screening lets pass."""
        if self._epochs_trained < 2 * self.executor.size:
            return None
        whole, short = self.settings.epochs, self.settings.screening
        each = short + whole * PROMOTED if short else whole
        under_way = sum((a.screening or whole) - len(a.curve) for a in self._asked.values() if not a.end)
        to_come = max(0, self._left) * each
        pace = (time.monotonic() - self._first_epoch) / (self._epochs_trained - 1)
        left = (under_way + to_come) * pace
        return left if self.settings.timeout is None else min(left, self.settings.timeout - elapsed)
