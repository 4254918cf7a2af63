"""The search space: every draw is a network, inside sampling keeps to the budget, people's designs are in it."""

import random
from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest

from space.architecture import Architecture
from space.augmentations import Augmentation, Interpolation
from space.choices.augment_sets import KINDS
from space.choices.blueprint import ActivationName, blueprint_of
from space.choices.choices import choices, draw, guess
from space.choices.encoding import design_from, values_of
from space.choices.kinds import Pick
from space.choices.ranges import PROVEN, SCHEDULES
from space.choices.smallest import narrowest
from space.choices.structure_reading import structure_of
from space.design import Budget, Design
from space.invalid import InvalidDesign
from space.known.references import REFERENCES
from space.layers import PRelu, Relu, Silu
from space.notation import parse_layers
from space.recipe import Anneal, OptimizerName, Schedule
from space.task import DIGITS
from tests.amounts import soak

pytestmark = pytest.mark.no_cover  # thousands of draws, which take three times as long where each line is watched

REACHABLE = [
    name
    for name, reference in REFERENCES.items()
    if reference.evidence == "saved run" and reference.parameters < 15_000
]


@pytest.mark.parametrize("space", ["core", "wide", "taught"])
@pytest.mark.parametrize("budget", [364, 500, 1000, 2000, 4000, 8000, 15000, 60000])
def test_every_drawn_design_fits_the_budget(budget, space):
    rng = random.Random(budget)
    for _ in range(soak("DRAWS", 20)):
        design = design_from(
            draw(space, "inside", rng, task=DIGITS, augment="digits"),
            space=space,
            budget=Budget(parameters=budget),
            epochs=15,
            task=DIGITS,
        )
        assert design.architecture.parameters <= budget


def test_a_drawn_design_fills_its_share_of_the_budget():
    """No width can grow by one map at a common scale: what is left is less than one step of all widths."""
    rng = random.Random(5)
    for _ in range(100):
        values = draw("core", "inside", rng, task=DIGITS, augment="digits") | {"fill": 1.0}
        design = design_from(values, space="wide", budget=Budget(parameters=8000), epochs=15, task=DIGITS)
        assert (
            design.architecture.parameters > 0.75 * 8000 or max(structure_of(design.architecture)[1].values()) == 64
        )


@pytest.mark.parametrize("space", ["core", "wide", "taught"])
def test_other_limits_are_kept_too(space):
    rng = random.Random(6)
    budget = Budget(parameters=8000, macs=600_000, activation_bytes=40_000)
    for _ in range(soak("DRAWS", 40)):
        architecture = design_from(
            draw(space, "inside", rng, task=DIGITS, augment="digits"),
            space=space,
            budget=budget,
            epochs=15,
            task=DIGITS,
        ).architecture
        assert architecture.macs <= 600_000
        assert architecture.activation_bytes <= 40_000


@pytest.mark.slow
def test_depth_is_not_biased_towards_shallow_networks():
    """At 8,000 parameters nearly every drawn depth is kept; false alarm below 1e-6 by the binomial."""
    rng = random.Random(7)
    kept = Counter()
    for _ in range(500):
        values = draw("core", "inside", rng, task=DIGITS, augment="digits") | {"padding": "all"}
        design = design_from(values, space="wide", budget=Budget(parameters=8000), epochs=15, task=DIGITS)
        structure, _ = structure_of(design.architecture)
        kept[structure.blocks_after_pool == values["blocks_after_pool"]] += 1
    assert kept[True] >= 490


@pytest.mark.parametrize("name", REACHABLE)
@pytest.mark.parametrize("sampling", ["inside", "plain"])
@pytest.mark.parametrize("space", ["core", "wide", "taught"])
def test_published_designs_are_reachable(name, sampling, space):
    reference = REFERENCES[name]
    budget = Budget(parameters=8000 if reference.parameters <= 8000 else 15000)
    values = values_of(reference.design, space=space, sampling=sampling, budget=budget, task=DIGITS, augment="digits")
    every = choices(space, sampling, task=DIGITS, augment="digits")
    assert values.keys() == every.keys()
    assert all(values[key] in choice for key, choice in every.items())
    rebuilt = design_from(values, space="wide", budget=budget, epochs=reference.recipe.epochs, task=DIGITS)
    assert rebuilt.architecture == reference.design.architecture.normal_form()
    assert rebuilt.recipe == reference.recipe
    assert rebuilt.fingerprint == reference.design.fingerprint


def test_a_design_over_the_budget_is_scaled_down_to_it():
    reference = REFERENCES["ladder-2/4"]
    values = values_of(
        reference.design,
        space="core",
        sampling="inside",
        budget=Budget(parameters=4000),
        task=DIGITS,
        augment="digits",
    )
    design = design_from(values, space="wide", budget=Budget(parameters=4000), epochs=15, task=DIGITS)
    assert 3000 < design.architecture.parameters <= 4000
    was, now = (structure_of(d.architecture)[0] for d in (reference.design, design))
    assert was == now


def test_every_drawn_design_is_read_back():
    rng = random.Random(8)
    for _ in range(soak("DRAWS", 100)):
        design = design_from(
            draw("core", "plain", rng, task=DIGITS, augment="digits"),
            space="core",
            budget=Budget(parameters=8000),
            epochs=15,
            task=DIGITS,
        )
        structure_of(design.architecture)


@pytest.mark.parametrize(("space", "sampling"), [("wide", "inside"), ("wide", "plain"), ("taught", "inside")])
def test_every_design_of_the_wide_space_has_values_that_give_it_again(space, sampling):
    rng, families = random.Random(8), Counter()
    for _ in range(soak("DRAWS", 60)):
        drawn = draw(space, sampling, rng, task=DIGITS, augment="digits")
        design = design_from(drawn, space="wide", budget=Budget(parameters=8000), epochs=15, task=DIGITS)
        budget = Budget(parameters=design.architecture.parameters)
        widths = blueprint_of(design.architecture)[1].values()
        if sampling == "inside" and min(widths) < 0.2 * max(widths):  # one was raised to the least there is
            continue
        values = values_of(design, space=space, sampling=sampling, budget=budget, task=DIGITS, augment="digits")
        families[drawn["family"]] += 1
        assert values.keys() == drawn.keys()
        assert (
            design_from(values, space="wide", budget=budget, epochs=15, task=DIGITS).fingerprint == design.fingerprint
        )
    assert min(families.values()) > 18


def test_the_wide_space_has_every_kind_of_layer_and_recipe():
    rng, tokens, optimizers = random.Random(3), set(), set()
    wanted = {"[", "]", "prelu", "silu", "relu", "bn", "gbn", "do", "mp", "gap"}
    for _ in range(300):
        design = design_from(
            draw("wide", "inside", rng, task=DIGITS, augment="digits"),
            space="wide",
            budget=Budget(parameters=8000),
            epochs=15,
            task=DIGITS,
        )
        tokens |= {token.rstrip("0123456789.") for token in design.architecture.notation.split()}
        optimizers.add(design.recipe.optimizer)
        if wanted <= tokens and len(optimizers) == 4:
            break
    assert wanted <= tokens
    assert optimizers == {"sgd", "adam", "adamw", "muon"}


def test_what_a_recipe_has_no_use_for_makes_no_other_design():
    """Nesterov momentum is SGD's, and without augmentation nothing fades."""
    rng = random.Random(5)
    for _ in range(soak("DRAWS", 40)):
        recipe = design_from(
            draw("wide", "inside", rng, task=DIGITS, augment="digits"),
            space="wide",
            budget=Budget(parameters=8000),
            epochs=15,
            task=DIGITS,
        ).recipe
        assert recipe.optimizer == "sgd" or not recipe.nesterov
        assert recipe.augmentation or not recipe.fade


def test_the_smallest_network_is_the_smallest():
    rng = random.Random(9)
    narrow = {
        name: 4 for name in choices("core", "plain", task=DIGITS, augment="digits") if name.startswith("width_")
    }
    counts = []
    for _ in range(10 * soak("DRAWS", 60)):
        values = draw("core", "plain", rng, task=DIGITS, augment="digits") | narrow
        counts.append(design_from(values, space="wide", budget=Budget(parameters=1), epochs=15, task=DIGITS))
    assert min(design.architecture.parameters for design in counts) >= narrowest(DIGITS).parameters
    structure, _ = structure_of(counts[0].architecture)
    *_, last = structure.simpler()
    assert last.blocks_after_pool == 1


def test_below_the_smallest_nothing_fits():
    with pytest.raises(InvalidDesign, match="364 parameters"):
        design_from(
            draw("core", "inside", random.Random(0), task=DIGITS, augment="digits"),
            space="core",
            budget=Budget(parameters=363),
            epochs=15,
            task=DIGITS,
        )


@pytest.mark.parametrize(
    "notation", ["c8k5 relu mp c8 gap c10k1", "c8 relu c8 relu gap c10k1", "c8 c8 mp c8 mp c8 mp c10k1"]
)
def test_what_the_space_has_not_is_said(notation):
    with pytest.raises(InvalidDesign, match=r"has no network|has a max pool"):
        structure_of(Architecture.parse(notation))


def test_recipes_outside_the_space_are_said():
    reference = REFERENCES["ladder-3/6"]
    for change in ({"ema": 0.99}, {"label_smoothing": 0.1}, {"learning_rate": 3.0}):
        design = Design(reference.design.architecture, replace(reference.recipe, **change))
        with pytest.raises(InvalidDesign):
            values_of(
                design, space="core", sampling="inside", budget=Budget(parameters=8000), task=DIGITS, augment="digits"
            )


def test_residual_networks_are_outside_the_core_space():
    net = "c8 bn relu c8k3g8 bn c8k1 bn relu mp c8k3g8 bn c16k1 bn relu [ c16k3p1g16 bn c16k1 bn relu ] gap c10k1"
    design = Design(Architecture.parse(net), REFERENCES["ladder-3/6"].recipe)
    with pytest.raises(InvalidDesign, match="core search space has no network"):
        values_of(
            design, space="core", sampling="inside", budget=Budget(parameters=8000), task=DIGITS, augment="digits"
        )
    values = values_of(
        design, space="wide", sampling="plain", budget=Budget(parameters=8000), task=DIGITS, augment="digits"
    )
    assert (values["family"], values["blocks_2"], values["between"]) == ("stages", 1, "norm")


@pytest.mark.parametrize("space", ["core", "wide", "taught"])
@pytest.mark.parametrize("sampling", ["inside", "plain"])
def test_a_guess_lies_in_the_space_and_keeps_mostly_to_what_is_proven(space, sampling):
    named, rng = choices(space, sampling, task=DIGITS, augment="digits"), random.Random(0)
    proven = {name: choice for name, choice in PROVEN.items() if name in named}
    kept = total = 0
    for _ in range(200):
        guessed = guess(space, sampling, rng, task=DIGITS, augment="digits")
        assert guessed.keys() == named.keys()
        assert all(guessed[name] in choice for name, choice in named.items())
        kept += sum(guessed[name] in choice for name, choice in proven.items())
        total += len(proven)
    assert 0.85 < kept / total < 1
    assert {guess(space, sampling, rng, task=DIGITS, augment="digits")["schedule"] for _ in range(200)} == set(
        SCHEDULES
    )  # nothing is shut out


def test_the_wide_space_has_every_part_that_a_design_can_have():
    assert set(SCHEDULES.values()) == set(get_args(Schedule))
    assert {kind for order in KINDS.values() for kind in order} == set(get_args(Augmentation))
    wide = choices("wide", "inside", task=DIGITS, augment="digits")
    assert wide["optimizer"] == Pick(get_args(OptimizerName))
    assert wide["anneal"] == Pick(get_args(Anneal))
    assert wide["interpolation"] == Pick(get_args(Interpolation))
    assert wide["activation"] == Pick(get_args(ActivationName))
    activations = {type(layer) for name in get_args(ActivationName) for layer in parse_layers(name)}
    assert activations == {Relu, PRelu, Silu}  # the others are for networks that people write
