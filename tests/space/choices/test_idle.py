"""Choices that a design has no use for: changing them changes nothing, and those that are left can be told apart."""

import random

import pytest

from space.choices.choices import choices, draw
from space.choices.encoding import design_from
from space.choices.idle import idle
from space.design import Budget
from space.task import DIGITS


def built(values, budget=8000):
    return design_from(values, space="wide", budget=Budget(parameters=budget), epochs=5, task=DIGITS)


@pytest.mark.parametrize(
    ("space", "sampling", "budget"), [("wide", "inside", 8000), ("wide", "inside", 500), ("core", "plain", 8000)]
)
def test_no_idle_choice_changes_the_design(space, sampling, budget):
    rng, every = random.Random(1), choices(space, sampling, task=DIGITS, augment="digits")
    for _ in range(40):
        values = draw(space, sampling, rng, task=DIGITS, augment="digits")
        other = {name: every[name].draw(rng) for name in idle(values, space="wide", image=DIGITS.image, classes=10)}
        assert other, values
        assert built(values | other, budget) == built(values, budget)


def test_about_half_of_the_wide_space_is_idle_in_a_design():
    rng = random.Random(2)
    shares = [
        len(idle(values, space="wide", image=DIGITS.image, classes=10)) / len(values)
        for values in (draw("wide", "inside", rng, task=DIGITS, augment="digits") for _ in range(50))
    ]
    assert 0.3 < min(shares) < max(shares) < 0.8


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"optimizer": "adam"}, {"sgd_learning_rate", "nesterov"}),
        ({"optimizer": "sgd"}, {"adam_learning_rate"}),
        ({"schedule": "cosine"}, {"warmup", "step_every", "decay_per_epoch", "plateau_factor"}),
        ({"augmentation": "none"}, {"fade", "interpolation", "brightness", "affine_shear"}),
        ({"family": "stages", "stages": 2}, {"share_stage_3", "share_before_1", "blocks_3", "head"}),
        ({"family": "plain", "first_pool_field": 5}, {"share_before_3", "share_stem", "entry"}),
    ],
)
def test_what_is_idle(changes, names):
    values = draw("wide", "inside", random.Random(3), task=DIGITS, augment="digits") | changes
    assert names <= idle(values, space="wide", image=DIGITS.image, classes=10)
    assert not idle(values, space="wide", image=DIGITS.image, classes=10) & {
        "optimizer",
        "schedule",
        "batch_size",
        "augmentation",
        "fill",
        "family",
    }


def test_where_values_are_missing_nothing_is_called_idle():
    values = draw("core", "inside", random.Random(4), task=DIGITS, augment="digits")
    del values["warmup"]
    assert idle(values, space="wide", image=DIGITS.image, classes=10) == set()
    assert idle({}, space="wide", image=DIGITS.image, classes=10) == set()
