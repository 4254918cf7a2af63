"""Costs as polynomials of the widths: the same as those of the network."""

import random

import pytest

from space.architecture import Architecture
from space.choices.blueprint import blueprint_of
from space.choices.choices import draw
from space.choices.costs import Costs
from space.choices.encoding import design_from
from space.design import Budget
from space.layers import Conv, GlobalAvgPool
from tests.space.tasks import TASKS, name

LIMITS = ("parameters", "macs", "activation_bytes")


@pytest.mark.parametrize("task", TASKS, ids=name)
def test_the_costs_of_every_width_are_the_networks(task):
    rng = random.Random(0)
    for number in range(60):
        values = draw(("core", "wide")[number % 2], "plain", rng, task=task, augment="digits")
        drawn = design_from(values, space="wide", budget=Budget(parameters=1), epochs=1, task=task).architecture
        blueprint, _ = blueprint_of(drawn)

        def assemble(width, blueprint=blueprint):
            return blueprint.assemble(width, image=task.image, classes=task.classes)

        costs = Costs(assemble)
        for most in (4, 64, 192, 4_000):
            widths = {slot: rng.randint(1, most) for slot in costs.slots}
            network = assemble(widths.__getitem__)
            assert {limit: costs.of(limit, widths) for limit in LIMITS} == {
                limit: getattr(network, limit) for limit in LIMITS
            }


def test_what_is_no_polynomial_of_the_second_degree_is_refused():
    def cubic(width):
        return Architecture((Conv(width("one")), Conv(width("one") * width("other")), GlobalAvgPool(), Conv(10, 1)))

    costs = Costs(cubic)
    with pytest.raises(ArithmeticError):
        costs.of("parameters", dict.fromkeys(costs.slots, 8))
