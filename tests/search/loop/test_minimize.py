"""The search for the smallest network that holds a target."""

from dataclasses import replace

import pytest

from results.findings.selection import best
from search.objective import Objective
from search.proposals.warm_starts import warm_starts
from search.study.attributes import from_trial
from search.study.folder import StudyFolder
from search.study.reading import read_records
from search.study.store import Store
from space.choices.encoding import design_from
from space.choices.smallest import narrowest
from space.design import Budget
from space.task import DIGITS
from tests.search.searches import finish, start
from tests.search.study.test_store import curve, propose, settings

SMALLEST = settings(minimize_parameters=True, target=0.9, trials=50)


@pytest.fixture
def folder(tmp_path):
    made = StudyFolder("s", runs=tmp_path)
    with made.locked():
        yield made


def trained(store, accuracy):
    trial, _, ruling = propose(store)
    for score in curve(accuracy, accuracy, accuracy):
        store.report(trial, score)
    store.tell(trial, "trained", curve(accuracy, accuracy, accuracy))
    return ruling


def test_a_smaller_network_that_holds_the_target_is_always_better():
    objective = Objective(0.99, 8000, 250)
    held = [objective.merit(0.9901, 900), objective.merit(0.99, 1000), objective.merit(1.0, 8000)]
    missed = [objective.merit(0.9899, 8000), objective.merit(0.98, 100)]
    assert held + missed == sorted(held + missed, reverse=True)
    assert objective.merit(0.98, 100) == 0.98
    assert Objective(None, 8000, 250).merit(0.995, 100) == 0.995


def test_a_network_that_reaches_the_target_and_no_more_holds_it(folder):
    """In floats 98.4 / 100, as a target is typed, is more than 246 / 250."""
    chosen = replace(SMALLEST, target=98.4 / 100)
    store = Store(folder, chosen)
    sizes = [trained(store, 246 / 250).parameters for _ in range(2)]
    assert store.next_budget.parameters == max(sizes) - 1
    found = best(read_records(folder))
    assert (found.parameters, found.merit > 1) == (min(sizes), True)


def test_the_budget_falls_to_the_second_smallest_that_held_the_target(folder):
    store = Store(folder, SMALLEST)
    sizes = []
    for accuracy in (0.95, 0.89, 0.9, 0.99, 0.5, 0.92):
        budget = min(8000, sorted(sizes)[1] - 1) if len(sizes) > 1 else 8000
        ruling = trained(store, accuracy)
        assert ruling.budget.parameters == budget
        assert ruling.parameters <= budget
        sizes += [ruling.parameters] if accuracy >= 0.9 else []
    found = best(read_records(folder))
    assert (found.parameters, found.score >= 0.9) == (min(sizes), True)
    assert Store(folder, SMALLEST).tally.smallest == store.tally.smallest  # after a restart too


def test_what_was_proposed_under_a_larger_budget_keeps_it(folder):
    store = Store(folder, SMALLEST)
    trial, design, _ = propose(store)
    trained(store, 0.95), trained(store, 0.95)
    store.requeue(trial)
    again, same, ruling = propose(store)
    assert (again.number, same, ruling.budget.parameters) == (trial.number, design, 8000)


def test_known_designs_that_wait_while_the_budget_falls_stay_what_they_are(folder):
    chosen = replace(SMALLEST, warm_start="ladders", space="wide")
    store = Store(folder, chosen)
    for name, values in [*warm_starts(chosen)][:4]:
        trial, design, ruling = propose(store)
        assert from_trial(trial).origin == name
        assert design == design_from(values, space="wide", budget=chosen.budget, epochs=3, task=DIGITS)
        assert ruling.budget == chosen.budget
        store.tell(trial, "trained", curve(0.95, 0.95, 0.95))
    assert store.tally.smallest[1] < 8000


@pytest.mark.parametrize(
    ("limits", "found", "budget"), [({}, 300, 299), ({}, 100, 132), ({"activation_bytes": 21_000}, 100, 204)]
)
def test_the_budget_falls_as_far_as_the_space_reaches(folder, limits, found, budget):
    store = Store(folder, replace(SMALLEST, space="wide", budget=Budget(parameters=8000, **limits)))
    store.tally.smallest = [found, found]
    _, _, ruling = propose(store)
    assert (ruling.budget.parameters, ruling.allowed) == (budget, True)


def test_there_is_always_a_network_that_meets_the_budget(folder):
    store = Store(folder, replace(SMALLEST, target=0.01))
    store.tally.smallest = [narrowest(DIGITS).parameters] * 2
    assert propose(store)[2].parameters == narrowest(DIGITS).parameters


def test_a_network_is_pruned_by_the_curves_of_smaller_ones_only(folder):
    store = Store(folder, replace(SMALLEST, pruner="median", epochs=6, last_epochs=1, target=0.99))
    large = [propose(store) for _ in range(6)]
    for trial, _, _ in large:
        for score in curve(0.9, 0.9, 0.9, 0.9, 0.9, 0.9):
            store.report(trial, score)
        store.tell(trial, "trained", curve(0.9, 0.9, 0.9, 0.9, 0.9, 0.9))
    trial, _, _ = propose(store)
    scores = curve(0.5, 0.5, 0.5, 0.5, 0.5)
    for score in scores:
        store.report(trial, score)
    sizes = [ruling.parameters for _, _, ruling in large]
    for parameters, hopeless in ((min(sizes) - 1, False), (max(sizes), True)):
        trial.set_user_attr("parameters", parameters)
        assert store.judge.hopeless(trial, scores[-1], known=None) == hopeless


@pytest.mark.slow
def test_the_command(tmp_path):
    options = ("--workers", "1", "--trials", "6", "--epochs", "3", "--minimize-parameters", "--target", "15")
    lines, err = finish(start(tmp_path, *options))
    sizes = [line["parameters"] for line in lines[:-1] if line["score"] and line["score"] >= 0.15]
    assert lines[-1]["best"]["parameters"] == min(sizes)
    assert sizes[-1] < max(sizes)
    assert "search longer: python -m search run --trials 12 --study" in err  # which knows what is sought
    changed = start(tmp_path, *options[:-1], "20")
    assert changed.wait(60) == 2
    assert "score" in "".join(changed.communicate()[1])
