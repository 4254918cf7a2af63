"""Fingerprints and budgets."""

from dataclasses import fields, replace

import pytest

from space.architecture import Architecture
from space.augmentations import Jitter, Rotation
from space.design import Budget, Design
from space.invalid import InvalidDesign
from space.recipe import PLAIN_RECIPE, OneCycle, Recipe

NET = Architecture.parse("c8 relu bn mp c16 relu bn gap c10k1")


def test_a_fingerprint_is_stable():
    assert Design(NET, PLAIN_RECIPE).fingerprint == "656f95e1117a1ed2"


def test_what_computes_alike_has_one_fingerprint():
    spelled = Architecture.parse("c8 relu bn mp c16 relu bn ap11 c10k1")
    assert Design(spelled, PLAIN_RECIPE).fingerprint == Design(NET, PLAIN_RECIPE).fingerprint


CHANGES = {
    "optimizer": "sgd",
    "learning_rate": 0.011,
    "momentum": 0.91,
    "weight_decay": 0.0,
    "batch_size": 64,
    "schedule": OneCycle(warmup=0.31),
    "augmentation": (),
    "nesterov": True,
    "decay_vectors": False,
    "fade": 0.2,
    "label_smoothing": 0.1,
    "distillation": 0.5,
    "ema": 0.99,
    "epochs": 14,
}


def test_any_change_of_the_recipe_changes_it():
    assert CHANGES.keys() == {field.name for field in fields(Recipe)}
    changed = [replace(PLAIN_RECIPE, **{name: value}) for name, value in CHANGES.items()]
    prints = {Design(NET, recipe).fingerprint for recipe in (PLAIN_RECIPE, *changed)}
    assert len(prints) == 1 + len(CHANGES)


def test_the_order_of_augmentations_changes_it():
    two = (Rotation(degrees=5.0), Jitter(brightness=0.1, contrast=0.1))
    there, back = (replace(PLAIN_RECIPE, augmentation=order) for order in (two, two[::-1]))
    assert Design(NET, there).fingerprint != Design(NET, back).fingerprint


def test_a_cropped_mean_is_another_design():
    cropped = Architecture.parse("c8 relu bn mp c16 relu bn ap10 c10k1")
    assert Design(cropped, PLAIN_RECIPE).fingerprint != Design(NET, PLAIN_RECIPE).fingerprint


@pytest.mark.parametrize("name", ["parameters", "macs", "activation_bytes"])
def test_exactly_the_budget_is_allowed_and_one_more_is_not(name):
    cost = getattr(NET, name)
    assert Budget(**{"parameters": 10**9, name: cost}).allows(NET)
    over = Budget(**{"parameters": 10**9, name: cost - 1})
    assert not over.allows(NET)
    assert over.excess(NET)[name] == 1


def test_a_limit_that_is_not_set_does_not_count():
    assert Budget(parameters=NET.parameters).limits() == {"parameters": NET.parameters}
    assert Budget(parameters=NET.parameters - 1).excess(NET) == {"parameters": 1}


@pytest.mark.parametrize("limits", [{"parameters": 0}, {"parameters": -5}, {"parameters": 10, "macs": 0}])
def test_a_budget_of_nothing_is_refused(limits):
    with pytest.raises(InvalidDesign, match="at least 1"):
        Budget(**limits)
