"""The zoo: every network that ships is what its name and its evidence say."""

import pytest
import torch

from space.choices.encoding import design_from, values_of
from space.design import Budget
from space.known.references import UnknownReference
from space.known.zoo import find, zoo
from space.task import DIGITS
from train.files.weights import load
from train.model import build


def test_there_is_one_for_the_main_job():
    assert "zoo/8000" in zoo()
    assert list(zoo()) == sorted(zoo(), key=lambda name: int(name.removeprefix("zoo/")))
    with pytest.raises(UnknownReference, match="zoo/8000"):
        find("zoo/9")


@pytest.mark.parametrize("name", list(zoo()))
def test_a_network_keeps_to_its_budget_and_has_evidence_and_weights(name):
    kept, budget = find(name), int(name.removeprefix("zoo/"))
    assert kept.design.architecture.parameters <= budget
    assert kept.design.recipe.epochs <= 15
    assert len(kept.scores) >= 5
    assert 0.98 < min(kept.scores) <= max(kept.scores) < 1
    assert kept.worst <= min(kept.scores)
    model = build(kept.design.architecture, seed=0)
    begun = [tensor.clone() for tensor in model.state_dict().values()]
    load(model, kept.weights, kept.weights_sha256)
    assert not all(torch.equal(one, other) for one, other in zip(begun, model.state_dict().values(), strict=True))


@pytest.mark.parametrize("name", list(zoo()))
def test_a_search_can_begin_with_it(name):
    design, budget = find(name).design, Budget(parameters=int(name.removeprefix("zoo/")))
    values = values_of(design, space="wide", sampling="inside", budget=budget, task=DIGITS, augment="digits")
    again = design_from(values, space="wide", budget=budget, epochs=design.recipe.epochs, task=DIGITS)
    assert again.fingerprint == design.fingerprint
