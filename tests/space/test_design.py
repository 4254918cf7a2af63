"""Fingerprints and budgets."""

from dataclasses import replace

import pytest

from space.architecture import Architecture
from space.design import Budget, Design
from space.layers import InvalidDesign
from space.recipe import DEFAULT_RECIPE

NET = Architecture.parse("c8 relu bn mp c16 relu bn gap c10k1")


def test_a_fingerprint_is_stable():
    assert Design(NET, DEFAULT_RECIPE).fingerprint == "e53037e062946729"


def test_what_computes_alike_has_one_fingerprint():
    spelled = Architecture.parse("c8 relu bn mp c16 relu bn ap11 c10k1")
    assert Design(spelled, DEFAULT_RECIPE).fingerprint == Design(NET, DEFAULT_RECIPE).fingerprint


def test_any_change_of_the_recipe_changes_it():
    changed = replace(DEFAULT_RECIPE, epochs=14)
    assert Design(NET, changed).fingerprint != Design(NET, DEFAULT_RECIPE).fingerprint


def test_exactly_the_budget_is_allowed_and_one_more_is_not():
    assert Budget(parameters=NET.parameters).allows(NET)
    assert not Budget(parameters=NET.parameters - 1).allows(NET)
    assert Budget(parameters=NET.parameters - 1).excess(NET) == {"parameters": 1}
    assert not Budget(parameters=9999, macs=NET.macs - 1).allows(NET)
    assert not Budget(parameters=9999, activation_bytes=NET.activation_bytes - 1).allows(NET)


@pytest.mark.parametrize("limits", [{"parameters": 0}, {"parameters": -5}, {"parameters": 10, "macs": 0}])
def test_a_budget_of_nothing_is_refused(limits):
    with pytest.raises(InvalidDesign, match="at least 1"):
        Budget(**limits)
