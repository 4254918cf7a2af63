"""What is said at the end of a search."""

import json
from collections import Counter

import pytest

import search.commands.main
from search.commands.searching import search
from search.loop.run import Outcome
from search.loop.status import Status
from tests.search.study.test_store import settings


@pytest.fixture
def conclude(monkeypatch, capsys, tmp_path):
    """Ends a search of four trials with such counts; returns its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)

    def end(
        *,
        failure="",
        shortage="",
        longer=True,
        as_json=False,
        searched_out=False,
        earlier=0,
        sampler="random",
        **counts,
    ):
        status = Status(
            study="s", dataset="digits", budgets=(2000,), trials=4, epochs=2, target=0.99, counts=Counter(counts),
            running=(), best=None, elapsed=1.0, left=None,
        )  # fmt: skip
        outcome = Outcome(
            status=status,
            selection=None,
            shortage=shortage,
            failure=failure,
            trouble=None,
            earlier=earlier,
            searched_out=searched_out,
        )
        monkeypatch.setattr("search.commands.searching.run_search", lambda *_, **__: outcome)
        again = {"longer": lambda trials: f"--trials {trials}"} if longer else {}
        chosen = settings(trials=4, sampler=sampler)
        code = search(chosen, command="AGAIN", again="AGAIN", as_json=as_json, **again)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return end


def test_a_search_all_of_whose_trials_failed_ends_with_the_reason(conclude):
    code, _, err = conclude(failed=4, failure="RuntimeError: no room\nleft", rejected=2)
    assert (code, err) == (1, "error: all 4 trials failed, the last: RuntimeError: no room left\n")
    code, out, err = conclude(failed=1, pruned=3, failure="killed", as_json=True)
    assert (code, json.loads(out)["best"]) == (1, None)
    assert err.endswith("error: no trial was trained to its end, 1 failed, the last: killed\n")
    assert conclude(pruned=4)[0] == 0
    assert "error: the trial failed: killed" in conclude(failed=1, failure="killed")[2]


def test_the_time_is_said_to_be_this_runs_where_there_were_trials_before(conclude):
    assert "0 trained, 4 pruned, 0 rejected, 0 failed in 1 s\n" in conclude(pruned=4)[1]
    assert "4 pruned, 0 rejected, 0 failed; this run took 1 s\n" in conclude(pruned=4, earlier=3)[1]


def test_searching_longer_is_beyond_what_is_there(conclude):
    assert "search longer: --trials 8\n" in conclude(pruned=4)[1]
    assert "search longer: --trials 20\n" in conclude(pruned=8, trained=2)[1]
    assert "go on with:    AGAIN\n" in conclude(pruned=3)[1]


def test_finals_that_are_skipped_are_announced_with_the_option(conclude):
    assert "skipped: --finals is 0\n" in conclude(pruned=4, shortage="skipped: `finals` is 0")[1]
    assert json.loads(conclude(pruned=4, shortage="`finals`", as_json=True)[1])["finals_note"] == "--finals"
    assert "--finals" not in conclude(pruned=4, shortage="`finals`", longer=False)[1]  # of a worker, which has none


def test_a_space_that_is_searched_out_is_an_end_as_any_other(conclude):
    """No line says to go on, which would find nothing."""
    code, out, _ = conclude(trained=2, rejected=200, searched_out=True)
    assert (code, out.splitlines()[-1][:12]) == (0, "ended early:")
    assert "no other design" in json.loads(conclude(trained=2, searched_out=True, as_json=True)[1])["ended_early"]


def test_a_searched_out_space_names_the_sampler_that_may_find_more(conclude):
    out = conclude(trained=2, searched_out=True, sampler="tpe")[1]
    assert "no other design, unless --sampler random finds one\n" in out
    assert "no other design\n" in conclude(trained=2, searched_out=True)[1]
