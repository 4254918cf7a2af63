"""What a search space offers under a budget."""

import random

import pytest

from space.choices.choices import choices, draw
from space.choices.encoding import design_from
from space.choices.survey import share_inside, survey
from space.design import Budget
from space.layers import InvalidDesign
from space.task import DIGITS


def test_a_share_is_what_a_recount_of_the_same_proposals_finds():
    budget, rng = Budget(parameters=6000), random.Random(0)
    parameters = [
        design_from(
            draw("core", "plain", rng, task=DIGITS, augment="digits"),
            space="core",
            budget=budget,
            epochs=1,
            task=DIGITS,
        ).architecture.parameters
        for _ in range(60)
    ]
    within = sum(count <= 6000 for count in parameters)
    assert 0 < within < 60
    assert share_inside("core", "plain", budget, 60, task=DIGITS, augment="digits") == within / 60


def test_all_proposals_made_inside_a_budget_fit_and_few_of_the_plain_ones():
    surveyed = survey("wide", Budget(parameters=4000), proposals=100, task=DIGITS, augment="digits")
    assert surveyed.shares["inside"] == 1.0
    assert surveyed.shares["plain"] < 0.2
    assert surveyed.choices == choices("wide", "inside", task=DIGITS, augment="digits")


def test_a_budget_that_no_network_meets_is_refused():
    with pytest.raises(InvalidDesign):
        survey("wide", Budget(parameters=12), proposals=5, task=DIGITS, augment="digits")
