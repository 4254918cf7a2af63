"""Several budgets searched together: each trial is for one of them, and each has a best network of its own."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from optuna.trial import TrialState

from results.findings.selection import front_of, select
from search.errors import UserError
from search.limits import parse_budgets
from search.loop import coordinator
from search.loop.coordinator import Coordinator
from search.loop.finals import finalists, plan, rounds_of, shortage
from search.loop.outlook import Outlook
from search.proposals.samplers import BestAndLatest
from search.proposals.warm_starts import warm_starts
from search.study.folder import StudyFolder
from search.study.reading import read_records
from search.study.restated import as_typed
from search.study.store import Store
from search.workers.stopping import Stop
from space.choices.encoding import design_from
from space.design import Budget
from space.task import DIGITS
from tests.search.loop.test_coordinator import Kept, Scripted, whole
from tests.search.searches import said_here, searched_here
from tests.search.study.test_store import curve, propose, settings
from tests.space.choices.test_own_reading import read

BUDGETS = (500, 2000, 8000)
SEVERAL = settings(budget=Budget(parameters=8000), budgets=BUDGETS, sampler="tpe", space="wide", trials=50)
RUN = ("--budget", "500,2k", "--trials", "6", "--epochs", "2", "--finals", "4", "--sampler", "tpe")


@pytest.fixture
def folder(tmp_path):
    made = StudyFolder("s", runs=tmp_path)
    with made.locked():
        yield made


def train(store, accuracy):
    trial, design, ruling = propose(store)
    for score in curve(accuracy, accuracy, accuracy):
        store.report(trial, score)
    return store.tell(trial, "trained", curve(accuracy, accuracy, accuracy)), design, ruling


def test_budgets_take_turns_and_proposals_fill_their_own(folder):
    store = Store(folder, SEVERAL)
    for number in range(12):
        record, design, ruling = train(store, 0.5 + number / 100)
        budget = BUDGETS[number % 3]
        assert (record.of_budget, ruling.budget.parameters) == (budget, budget)
        assert 0.4 * budget <= design.architecture.parameters <= budget
    assert [record.of_budget for record in read_records(folder)] == [*BUDGETS] * 4


def test_a_trial_keeps_its_budget_over_a_restart(folder):
    store = Store(folder, SEVERAL)
    train(store, 0.5)
    trial, design, ruling = propose(store)
    store.requeue(trial)
    store.close()
    again = Store(folder, SEVERAL)
    same, known, fresh = propose(again)
    assert (same.number, known, fresh.budget) == (trial.number, design, ruling.budget)
    assert propose(again)[2].budget.parameters == 8000


def test_what_is_shown_to_the_sampler_is_the_rank_among_those_of_a_budget(folder):
    """The worst of the largest budget scores higher than the best of the smallest."""
    store = Store(folder, SEVERAL)
    scores = [0.2, 0.6, 0.95, 0.4, 0.5, 0.99, 0.3, 0.7, 0.97]
    for score in scores:
        train(store, score)
    shown = BestAndLatest(store.study, SEVERAL.objective.of_budget).get_trials(deepcopy=False)
    ranks = {trial.number: trial.values[0] for trial in shown if trial.state == TrialState.COMPLETE}
    for first in range(3):
        of_one = sorted(range(first, 9, 3), key=lambda number: scores[number])
        assert [ranks[number] for number in of_one] == pytest.approx([1 / 6, 1 / 2, 5 / 6])
    assert [trial.values[0] for trial in store.study.trials] == scores, "the study's own are as they were"


def test_hyperband_compares_a_trial_with_those_of_its_budget(folder):
    """Each of which is better than those before it, and worse than all of the other budget."""
    store = Store(folder, replace(SEVERAL, budgets=(500, 8000), sampler="random", pruner="hyperband"))
    for number in range(24):
        trial, _, _ = propose(store)
        scores = curve(*[(0.9 if number % 2 else 0.3) + number / 1000] * 3)
        for score in scores:
            store.report(trial, score)
            assert not store.judge.hopeless(trial, score, known=None)
        store.tell(trial, "trained", scores)


def test_the_best_of_each_budget_stands_in_the_front_unless_a_smaller_one_is_as_accurate(folder):
    store = Store(folder, SEVERAL)
    for score in (0.9, 0.89, 0.97, 0.8, 0.7, 0.96):
        train(store, score)
    records = read_records(folder)
    assert [record.trial for record in front_of(records)] == [0, 2]
    selection = select(records)
    assert (selection.winner.trial, [record.trial for record in selection.front]) == (2, [0, 2])
    assert store.tally.best.trial == 2


def test_a_network_counts_for_the_smallest_budget_that_it_meets(folder):
    """What was sought within 8,000 parameters and has fewer than 500 is the best of those, if it is more accurate."""
    small = replace(SEVERAL, space=read("fill = 0.05"), warm_start="none", budgets=(500, 8000))
    store = Store(folder, small)
    for score in (0.6, 0.9, 0.5, 0.8, 0.55, 0.7, 0.4, 0.65):
        record, design, _ = train(store, score)
        assert design.architecture.parameters <= record.of_budget == 500
    records = read_records(folder)
    assert [record.trial for record in front_of(records)] == [1]
    assert store.tally.best.trial == 1
    assert [record.trial for group in finalists(records, replace(small, finals=2)) for record in group] == [1, 3]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A study of 36 trials, each better than the one before, and their records."""
    made = StudyFolder("s", runs=tmp_path_factory.mktemp("many"))
    with made.locked():
        store = Store(made, SEVERAL)
        for number in range(36):
            train(store, 0.5 + number / 100)
        yield store, read_records(made)


def test_finals_have_designs_of_each_budget(many):
    (_, records), chosen = many, replace(SEVERAL, finals=9)
    groups = finalists(records, chosen)
    assert [[record.trial for record in group] for group in groups] == [[33, 30, 27], [34, 31, 28], [35, 32, 29]]
    assert rounds_of(groups) == (9, 6)
    few = replace(SEVERAL, finals=2)
    assert [[record.trial for record in group] for group in finalists(records, few)] == [[33, 30], [34, 31], [35, 32]]
    assert shortage(records, chosen) == ""
    assert finalists(records, replace(SEVERAL, finals=0)) == [[], [], []]


def test_finals_for_which_too_few_trials_of_a_budget_were_trained_say_why(many):
    (_, records), chosen = many, replace(SEVERAL, finals=9)
    single = [replace(record, verdict="pruned", score=None) if record.trial > 2 else record for record in records]
    mixed = [few if few.of_budget == 500 else record for few, record in zip(single, records, strict=True)]
    short = "the finals were short, of 6 designs: of a budget only 1 trial was trained to the end"
    assert (shortage(mixed, chosen), rounds_of(finalists(mixed, chosen))) == (short, (6, 4))
    skipped = "the finals, of 2 designs at least, were skipped: of no budget more than 1 trial was trained to the end"
    assert (shortage(single, chosen), rounds_of(finalists(single, chosen))) == (skipped, ())
    none = [replace(r, verdict="pruned", score=None) if r.of_budget == 2000 else r for r in records]
    short = "the finals were short, of 6 designs: of a budget no trial was trained to the end"
    assert (shortage(none, chosen), rounds_of(finalists(none, chosen))) == (short, (6, 4))
    assert finalists(none, chosen)[1] == []


def test_the_reason_why_finals_of_several_budgets_are_short_is_not_of_finals_that_are_not(folder):
    """Of nine trials there would be two designs, and each of three budgets has two of its own."""
    store = Store(folder, SEVERAL)
    for number in range(9):
        train(store, 0.5 + number / 100)
    records = read_records(folder)
    quarter = "9 trials trained or pruned, and they have a design for every 4; each budget has 2 at least"
    for finals, why in ((6, ""), (9, f"the finals were short, of 6 designs: {quarter}")):
        chosen = replace(SEVERAL, finals=finals)
        assert (shortage(records, chosen), rounds_of(finalists(records, chosen))) == (why, (6,))


def test_the_finals_of_all_budgets_together_take_a_quarter_of_a_limited_time(many):
    """Trainings take 6 s each: two or three designs of each of three budgets, one or two rounds of them."""
    store, records = many
    for timeout, each, seconds in (
        (4 * 90, 3, 90),
        (4 * 90 - 1, 2, 36),
        (4 * 36, 2, 36),
        (4 * 36 - 1, 0, 0),
    ):
        chosen = replace(SEVERAL, finals=9, timeout=float(timeout))
        assert [len(group) for group in finalists(records, chosen)] == [each] * 3
        assert 6 * sum(rounds_of(finalists(records, chosen))) == seconds
        assert Outlook(chosen, store, SimpleNamespace(size=1)).seconds_of_finals() == seconds
        assert ("a quarter of the" in shortage(records, chosen)) == (each < 3)
    planned = plan(replace(SEVERAL, finals=9), trained=36, pruned=0, seconds=216.0)
    assert planned.rounds == rounds_of(finalists(records, replace(SEVERAL, finals=9))) == (9, 6)


def test_a_design_that_is_over_one_budget_is_trained_for_a_larger_one(folder, monkeypatch):
    real, first = coordinator.design_from, {}

    def always_the_first(values, **rest):
        return first.setdefault("design", real(values, **rest | {"budget": Budget(parameters=8000)}))

    monkeypatch.setattr(coordinator, "design_from", always_the_first)
    chosen, view = replace(SEVERAL, budgets=(500, 8000), trials=1), Kept()
    store = Store(folder, chosen)
    executor = Scripted(lambda trial, times: whole(trial))
    Coordinator(chosen, folder=folder, store=store, executor=executor, view=view, stop=Stop()).run()
    assert [(record.trial, record.verdict) for record in view.records] == [(0, "rejected"), (1, "trained")]
    assert "the budget is 500" in view.records[0].reason


def test_known_designs_are_tried_for_each_budget_in_turn():
    """All that one budget has; where it has more than another, the other's turns are for proposals."""
    chosen, labels = replace(SEVERAL, warm_start="zoo", budgets=(2000, 8000)), []
    for number, (name, values) in enumerate(warm_starts(chosen)):
        budget = chosen.budget_for(number)
        labels.append(name)
        if not name:
            assert not values
            continue
        design = design_from(values, space="wide", budget=budget, epochs=3, task=DIGITS)
        assert name.endswith(f" for {budget.parameters:,}")
        assert 0.5 * budget.parameters < design.architecture.parameters <= budget.parameters
    assert len(labels) == 2 * 3, "the zoo has three networks"
    assert labels[0::2] == [f"{name} for 2,000" for name in ("zoo/2000", "zoo/4000 scaled", "zoo/8000 scaled")]
    assert [bool(name) for name in labels[1::2]] == [True, False, False]


def test_a_turn_without_a_known_design_is_a_proposal(folder):
    """Queued once, also where a start was killed in between."""
    chosen = replace(SEVERAL, warm_start="zoo", budgets=(2000, 8000))
    store = Store(folder, chosen)
    store.study.set_user_attr("begun", False)
    store.close()
    store = Store(folder, chosen)
    trained = [train(store, 0.5)[0] for _ in range(6)]
    assert [record.origin for record in trained] == [
        *("zoo/2000 for 2,000", "zoo/8000 for 8,000", "zoo/4000 scaled for 2,000", "sampler"),
        *("zoo/8000 scaled for 2,000", "sampler"),
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"minimize_parameters": True}, "`minimize_parameters` seeks one network"),
        ({"sampler": "gp"}, "`sampler` gp compares the scores of all budgets"),
        ({"budgets": (100, 8000)}, "the smallest that can be met is"),
    ],
)
def test_what_cannot_have_several_budgets_is_refused(changes, why):
    with pytest.raises(UserError, match=why):
        replace(SEVERAL, **changes)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A search of two budgets by command."""
    place = tmp_path_factory.mktemp("several")
    return place, *searched_here(place, *RUN)


def test_a_search_of_two_budgets_ends_with_a_network_of_each(searched):
    place, told, err = searched
    assert "within 500 or 2,000 parameters" in err
    *trials, end = told
    assert all(trial["parameters"] <= (500, 2000)[trial["trial"] % 2] for trial in trials)
    records = read_records(StudyFolder("digits-500-2000", place / "runs"))
    front = [record.trial for record in front_of(records)]
    assert end["best"]["trial"] == front[-1]
    listed, _ = said_here(place, "table", "--front", "--json")
    rows = [json.loads(line) for line in listed.splitlines()]
    assert [row["trial"] for row in rows] == front
    assert [row["budget"] for row in rows] == [(500, 2_000)[trial % 2] for trial in front]


@pytest.mark.slow
def test_the_front_is_exported_each_network_with_its_weights(searched):
    place, _, _ = searched
    out, _ = said_here(place, "export", "--front", "nets", "--json")
    written = [json.loads(line) for line in out.splitlines()]
    front = front_of(read_records(StudyFolder("digits-500-2000", place / "runs")))
    assert [one["parameters"] for one in written] == [record.parameters for record in front]
    for one in written:
        done = subprocess.run(
            [sys.executable, "-P", one["output"], one["weights"]],
            cwd=place, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.startswith(f"{one['parameters']} parameters")
        assert Path(one["output"]).stem.isidentifier(), "so that it can be imported"
    _, err = said_here(place, "export", "--front", "nets", code=2)
    assert "exists" in err
    _, err = said_here(place, "export", "--front", "nets", "-o", "x.py", code=2)
    assert "--front names its networks and files itself; leave --output out" in err
    _, err = said_here(place, "export", "--front", "nets", "best", code=2)
    assert "itself; leave DESIGN out" in err


def test_such_a_search_goes_on_by_its_name_and_by_no_other_budgets(searched):
    place, _, _ = searched
    out, _ = said_here(place, "run", "--study", "digits-500-2000", "--trials", "6", "--json")
    assert json.loads(out.splitlines()[-1])["trained"] + json.loads(out.splitlines()[-1])["pruned"] == 6
    _, err = said_here(place, "run", "--study", "digits-500-2000", "--budget", "500,3k", code=2)
    assert "(budget 500,2000 there, 500,3000 here)" in err
    _, err = said_here(place, "run", "--study", "digits-500-2000", "--budget", "2k", code=2)
    assert "(budget 500,2000 there, 2000 here)" in err


@pytest.mark.parametrize("budgets", [(500, 900), (500, 4_000), (2_000, 8_000, 15_500)])
def test_budgets_are_read_back_as_they_are_written(budgets):
    """Where 500,900 would be one number."""
    assert parse_budgets(as_typed(budgets)) == budgets
