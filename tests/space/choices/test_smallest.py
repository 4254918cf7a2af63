"""The smallest networks: no network of a space has less of anything than one of them."""

import random

import pytest

from space.choices.augment_sets import default_augment
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.choices.smallest import narrowest, smallest
from space.design import Budget
from tests.amounts import soak
from tests.space.tasks import TASKS, name, task_of

pytestmark = pytest.mark.no_cover
TINY = [task_of((1, side, side), 2) for side in (1, 2, 3, 4, 5, 8)]
LIMITS = ("parameters", "macs", "activation_bytes")


def check(task, space, count):
    least, rng = smallest(task, stages=space != "core"), random.Random(2)
    for _ in range(count):
        values = draw(space, "plain", rng, task=task, augment=default_augment(task))
        narrow = {choice: 4 for choice in values if choice.startswith("width_")}
        drawn = values | narrow | ({"activation": "relu"} if "activation" in values else {})
        network = design_from(drawn, space="wide", budget=Budget(parameters=1), epochs=1, task=task).architecture
        assert any(all(getattr(one, name) <= getattr(network, name) for name in LIMITS) for one in least)


@pytest.mark.parametrize("task", [*TASKS, *TINY], ids=name)
@pytest.mark.parametrize("space", ["core", "wide"])
def test_any_network_of_a_space_costs_as_much_as_one_of_the_smallest(task, space):
    check(task, space, 40)


@pytest.mark.slow
@pytest.mark.parametrize("task", [*TASKS, *TINY, task_of((3, 96, 96), 100), task_of((1, 8, 8), 1_000)], ids=name)
@pytest.mark.parametrize("space", ["core", "wide"])
def test_any_of_thousands_of_networks_costs_as_much_as_one_of_the_smallest(task, space):
    check(task, space, 3_000)


@pytest.mark.parametrize("task", [*TASKS, *TINY], ids=name)
@pytest.mark.parametrize("space", ["core", "wide", "taught"])
def test_every_proposal_meets_limits_that_only_one_of_the_smallest_meets(task, space):
    rng = random.Random(3)
    for network in smallest(task, stages=space != "core"):
        limits = Budget(**{limit: getattr(network, limit) for limit in LIMITS})
        for _ in range(soak("DRAWS", 2)):
            values = draw(space, "inside", rng, task=task, augment=default_augment(task))
            assert limits.allows(design_from(values, space="wide", budget=limits, epochs=1, task=task).architecture)


@pytest.mark.parametrize("task", [*TASKS, *TINY], ids=name)
def test_the_narrowest_is_the_one_with_fewest_parameters_that_people_make_by_hand(task):
    assert smallest(task, stages=False)[0].parameters == narrowest(task).parameters
