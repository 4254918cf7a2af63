"""The coordinator: asks, refers, dispatches, prunes and tells; workers never touch the database."""

import time
from dataclasses import asdict, replace

from search.errors import UserError
from search.loop.asked import Asked, End, screened_out
from search.loop.costs import Costs
from search.loop.given_up import GivenUp
from search.loop.leaving import leave
from search.loop.order import Order
from search.loop.outlook import Outlook
from search.loop.preference import CostAware
from search.loop.status import Status, View
from search.proposals.referee import rule
from search.settings import Settings
from search.study.folder import StudyFolder
from search.study.store import Store, TakenOver
from search.study.tally import REPEATED
from search.workers.executor import Executor
from search.workers.messages import LIVES, Ended, Event, Job, Lost, Noted, Scored, Trained, Uncompiled, Unwritable
from search.workers.stopping import Stop
from space.choices.encoding import design_from
from train.fast.uncompiled import CannotCompile

_TICK = 0.25  # seconds between looks at the clock and at signals
_LOOK_SECONDS = 1.0  # between looks at what other coordinators do
_PATIENCE = 5_000  # rejected proposals in a row before the search gives up
_TRIED = 200  # proposals of known designs, with no new one between, after which there is taken to be none


class NothingFits(UserError):
    """The sampler proposes nothing that may be trained."""


class CannotWrite(RuntimeError):
    """A file of the study cannot be written; one line that names it."""


class Coordinator:
    """Runs a search until its total is reached, its time or its patience is over, no design is left, or it is asked
    to stop.

    In which order trials are asked for and told: `search.loop.order`.
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
        costs: Costs | None = None,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.store = store
        self.executor = executor
        self.view = view
        self.stop = stop
        self._asked: dict[int, Asked] = {}  # in the order of asking
        self._given_up = GivenUp(executor)
        self.order = Order(settings.deterministic)
        self.outlook = Outlook(settings, store, executor, costs)
        self._prefer = CostAware(self.outlook).best if settings.cost_aware else None
        self._looked = 0.0

    def run(self) -> None:
        """Searches. Trials that are in training when it ends early go back to the queue.

        Raises:
            NothingFits: No proposal was inside the budget for a long time.
            StorageAway: The database could not be used; results that it did not take are in the study's folder.
            CannotWrite: The folder took no more.
            CannotCompile: A worker cannot store the compiled engine.
            Claimed: The study is deterministic and another search took it while the database was away.
            DatabaseTaken: The database was taken away.
        """
        try:
            while not self._over:
                self._look()
                self._advance()
                if not self._asked and (self.searched_out or self.store.tally.done >= self.settings.trials):
                    break
                self.view.update(self.status())
                for event in self.executor.events(_TICK):
                    self._handle(event)
            self._tell_due()
        finally:
            self.executor.close()
            leave(self._asked, store=self.store, folder=self.folder, noted=self.view.noted)

    def _look(self) -> None:
        """Looks after our leases and those of coordinators that are gone."""
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        self.store.ledger.check()
        for number in self.store.refresh():
            asked = self._asked[number]
            if asked.dispatched and not asked.end:
                self._given_up.add(number, epochs=asked.epochs)
            self._drop(number, f"trial {number} was taken over by another coordinator")
        for line in self.store.repair():
            self.view.noted(line)
        self.store.claims.beat(asked.trial for asked in self._asked.values())

    def _drop(self, number: int, why: str) -> None:
        """Leaves a trial to others; its worker is free when it has ended the epoch that it is in."""
        self.store.claims.release(self._asked.pop(number).trial)
        self.view.noted(why)

    @property
    def _over(self) -> bool:
        if self.stop.requested or self.store.exhausted:
            return True
        timeout = self.settings.timeout
        return timeout is not None and self.outlook.elapsed >= timeout - self.outlook.seconds_of_finals()

    @property
    def searched_out(self) -> bool:
        """Whether the space seems to have no design that has not been tried, and no trial waits."""
        return self.store.all_asked and self.store.tally.tried_in_a_row >= _TRIED

    def _advance(self) -> None:
        """Tells and asks as far as the order allows, and gives every free worker a trial."""
        self._tell_due()
        while self.order.may_ask(self._asked, self._left, self.executor.free) and not self._over and self._propose():
            self._tell_due()
        for number, asked in self._asked.items():
            at_work_on_it = number in self._given_up  # a worker, which would be taken for the new one
            if self.executor.free and not asked.dispatched and not asked.end and not at_work_on_it:
                self._submit(number)

    def _tell_due(self) -> None:
        while (number := self.order.due(self._asked, self._left, over=self.store.exhausted)) is not None:
            self._tell(number)

    @property
    def _left(self) -> int:
        """How many trials the total needs beside those that are told and asked for, here and elsewhere; rejected
        ones do not count. None where no design is left."""
        if self.searched_out:
            return 0
        counted = sum(asked.end is None or asked.end.verdict != "rejected" for asked in self._asked.values())
        return self.settings.trials - self.store.tally.done - self.store.elsewhere - counted

    def _propose(self) -> bool:
        """Asks for a trial; false where another coordinator took the last of the total meanwhile."""
        settings = self.settings
        with self.store.exclusive():
            if self._left <= 0:
                return False
            trial = self.store.ask(self._prefer)
            budget = self.store.budget(trial)
            design = design_from(
                trial.params, space=settings.space, budget=budget, epochs=settings.epochs, task=settings.task
            )
            ruling = rule(design.architecture, budget)
            self.store.describe(trial, design, ruling)
            equal = self.store.equal_trial(design, trial.number) if ruling.allowed else None
        lease = self.store.claims.of(trial)
        asked = self._asked[trial.number] = Asked(trial, design, furthest=lease.epoch, deaths=lease.deaths)
        if not ruling.allowed:
            self._reject(asked, ruling.reason)
        elif equal is not None:
            self.store.tally.rejected(trial.number, repeated=True)
            asked.end = End("rejected", f"{REPEATED} {equal}", teach=False)
        elif note := asked.take_spooled(self.folder):
            self.view.noted(note)
        return True

    def _reject(self, asked: Asked, reason: str) -> None:
        asked.end = End("rejected", reason)
        self.store.tally.rejected(asked.trial.number, repeated=False)
        if self.store.tally.over_in_a_row >= _PATIENCE:
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
        if short and self.store.judge.screened(asked.trial):
            passed = self.store.judge.promoted(asked.trial, known=self.order.known(trial))
            if not self.outlook.screened(trial, passed=passed):
                asked.end = screened_out(short)
                return
        elif short:
            asked.screening = short
            design, folder = replace(design, recipe=design.recipe.shortened(short)), folder / "screening"
        asked.dispatched = True
        self.executor.submit(Job(trial=trial, design=design, seed=self.settings.seed, checkpoints=folder))

    def _handle(self, event: Event) -> None:
        if event.trial in self._given_up:
            self._given_up.let_go(event)
        elif asked := self._asked.get(event.trial):
            try:
                self._follow(asked, event)
            except TakenOver as error:
                self._drop(event.trial, str(error))
                self._given_up.add(event.trial, epochs=asked.epochs)
                self._given_up.let_go(event)

    def _follow(self, asked: Asked, event: Event) -> None:
        """Does what follows from an event of one of our trials; raises TakenOver where it is another coordinator's by
        now."""
        match event:
            case Scored():
                self._scored(asked, event)
            case Noted(trial, text):
                self.view.noted(f"trial {trial}: {text}")
            case Trained(trial) if asked.screening:
                self.store.screen(asked.trial, asked.curve)
                asked.furthest = asked.deaths = 0
                self._submit(trial)
            case Trained(trial, weights):
                try:
                    stored = self.folder.store_weights(trial, weights)
                except OSError as error:
                    raise CannotWrite(f"{error.filename or self.folder.weights}: {error.strerror}") from None
                asked.end = End("trained", weights_sha256=stored)
            case Unwritable(_, reason):
                raise CannotWrite(reason)
            case Uncompiled(_, reason):
                raise CannotCompile(reason)
            case Ended(_, diverged, reason):
                if asked.screening:
                    asked.curve.clear()
                asked.end = End("pruned" if diverged else "failed", reason)
            case Lost(trial, reason) if not self.stop.requested:  # else whoever asks us may have ended workers, too
                asked.deaths += 1
                self.store.claims.renew(asked.trial, epoch=asked.furthest, deaths=asked.deaths)
                if asked.deaths >= LIVES:
                    asked.end = End("failed", f"{reason}, {LIVES} times")
                else:
                    self._submit(trial)

    def _scored(self, asked: Asked, event: Scored) -> None:
        """Writes the score of an epoch down, and asks for the next unless there is none or the trial is hopeless."""
        trial, score, epochs = event.trial, event.score, asked.epochs
        asked.curve.append(score)
        if asked.screening:
            self.store.claims.check(asked.trial)
            new, further = not event.again, score.epoch > asked.furthest
        else:
            new = further = self.store.report(asked.trial, score)
        self.outlook.scored(asked, new=new)
        if further:
            asked.furthest, asked.deaths = score.epoch, 0
            self.store.claims.renew(asked.trial, epoch=score.epoch, deaths=0)
        if new or asked.screening:
            self.view.scored(asked.running(trial, epochs), score)
        if not asked.screening and self.store.judge.hopeless(asked.trial, score, known=self.order.known(trial)):
            self.executor.stop(trial)
            asked.end = End("pruned", f"below other trials after epoch {score.epoch}")
        elif score.epoch < epochs:
            self.executor.proceed(trial)

    def _tell(self, trial: int) -> None:
        asked = self._asked[trial]
        assert asked.end is not None
        try:
            record = self.store.tell(asked.trial, curve=asked.curve, **asdict(asked.end))
        except TakenOver as error:
            self._drop(trial, str(error))
            return
        except OSError as error:
            raise CannotWrite(f"{error.filename or self.folder.told}: {error.strerror}") from None
        del self._asked[trial]
        self.outlook.ended(record)
        self.view.ended(record)
        self.folder.drop_checkpoints(but=self.store.unfinished)

    def status(self) -> Status:
        """Returns the search at this moment."""
        return self.outlook.status(self._asked, left=self._left)
