"""The time left that a search shows, in made-up searches with a clock of their own."""

import random
from collections import Counter
from types import SimpleNamespace

import pytest

from search.loop.asked import Asked
from search.loop.finals import Progress, plan, rounds
from search.loop.outlook import Outlook
from search.loop.pace import Pace, Steady
from search.loop.status import Finals
from search.proposals.pruning import PROMOTED
from space.design import Budget
from tests.amounts import slow
from tests.search.study.test_store import settings

TICK = 0.25
DESIGN = SimpleNamespace(architecture=SimpleNamespace(notation="c8 gap", parameters=100))


class MadeUp:
    """A search of trials that take their time, without training: a status comes every quarter of a second. others:
    machines that do what this one does."""

    def __init__(self, monkeypatch, *, seed=0, workers=2, trials=40, epoch=4.0, share=PROMOTED, others=0, **changes):
        self.now, self.rng = 100.0, random.Random(seed)
        monkeypatch.setattr("search.loop.outlook.time", SimpleNamespace(monotonic=lambda: self.now))
        self.settings = settings(trials=trials, epochs=15, workers=workers, **{"pruner": "screening"} | changes)
        self.tally = SimpleNamespace(counts=Counter(), best=None, seconds=0.0)
        self.store = SimpleNamespace(tally=self.tally, next_budget=Budget(parameters=2000), elsewhere=0)
        self.outlook = Outlook(self.settings, self.store, SimpleNamespace(size=workers))
        self.epoch, self.share, self.left, self.others = epoch, share, trials, others
        self.asked, self.due, self.paces = {}, {}, {}

    def ask(self):
        """Begins a trial; the epochs of a design take half to twice the usual time."""
        number = self.settings.trials - self.left
        self.left -= 1 + self.others
        self.store.elsewhere += self.others
        self.asked[number] = Asked(None, DESIGN, screening=self.settings.screening, dispatched=True)
        self.paces[number] = self.epoch * 2 ** self.rng.uniform(-1, 1)
        self.due[number] = self.now + self.paces[number]

    def end(self, number, verdict):
        asked = self.asked.pop(number)
        del self.due[number]
        self.tally.counts[verdict] += 1 + self.others
        self.store.elsewhere -= self.others
        epochs = 0 if asked.screening else len(asked.curve)
        self.tally.seconds += (self.settings.screening + epochs) * self.paces[number] * (verdict == "trained")
        self.outlook.ended(SimpleNamespace(trial=number, epochs=epochs, verdict=verdict))

    def scored(self, number):
        asked = self.asked[number]
        asked.curve.append(SimpleNamespace(accuracy=0.5))
        self.outlook.scored(new=True)
        self.due[number] = self.now + self.paces[number]
        if asked.screening and len(asked.curve) == asked.screening:
            if not self.outlook.screened(number, passed=self.rng.random() < self.share):
                self.end(number, "pruned")
            else:
                asked.screening = 0
                asked.curve.clear()
        elif not asked.screening and len(asked.curve) == self.settings.epochs:
            self.end(number, "trained")

    def search(self):
        while self.left or self.asked:
            while self.left and len(self.asked) < self.settings.workers:
                self.ask()
            for number in [number for number, due in self.due.items() if due <= self.now]:
                self.scored(number)
            yield self.outlook.status(self.asked, left=self.left)
            self.now += TICK

    def finals(self):
        """As many as the trials allow, of which all workers together train one after the other."""
        epochs, workers, counts = self.settings.epochs, self.settings.workers, self.tally.counts
        seconds = self.tally.seconds
        designs = plan(self.settings, trained=counts["trained"], pruned=counts["pruned"], seconds=seconds).designs
        for place, many in enumerate(rounds(designs)):
            scored, due = 0, self.now + self.epoch
            while scored < many * epochs:
                if self.now >= due:
                    scored, due = min(many * epochs, scored + workers), due + self.epoch
                left = many * epochs - scored
                progress = Progress(
                    finals=Finals(round=place + 1, rounds=2, done=0, trainings=6),
                    running=(), scored=scored, epochs_left=(left // many,) * many, later=rounds(designs)[place + 1 :],
                )  # fmt: skip
                yield self.outlook.in_finals(progress)
                self.now += TICK


def jumps(statuses, *, seconds):
    """The changes of the time left by more than a quarter from one look to the next, so many seconds later, beside
    the passage of time, that no line between gives a reason for. In the last minute a quarter of that."""
    found, last, reason, since = [], None, False, 0.0
    for status in statuses:
        reason |= bool(status.why)
        since += TICK
        if since < seconds and last is not None:
            continue
        if last is not None and status.left is not None and not reason:
            expected = max(0.0, last - since)
            if abs(status.left - expected) > 0.25 * max(last, 60) + 0.01:
                found.append((last, status.left))
        assert last is None or status.left is not None, "it was known before"
        last, reason, since = status.left, False, 0.0
    return found


@pytest.mark.parametrize("seconds", [TICK, *slow(30.0)])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"workers": 1, "trials": 8, "epoch": 1.0},
        {"share": 0.9},
        {"share": 0.0, "workers": 8},
        {"pruner": "none", "finals": 0},
        {"timeout": 600.0},
        {"others": 7, "trials": 320},
    ],
    ids=str,
)
def test_the_time_left_never_jumps_without_a_reason(monkeypatch, changes, seconds):
    for seed in range(1 if seconds == TICK else 3):
        made_up = MadeUp(monkeypatch, seed=seed, **changes)
        statuses = [*made_up.search(), *made_up.finals()]
        assert jumps(statuses, seconds=seconds) == []
        assert statuses[-1].left is not None
        assert all(status.left is None or status.left >= 0 for status in statuses)


def test_the_check_of_jumps_can_fail():
    """With a time left as it is reckoned, and with one that jumps."""
    left = [100.0, 99.75, 60.0, 59.75]
    statuses = [SimpleNamespace(left=seconds, why="") for seconds in left]
    assert jumps(statuses, seconds=TICK) == [(99.75, 60.0)]
    statuses[2].why = "about 1 min left by now: trial 3 did not pass screening"
    assert jumps(statuses, seconds=TICK) == []


@pytest.mark.parametrize("others", [0, 7])
def test_half_way_through_the_time_left_is_about_right(monkeypatch, others):
    """Within a half, as trials and their epochs are drawn; finals are in it, and what other machines do is not."""
    for seed in range(2):
        made_up = MadeUp(monkeypatch, seed=seed, trials=60 * (1 + others), others=others)
        statuses = [*made_up.search(), *made_up.finals()]
        half = statuses[len(statuses) // 2].left
        assert 0.5 < half / (made_up.now - 100.0 - (len(statuses) // 2) * TICK) < 1.5


def test_few_lines_give_reasons(monkeypatch):
    """A trial in forty changes little; where one is all that is left, it may."""
    made_up = MadeUp(monkeypatch)
    assert sum(bool(status.why) for status in made_up.search()) <= 4


def test_a_last_trial_that_passes_screening_is_the_reason_why_it_takes_longer(monkeypatch):
    made_up = MadeUp(monkeypatch, workers=1, trials=2, epoch=20.0, share=1.0, finals=0)
    reasons = [status.why for status in made_up.search() if status.why]
    assert any(" left by now: trial 1 passed screening" in reason for reason in reasons)


def test_a_time_left_that_runs_out_too_early_is_corrected_with_a_reason(monkeypatch):
    """A machine that others use from now on: the time shown cannot fall to nothing while minutes are to come."""
    made_up = MadeUp(monkeypatch, workers=1, trials=12, epoch=1.0, pruner="none", finals=0)
    statuses = []
    for status in made_up.search():
        statuses.append(status)
        if made_up.left == 6:
            made_up.epoch = 20.0
    ends = statuses[-1].elapsed
    late = [status for status in statuses if ends - status.elapsed > 120 and status.left is not None]
    assert min(status.left for status in late) > 20
    assert "epochs take longer than before" in {status.why.partition(": ")[2] for status in statuses}


def test_the_time_left_is_never_beyond_the_limit(monkeypatch):
    made_up = MadeUp(monkeypatch, timeout=100.0)
    for status in made_up.search():
        if status.elapsed > 100:
            break
        assert status.left is None or status.left <= 100.0 - status.elapsed + 1e-6


def test_finals_that_take_longer_than_the_limit_have_time_left(monkeypatch):
    """Nothing ends them then, and nobody is told that they are over."""
    made_up = MadeUp(monkeypatch, timeout=100.0)
    assert list(made_up.search())[-1].elapsed > 100
    finals = Finals(round=1, rounds=2, done=0, trainings=6)
    progress = Progress(finals=finals, running=(), scored=0, epochs_left=(15,) * 4, later=(2,))
    assert made_up.outlook.in_finals(progress).left > 3 * 15 * 2.0, "of three turns, of epochs of 2 s or more"


def test_a_total_of_a_billion_trials_is_reckoned_with_at_once(monkeypatch):
    made_up = MadeUp(monkeypatch, trials=10**9)
    lefts = [status.left for status, _ in zip(made_up.search(), range(400), strict=False)]
    assert lefts[-1] > 10**9


def test_the_pace_is_that_of_all_workers_since_the_first_epoch():
    pace = Pace()
    for now in (60.0, 60.0, 64.0, 64.0, 68.0, 68.0):  # of two workers, which took a minute to start
        assert pace.seconds(now, workers=2) is None or now >= 64.0
        pace.scored(now)
    assert pace.seconds(68.0, workers=2) == 2.0
    assert pace.seconds(128.0, workers=2) > 10.0, "an epoch that does not end is noticed"


def test_the_pace_is_by_what_epochs_cost_however_many_designs_there_were():
    pace, asked = Pace(), []

    def cost(design):
        asked.append(design)
        return float(design)

    for n in range(300):
        pace.scored(2.0 * sum(1 + m % 3 for m in range(n + 1)), 1 + n % 3 if n < 3 else 1 + n % 3 + 1e-9 * n)
    assert pace.seconds(1200.0, workers=1, cost=cost) == pytest.approx(2.0, rel=0.01)
    asked.clear()
    pace.seconds(1200.0, workers=1, cost=cost)
    assert len(asked) < 100
    assert pace.epochs == 300


def test_a_steady_time_left_comes_to_what_is_reckoned():
    steady = Steady()
    assert steady.follow(None, 0.0) is None
    assert steady.follow(1000.0, 1.0) == 1000.0
    shown = [steady.follow(500.0, float(now)) for now in range(2, 600)]
    assert shown[0] > 985
    assert shown[-1] == 500.0
