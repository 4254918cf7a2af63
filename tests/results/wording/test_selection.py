"""What is said of the best trial."""

from statistics import fmean

import pytest

from results.findings.estimate import estimate_confirmed, estimate_of
from results.findings.selection import select
from results.wording.selection import RULE, RULE_OF_BUDGETS, RULE_OF_SMALLEST, estimated, notes, rule, sentence
from tests.source import ROOT


@pytest.fixture
def make(make_record):
    def made(trial, score, finals=(), **changes):
        return make_record(trial, score, **{"finals": finals, "merit": fmean(finals or (score,))} | changes)

    return made


def test_a_figure_has_its_interval_and_its_images(make):
    searched = estimated(estimate_of(make(0, 0.992, images=250)), chosen=True)
    assert searched == (
        "99.20 % of 250 held-out images (95 % interval 97.13 to 99.78 %), chosen by this figure, so optimistic"
    )
    assert "by which the search chooses" in estimated(estimate_of(make(0, 0.99)), chosen=False)
    one, two = ((0.99,), (0.99, 0.99))
    assert "in 1 final on 10,000 held-out images (" in estimated(estimate_of(make(0, 0.99, one)), chosen=True)
    assert "in 2 finals on 10,000 held-out images each (" in estimated(estimate_of(make(0, 0.99, two)), chosen=True)
    for scores, seeds in ((one, "1 seed"), (two, "2 seeds")):
        assert f"of 297 test images, mean of {seeds} (" in estimated(estimate_confirmed(scores, 297), chosen=True)


def test_a_tie_names_the_others_and_why_the_winner_is_taken(make):
    large, small = make(0, 0.99, (0.993,), parameters=7_900), make(1, 0.99, (0.9925,), parameters=1)
    assert notes(select([large, small])) == [
        "tied with trial 0 (99.30 %, 7,900 parameters): their means in the finals differ by less than the standard "
        "error of 0.08 points, so the smaller network is taken"
    ]
    same = [make(n, 0.99, (0.993,), macs=macs) for n, macs in enumerate((7, 7, 9))]
    assert "so the earliest of the smallest is taken" in notes(select(same))[0]
    assert "with the fewest multiply-adds is taken" in notes(select(same[1:]))[0]
    assert not notes(select([large]))


def test_who_found_it_is_said_where_it_was_not_the_search(make):
    known, own = make(0, 0.992, origin="zoo/2000"), make(1, 0.99, parameters=1)
    (said,) = notes(select([known, own]))
    assert said.startswith("zoo/2000, a design that was known before the search, won;")
    assert said.endswith("the best is trial 1 (99.00 %, 1 parameter), 0.20 points behind in held-out accuracy")
    assert notes(select([known]))[0].endswith("nothing was trained to its end")
    ahead = [make(0, 0.99, (0.9925,), origin="ladder-1/9", parameters=9), make(1, 0.99, (0.993,), parameters=99)]
    tie, who = notes(select(ahead))
    assert "trial 1" in tie
    assert who.endswith("0.05 points ahead in the same 1 final")
    level = [make(0, 0.99, (0.993,), origin="ladder-1/9", parameters=9), make(1, 0.99, (0.993,), parameters=99)]
    assert notes(select(level))[1].endswith("as accurate in the same 1 final")


def test_later_trials_agree_with_their_verb(make):
    records = [make(0, 0.98, (0.98,)), make(1, 0.99), make(2, 0.99)]
    assert "1 trial with a higher held-out score was not in the finals: it was" in notes(select(records[:2]))[0]
    assert "2 trials with a higher held-out score were not in the finals: they were" in notes(select(records))[0]


def test_trials_that_later_finals_had_no_room_for_are_not_said_to_come_after_them(make):
    """Trial 0 won the first finals, and wins again beside those of the second ones, in which trial 2 was not."""
    records = [make(0, 0.98, (0.985,)), make(1, 0.991, (0.97,)), make(2, 0.99)]
    assert notes(select(records)) == [
        "1 trial with a higher held-out score was not in the finals: it was trained after them, or others scored "
        "higher still"
    ]


def test_the_rule_is_one_sentence(make):
    assert rule(select([make(0, 0.99)])) == RULE
    assert rule(select([make(0, 0.99, merit=1.5)])) == RULE_OF_SMALLEST
    budgets = [make(0, 0.99, of_budget=2_000), make(1, 0.991, of_budget=8_000)]
    assert rule(select(budgets)) == rule(select(budgets[:1])) == RULE_OF_BUDGETS
    for said in (RULE, RULE_OF_SMALLEST, RULE_OF_BUDGETS):
        assert said.count(".") == 1
    docs = " ".join((ROOT / "docs" / "how-it-searches.md").read_text().split())
    assert RULE in docs
    assert RULE_OF_BUDGETS.rpartition("; ")[2] in docs


def test_the_best_of_budgets_stand_side_by_side_with_where_their_figures_are_from(make):
    """A budget of which a single trial was trained has no finals."""
    small = make(0, 0.992, (0.9931,), of_budget=2_000, parameters=1_900)
    assert notes(select([small, make(1, 0.994, of_budget=8_000, parameters=7_900)])) == [
        "the best of each budget that no smaller one is as accurate as: at most 2,000: trial 0 (99.31 % in the "
        "finals, 99.20 % in the search, 1,900 parameters); at most 8,000: trial 1 (99.40 % in the search, "
        "7,900 parameters)"
    ]


def test_a_design_at_the_start_of_a_sentence_keeps_its_name():
    assert sentence("zoo/4000 was known before") == "zoo/4000 was known before."
    assert sentence("the front has two networks") == "The front has two networks."
