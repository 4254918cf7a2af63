"""What a network may cost, as people type it, and refused where no network of the space costs so little."""

import itertools

import pytest

from search.errors import UserError
from search.limits import budgets_of, check_budget, parse_budget, parse_budgets, parse_count
from space.choices.smallest import narrowest, smallest
from space.design import Budget
from space.task import DIGITS
from tests.space.tasks import TASKS, name

RIGHT = {
    "8000": 8_000, "8_000": 8_000, "8,000": 8_000, "8k": 8_000, "8K": 8_000, "0.5M": 500_000, "0.5m": 500_000,
    "1e4": 10_000, "2.5e3": 2_500, "1E+4": 10_000, "12.5k": 12_500, "1,234,567": 1_234_567, "0": 0, "-5": -5, "+7": 7,
    " 8k ": 8_000, "8.0": 8,
}  # fmt: skip
WRONG = ["", "k", "8 k", "8kb", "8kk", "1e4k", "8,00", "80,00", "1,2345", "8__000", "_8", "8_", "12.5", "0.0001k",
         "1e-3", "٣", "½", "0x10", "NaN", "inf", "1e999", "9" * 400, "--8", "8.", ".5k"]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), RIGHT.items())
def test_a_count_is_understood(text, value):
    assert parse_count(text) == value


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_count_is_refused(text):
    with pytest.raises(ValueError, match=r"must be a whole number such as 8000, 8_000, 8,000, 8k or 0\.5M, not"):
        parse_count(text)


SEVERAL = {
    "2000,4000,8000": (2_000, 4_000, 8_000), "2k,4k,8k": (2_000, 4_000, 8_000), "2,000, 4,000": (2_000, 4_000),
    "500,1000": (500, 1_000), "0.5k, 1M": (500, 1_000_000), "8,000": 8_000, "8k": 8_000, 8_000: 8_000,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SEVERAL.items())
def test_several_budgets_have_commas_between(text, value):
    assert parse_budgets(text) == value


def test_more_budgets_than_anybody_searches_together_are_refused():
    with pytest.raises(UserError, match="`budget` may name 20 budgets at most, not 21; leave some out"):
        budgets_of(parse_budgets(",".join(f"{number}k" for number in range(1, 22))))
    assert budgets_of(parse_budgets(",".join(["2k"] * 21))) == (2_000,)


@pytest.mark.parametrize("text", ["2,000,4,000", "2k,", ",2k", "2k;4k", "2k,x", "2k,,4k", "x"])
def test_budgets_that_are_none_or_could_be_others_are_refused(text):
    with pytest.raises(ValueError, match="must be a whole number such as 8000"):
        parse_budgets(text)


@pytest.mark.parametrize("task", TASKS, ids=name)
@pytest.mark.parametrize("space", ["core", "wide", "taught"])
def test_of_each_limit_the_smallest_that_can_be_met_is_said_and_met(space, task):
    networks = smallest(task, stages=space != "core")
    for limit in ("parameters", "macs", "activation_bytes"):
        least = min(getattr(network, limit) for network in networks)
        loose = {"parameters": 10**9}
        check_budget(Budget(**loose | {limit: least}), task, space)
        with pytest.raises(UserError, match=rf"meets a budget of .*; the smallest that can be met is {least:,}$"):
            check_budget(Budget(**loose | {limit: least - 1}), task, space)


def test_limits_that_can_be_met_alone_and_not_together_are_refused_with_what_comes_nearest():
    least, *_ = networks = smallest(DIGITS, stages=True)
    lightest = min(networks, key=lambda network: network.activation_bytes)
    for one, other in itertools.combinations(networks, 2):
        check_budget(Budget(parameters=one.parameters, activation_bytes=one.activation_bytes), DIGITS, "wide")
        assert one.parameters < other.parameters
    both = Budget(parameters=least.parameters, activation_bytes=lightest.activation_bytes)
    with pytest.raises(
        UserError, match=r"together, though each can be met alone; the nearest has [0-9,]+ parameters"
    ):
        check_budget(both, DIGITS, "wide")


def test_what_the_core_space_has_not_is_refused_there_and_not_elsewhere():
    limits = Budget(parameters=narrowest(DIGITS).parameters - 1)
    check_budget(limits, DIGITS, "wide")
    with pytest.raises(UserError, match="the smallest that can be met is 364"):
        check_budget(limits, DIGITS, "core")


@pytest.mark.parametrize("limits", [(0, None, None), (8_000, -5, None), (8_000, None, 0)])
def test_a_limit_below_one_is_refused_by_its_name(limits):
    with pytest.raises(UserError, match=r"^`(budget|max_macs|max_activation_bytes)` must be at least 1, not "):
        parse_budget(*limits, DIGITS, "wide")
