"""Proposals in a row that had been tried, or are over the budget: they are counted from what is stored."""

import pytest

from search.loop import coordinator
from search.loop.coordinator import NothingFits
from search.study.folder import StudyFolder
from search.study.store import Store
from search.workers.messages import Ended
from search.workers.stopping import Stop
from space.design import Budget
from tests.search.loop.test_coordinator import search, settings, whole
from tests.search.study.test_store import curve, propose

__all__ = ["search"]


@pytest.fixture
def one_design(monkeypatch):
    """A space of one design, which six proposals in a row show; `drawn` is called with each."""
    real, first, drawn = coordinator.design_from, {}, []

    def always_the_first(values, **rest):
        for call in drawn:
            call()
        return first.setdefault("design", real(values, **rest))

    monkeypatch.setattr(coordinator, "design_from", always_the_first)
    monkeypatch.setattr(coordinator, "_TRIED", 6)
    return drawn


def stopped_after(drawn, proposals):
    """A wish to stop that comes with so many proposals."""
    stop, left = Stop(), iter(range(proposals, 0, -1))

    def call():
        if next(left, 0) == 1:
            stop.signal = 2

    drawn[:] = [call]
    return stop


@pytest.mark.parametrize("deterministic", [False, True])
def test_it_is_counted_over_all_runs_of_a_study(search, one_design, deterministic):
    stop = stopped_after(one_design, 4)
    first, _, ended = search(lambda trial, times: whole(trial), stop=stop, trials=9, deterministic=deterministic)
    assert not ended.searched_out
    second, _, ended = search(lambda trial, times: whole(trial), trials=9, deterministic=deterministic)
    assert ended.searched_out
    verdicts = {record.trial: record.verdict for record in first + second}
    assert verdicts == {0: "trained", **dict.fromkeys(range(1, 7), "rejected")}
    none, executor, ended = search(lambda trial, times: whole(trial), trials=20, deterministic=deterministic)
    assert ended.searched_out
    assert (none, executor.submitted) == ([], [])


def test_a_trial_that_waits_is_trained_first(search, one_design):
    """Trial 0 is interrupted when everything else has been proposed."""
    stop = Stop()

    def interrupted(trial, times):
        stop.signal = 2
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coordinator.Order, "may_ask", lambda order, asked, left, free: left > 0)
        search(interrupted, stop=stop, trials=9)
    _, executor, ended = search(lambda trial, times: whole(trial), trials=9)
    assert executor.submitted == [0]
    assert ended.searched_out


def test_a_trial_that_failed_was_a_new_design(search, one_design):
    records, *_ = search(lambda trial, times: [Ended(trial, False, "no")], trials=9)
    assert [record.verdict for record in records] == ["failed", *["rejected"] * 6]


def test_what_other_machines_have_tried_is_counted(tmp_path):
    folder = StudyFolder("s", runs=tmp_path)
    with folder.locked():
        ours, theirs = Store(folder, settings()), Store(folder, settings())
        trial, design, _ = propose(theirs)
        theirs.tell(trial, "trained", curve(0.5, 0.5, 0.5))
        for _ in range(2):
            again, *_ = propose(theirs)
            known = theirs.equal_trial(design, again.number)
            theirs.tell(again, "rejected", [], reason=f"the same design as trial {known}", teach=False)
        ours.refresh()
        assert ours.tally.tried_in_a_row == 2
        trial, design, _ = propose(theirs)  # which trains elsewhere
        ours.refresh()
        assert ours.tally.tried_in_a_row == 0


def test_networks_over_the_budget_are_counted_over_all_runs_of_a_study(search, monkeypatch):
    monkeypatch.setattr(coordinator, "_PATIENCE", 5)
    over = {"sampling": "plain", "budget": Budget(parameters=400)}
    with pytest.raises(NothingFits):
        search(lambda trial, times: whole(trial), **over)
    monkeypatch.setattr(coordinator, "_PATIENCE", 6)
    with pytest.raises(NothingFits, match="6 proposals in a row"):
        search(lambda trial, times: whole(trial), **over)


@pytest.mark.parametrize("deterministic", [False, True])
def test_another_sampler_is_asked_before_the_space_is_said_to_be_searched_out(search, one_design, deterministic):
    every, *_ = search(lambda trial, times: whole(trial), trials=9, deterministic=deterministic)
    for _ in range(2):  # of which the second asks no more
        more, _, ended = search(
            lambda trial, times: whole(trial), trials=9, deterministic=deterministic, sampler="tpe"
        )
        assert ended.searched_out
        every += more
    assert {record.trial: record.verdict for record in every} == {
        0: "trained",
        **dict.fromkeys(range(1, 13), "rejected"),
    }
