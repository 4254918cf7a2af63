"""How small networks of a space of somebody's own become: never smaller than it lets them."""

import random

import pytest

from space.architecture import Architecture
from space.choices.blueprint import blueprint_of
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.choices.reach import check_reach, least
from space.choices.search_space import BadSpace
from space.choices.smallest import narrowest
from space.choices.stages import Stages
from space.design import Budget
from space.invalid import InvalidDesign
from space.task import DIGITS
from tests.space.choices.test_own_reading import read

DEEP = """
forms = ["stages"]
stages = 3
blocks_1 = 2
blocks_2 = 2
blocks_3 = { low = 1, high = 2 }
block = "separable"
"""


@pytest.mark.parametrize("budget", [1500, 2500, 8000])
def test_what_is_fixed_stays_whatever_the_budget(budget):
    rng, space, over = random.Random(2), read(DEEP), 0
    for _ in range(40):
        values = draw(space, "inside", rng, task=DIGITS, augment="digits")
        limits = Budget(parameters=budget)
        network = design_from(values, space=space, budget=limits, epochs=1, task=DIGITS).architecture
        over += not limits.allows(network)
        form = blueprint_of(network)[0].form
        assert isinstance(form, Stages)
        assert (form.stages, form.blocks_1, form.blocks_2) == (3, 2, 2)
        assert form.blocks_3 in (1, 2)
    assert over == 0


def test_the_smallest_network_keeps_to_the_space():
    space = read(DEEP)
    smallest = least(space, Budget(parameters=1), DIGITS)
    rng = random.Random(3)
    for _ in range(100):
        values = draw(space, "inside", rng, task=DIGITS, augment="digits")
        budget = Budget(parameters=smallest.parameters)
        network = design_from(values, space=space, budget=budget, epochs=1, task=DIGITS).architecture
        assert network.parameters == smallest.parameters
    assert least(read(""), Budget(parameters=1), DIGITS).parameters <= narrowest(DIGITS).parameters


def test_under_another_limit_the_smallest_is_so_in_that():
    space = read(DEEP)
    few = least(space, Budget(parameters=10**6, macs=1), DIGITS)
    assert few.macs < least(space, Budget(parameters=1), DIGITS).macs


def test_plain_widths_are_no_narrower_than_is_said():
    space = read(
        "templates = ['c? relu mp']\nforms = ['template']\nwidth = { low = 12, high = 20 }\nwidth_free_1 = [15, 16]"
    )
    assert least(space, Budget(parameters=1), DIGITS, plain=True) == Architecture.parse("c15 relu mp gap c10k1")
    assert least(space, Budget(parameters=1), DIGITS) == Architecture.parse("c4 relu mp gap c10k1")


def test_a_budget_that_nothing_meets_is_refused_with_the_smallest():
    space = read(DEEP)
    smallest = least(space, Budget(parameters=1), DIGITS).parameters
    check_reach(space, Budget(parameters=smallest), DIGITS, plain=False)
    with pytest.raises(InvalidDesign, match=f"search space my meets .*the smallest that was found has {smallest:,}$"):
        check_reach(space, Budget(parameters=smallest - 1), DIGITS, plain=False)


def test_a_template_that_is_too_large_is_named_with_its_line():
    space = read("templates = [\n'c? relu mp',\n'c? flatten fc?',\n]")
    check_reach(space, Budget(parameters=30_000), DIGITS, plain=False)
    with pytest.raises(BadSpace, match=r"line 3: .*no network within 8,000 parameters; the narrowest has 27,076$"):
        check_reach(space, Budget(parameters=8_000), DIGITS, plain=False)
