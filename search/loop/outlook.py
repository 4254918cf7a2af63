"""`Outlook`: how far a search is and how long it will take."""

import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

from results.findings.records import TrialRecord, finished
from results.wording.counted import counted
from search.loop.asked import Asked
from search.loop.costs import Costs
from search.loop.finals import Plan, Progress, plan, seconds_each, seconds_of, workers_of
from search.loop.pace import Pace, Steady, far
from search.loop.status import Running, Status
from search.proposals.pruning import PROMOTED
from search.settings import Settings
from search.study.store import Store
from search.wording import duration
from search.workers.executor import Executor
from space.design import Design

_LONGEST_START = 60.0  # seconds, more than workers take: somebody stopped the search for a while
_TOO_LITTLE = 2.0  # times the time left that is shown; beyond, what is reckoned takes its place at once
_LATEST = 32  # proposals that those to come are supposed to cost as much as
_DOUBT = 8  # screened trials that weigh as much as what is supposed of them before any is seen


class Outlook:
    """Reckons from how fast a search has gone since its first epoch, and from what has become of its trials: how many
    passed screening, and how long whole trainings were. What it says of the time left is steady: where that is
    another than it was a moment ago, it says why."""

    def __init__(self, settings: Settings, store: Store, executor: Executor, costs: Costs | None = None) -> None:
        self.settings = settings
        self.store = store
        self.executor = executor
        self.costs = costs
        self._proposed: dict[int, Design] = {}  # the latest trials
        self._began = time.monotonic()
        self._pace, self._steady = Pace(), Steady()
        self._start = (
            0.0  # seconds that workers took to their first epoch's end, as they will in each round of finals
        )
        self._passed: dict[int, bool] = {}  # screened trials
        self._lengths: list[int] = []  # epochs of whole trainings that are over
        self._told, self._earlier = 0, finished(store.tally.counts)  # trials that count, of here and of before
        self._reason, self._before = "", (0.0, 0.0)  # what was reckoned last, and when
        self._in_finals: dict[int, int] = {}  # epochs of their rounds so far

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self._began

    @property
    def epochs_trained(self) -> int:
        """How many epochs were trained now, not before an interruption."""
        return self._pace.epochs

    def scored(self, asked: Asked | None = None, *, new: bool) -> None:
        """Takes notice of the end of a trial's epoch. new: whether it was trained now, not before an interruption."""
        if new:
            self._start = self._start if self._pace.epochs else min(self.elapsed, _LONGEST_START)
            self._pace.scored(time.monotonic(), asked.design if asked and self.costs else None)
            if asked and self.costs:
                self.costs.took(asked.design, asked.curve[-1].seconds)

    def screened(self, trial: int, *, passed: bool) -> bool:
        """Takes notice of the end of a short training, and of what it led to, which is returned."""
        if trial not in self._passed:
            self._passed[trial] = passed
            self._reason = f"trial {trial} " + ("passed screening" if passed else "did not pass screening")
        return passed

    def ended(self, record: TrialRecord) -> None:
        """Takes notice of the end of a trial."""
        self._told += finished(Counter([record.verdict]))
        if record.epochs:  # of a whole training
            self._lengths.append(record.epochs)
            epochs = counted(self.settings.epochs, "epoch")
            self._reason = f"trial {record.trial} ended after {record.epochs} of {epochs}"

    def predicted(self, design: Design) -> float:
        """Returns the seconds of an epoch of a design on one worker, as far as is known; else 1 for all."""
        return self._cost(design)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the finals must begin; None where there is no limit."""
        timeout = self.settings.timeout
        return None if timeout is None else max(0.0, timeout - self.seconds_of_finals() - self.elapsed)

    @property
    def share_left(self) -> float:
        """The share of the search that is still to come, in [0, 1]: of its trials, or of its time, whichever ends it
        first."""
        settings = self.settings
        trials = 1 - self.store.tally.done / settings.trials
        time_left = 1.0 if self.seconds_left is None else self.seconds_left / (settings.timeout or 1.0)
        return max(0.0, min(trials, time_left))

    def seconds_of_finals(self) -> float:
        """Returns what the finals of the trials so far would take."""
        trained, pruned = list(self.store.tally.trained.values()), self.store.tally.counts["pruned"]
        trained.sort(key=lambda one: -self.settings.objective.merit(one.score, one.parameters))
        each = seconds_each([one.seconds for one in trained], self.settings)
        done = {"trained": len(trained), "pruned": pruned, "seconds": len(trained) * each}
        return seconds_of(plan(self.settings, **done).rounds, each, workers_of(self.settings))

    def status(self, asked: Mapping[int, Asked], *, left: int) -> Status:
        """Returns the search at this moment. asked: trials under way, by number; left: to be asked for."""
        self._notice(asked)
        running = tuple(
            one.running(number, one.screening or self.settings.epochs)
            for number, one in sorted(asked.items())
            if one.dispatched and not one.end
        )
        reckoned, timeout = self._reckoned(asked, left), self.settings.timeout
        if reckoned is not None and timeout is not None:  # which ends all but finals that have begun
            reckoned = max(0.0, min(reckoned, timeout - self.elapsed))
        return self._status(running, reckoned)

    def in_finals(self, progress: Progress) -> Status:
        """Returns the finals at this moment."""
        now, before = time.monotonic(), sum(self._in_finals.values())
        self._in_finals[progress.finals.round] = progress.scored
        if not before:
            self._reason = "the finals have begun"
            self._pace.waited(now)  # for workers, and perhaps a teacher
        for _ in range(sum(self._in_finals.values()) - before):
            self._pace.scored(now)
        pace, seconds = self._pace_now, None
        if pace is not None:
            here = self._together(
                sum(progress.epochs_left), max(progress.epochs_left, default=0), pace * self._typical
            )
            start = 0.0 if progress.scored else self._start
            seconds = start + here + self._of_rounds(progress.later, pace)
        return replace(self._status(progress.running, seconds), finals=progress.finals)

    def _status(self, running: tuple[Running, ...], reckoned: float | None) -> Status:
        settings, elapsed = self.settings, self.elapsed
        left, why = self._left(reckoned, elapsed)
        return Status(
            study=settings.study,
            dataset=settings.source.name,
            budgets=settings.budgets or (self.store.next_budget.parameters,),
            limits=settings.budget.limits(),
            trials=settings.trials,
            epochs=settings.epochs,
            target=settings.target,
            counts=Counter(self.store.tally.counts),
            running=running,
            best=self.store.tally.best,
            elapsed=elapsed,
            left=left,
            why=why,
        )

    def _left(self, reckoned: float | None, elapsed: float) -> tuple[float | None, str]:
        """Returns the time left, and what made it another than it was, in a line."""
        reason, self._reason = self._reason, ""
        (before, at), self._before = self._before, (reckoned or 0.0, elapsed)
        shown = self._steady.follow(reckoned, elapsed)
        if reckoned is None or shown is None:
            return shown, ""
        if far(reckoned, shown) and reckoned > _TOO_LITTLE * shown:
            reason = reason or "epochs take longer than before"
        elif not (reason and far(reckoned, before - (elapsed - at))):
            return shown, ""
        self._steady.renew()
        return self._steady.follow(reckoned, elapsed), f"about {duration(reckoned)} left by now: {reason}"

    def _notice(self, asked: Mapping[int, Asked]) -> None:
        """Remembers what was proposed lately, by which proposals to come are judged."""
        if self.costs:
            self._proposed |= {number: one.design for number, one in asked.items() if one.dispatched}
            self._proposed = dict(list(self._proposed.items())[-_LATEST:])

    def _cost(self, design: Design | None) -> float:
        """Returns the seconds of an epoch of a design on one worker, as far as they can be predicted; else what is
        typical, and 1 where nothing is known."""
        return self.costs.epoch(design) if self.costs and design else self._typical

    @property
    def _typical(self) -> float:
        if not self.costs or not self._proposed:
            return 1.0
        return fmean(map(self.costs.epoch, self._proposed.values()))

    @property
    def _pace_now(self) -> float | None:
        """What an epoch that costs 1 takes all workers together: as measured, or else, where rates are, by these."""
        pace = self._pace.seconds(time.monotonic(), workers=self._workers, cost=self._cost)
        if pace is None and self.costs and self.costs.rates and self._proposed:
            return 1 / self._workers
        return pace

    @property
    def _workers(self) -> int:
        return workers_of(self.settings) if self._in_finals else max(1, self.executor.size)

    def _reckoned(self, asked: Mapping[int, Asked], left: int) -> float | None:
        """Returns the seconds that the trials under way, those to come and the finals would take, as far as is known;
        None before the pace is."""
        pace = self._pace_now
        if pace is None:
            return None
        whole, short = self.settings.epochs, self.settings.screening
        length = (_DOUBT * whole + sum(self._lengths)) / (_DOUBT + len(self._lengths))
        share = (_DOUBT * PROMOTED + sum(self._passed.values())) / (_DOUBT + len(self._passed)) if short else 1.0
        under_way: list[float] = []  # what is left of them, in seconds of one worker, or epochs
        wholes = 0.0
        for one in asked.values():
            if one.end:
                continue
            if one.screening:
                epochs = one.screening - len(one.curve) + share * length
            else:
                epochs = whole - len(one.curve) if one.dispatched else short + share * length
            under_way.append(epochs * self._cost(one.design))
            wholes += 1.0 if one.dispatched and not one.screening else share
        to_come, each = max(0, left), (short + share * length) * self._typical
        longest = max(0.0, max(under_way, default=0.0), each if to_come else 0.0)
        here = to_come * self._share_of_trials(len(under_way))
        seconds = self._together(sum(under_way) + here * each, longest, pace)
        return seconds + self._seconds_of_finals_to_come(wholes + share * to_come, len(under_way) + to_come, pace)

    def _share_of_trials(self, under_way: int) -> float:
        """Returns which share of the study's trials this machine has, of all that ended since it began and those
        under way: 1 where no other trains."""
        here = self._told + under_way
        others = finished(self.store.tally.counts) - self._earlier - self._told + self.store.elsewhere
        return here / (here + max(0, others)) if here else 1.0

    def _seconds_of_finals_to_come(self, wholes: float, trials: int, pace: float) -> float:
        """Reckons the finals after so many more trials, of which so many are trained whole. A part of a trial counts
        in part, so that one more or less makes no step."""
        counts = self.store.tally.counts
        least = math.floor(wholes)
        few, more = (
            self._of_rounds(self._plan(counts["trained"] + n, counts["pruned"] + trials - n, pace).rounds, pace)
            for n in (least, least + 1)
        )
        return few + (wholes - least) * (more - few)

    def _plan(self, trained: int, pruned: int, pace: float) -> Plan:
        seconds = trained * self.settings.epochs * pace * self._typical * self._workers
        return plan(self.settings, trained=trained, pruned=max(0, pruned), seconds=seconds)

    def _of_rounds(self, designs: tuple[int, ...], pace: float) -> float:
        each = self.settings.epochs * pace * self._typical * self._workers
        return seconds_of(designs, each, workers_of(self.settings)) + self._start * len(designs)

    def _together(self, epochs: float, longest: float, pace: float) -> float:
        """Returns the seconds that trainings take side by side. epochs: that all of them have left, by their cost;
        longest: that one of them has, before which they do not end."""
        return max(epochs * pace, longest * pace * self._workers)
