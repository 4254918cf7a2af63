"""Designs of random choices for tasks of every shape: what they cost, how they end, and their values again."""

import math
import random
from typing import get_args

import pytest
import torch
from fvcore.nn import parameter_count

from space.choices.augment_sets import default_augment
from space.choices.choices import draw, guess
from space.choices.encoding import design_from, values_of
from space.choices.search_space import SpaceName
from space.choices.smallest import narrowest
from space.design import Budget
from space.invalid import InvalidDesign
from space.known.references import REFERENCES
from space.layers import MaxPool
from space.task import DIGITS
from tests.amounts import soak
from tests.space.choices.test_own_reading import read
from tests.space.tasks import COLOUR, LARGE, OBLONG, SMALL, TASKS, name, task_of
from train.model import build

pytestmark = pytest.mark.no_cover
TINY = [task_of((1, side, side), 2) for side in (1, 2, 3, 4, 5, 8)]


def proposals(task, count, *, seed=0):
    """Random designs and first guesses in turn, of every space, each with a budget from 2,000 to 100,000."""
    rng, least = random.Random(seed), max(2_000, narrowest(task).parameters)
    for number in range(count):
        budget = Budget(parameters=round(math.exp(rng.uniform(math.log(least), math.log(100_000)))))
        space = get_args(SpaceName)[number % 3]
        make = draw if number % 2 else guess
        values = make(space, "inside", rng, task=task, augment=default_augment(task))
        yield budget, design_from(values, space="wide", budget=budget, epochs=5, task=task)


def check(task, count, *, seed, run_every):
    for number, (budget, design) in enumerate(proposals(task, count, seed=seed)):
        network = design.architecture
        assert (network.image, network.classes) == (task.image, task.classes)
        with torch.device("meta"):
            model = build(network)
            assert sum(p.numel() for p in model.parameters()) == network.parameters <= budget.parameters
            assert parameter_count(model)[""] == network.parameters
            if number % run_every == 0:
                assert model(torch.empty(2, *task.image)).shape == (2, task.classes)


@pytest.mark.parametrize("task", [*TASKS, *TINY], ids=name)
def test_proposals_for_any_task_keep_to_their_budget(task):
    check(task, 12, seed=0, run_every=6)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS, ids=name)
def test_thousands_of_proposals_for_any_task_keep_to_their_budget(task):
    check(task, soak("PROPOSALS", 200), seed=1, run_every=50)


@pytest.mark.parametrize("task", [*TASKS, *TINY], ids=name)
@pytest.mark.parametrize("space", get_args(SpaceName))
def test_every_proposal_meets_the_smallest_budget_and_none_a_smaller(task, space):
    rng, smallest = random.Random(3), narrowest(task)
    limits = Budget(parameters=smallest.parameters, macs=smallest.macs, activation_bytes=smallest.activation_bytes)
    for _ in range(soak("DRAWS", 6)):
        values = draw(space, "inside", rng, task=task, augment=default_augment(task))
        design = design_from(values, space="wide", budget=limits, epochs=5, task=task)
        assert limits.allows(design.architecture)
    if space == "core":
        with pytest.raises(InvalidDesign, match=f"the smallest has {smallest.parameters:,} parameters"):
            design_from(values, space="wide", budget=Budget(parameters=smallest.parameters - 1), epochs=5, task=task)


@pytest.mark.parametrize(("task", "most"), [(COLOUR, 2), (OBLONG, 2), (LARGE, 4)], ids=["colour", "oblong", "large"])
def test_large_images_have_up_to_four_pools_and_the_first_one_sees_as_little_as_ever(task, most):
    pools, rng = set(), random.Random(1)
    for number in range(soak("DRAWS", 60)):
        space = get_args(SpaceName)[number % 3]
        values = draw(space, "inside", rng, task=task, augment="natural")
        network = design_from(
            values, space="wide", budget=Budget(parameters=20_000), epochs=5, task=task
        ).architecture
        pools.add(sum(isinstance(layer, MaxPool) for layer in network.layers))
        assert values.get("family") == "stages" or network.pool_receptive_fields[0][0] in (5, 7, 9)
    assert (min(pools), max(pools)) == (1, most)


@pytest.mark.parametrize("task", [COLOUR, LARGE, OBLONG], ids=name)
def test_designs_for_other_tasks_have_values_that_give_them_again(task):
    """Some have none: of those, parts were left out that a map is too small for."""
    read = 0
    for _, design in proposals(task, soak("DRAWS", 30), seed=2):
        budget = Budget(parameters=design.architecture.parameters)
        try:
            values = values_of(
                design,
                space="taught",
                sampling="plain",
                budget=budget,
                task=task,
                augment=default_augment(task),
            )
        except InvalidDesign:
            continue
        again = design_from(values, space="wide", budget=budget, epochs=5, task=task)
        assert again.fingerprint == design.fingerprint
        read += 1
    assert read >= 12


def test_a_design_for_other_images_has_no_values():
    design, budget = REFERENCES["ladder-3/6"].design, Budget(parameters=8000)
    with pytest.raises(InvalidDesign, match="is for 1x28x28 and 10 classes, the images are 1x12x12 of 3"):
        values_of(design, space="core", sampling="inside", budget=budget, task=SMALL, augment="digits")
    assert values_of(design, space="core", sampling="inside", budget=budget, task=DIGITS, augment="digits")


def test_a_weight_average_near_one_is_rounded_by_its_distance_from_it():
    space = read("ema = { low = 0.99, high = 0.9999 }")
    rng, seen = random.Random(6), set()
    for _ in range(60):
        values = draw(space, "inside", rng, task=DIGITS, augment="digits")
        recipe = design_from(values, space=space, budget=Budget(parameters=8_000), epochs=5, task=DIGITS).recipe
        assert recipe.ema == pytest.approx(values["ema"], abs=0.006 * (1 - values["ema"]))
        seen.add(recipe.ema)
    assert len(seen) > 50
