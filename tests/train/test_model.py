"""The module is the architecture, made of ordinary layers."""

import pytest
import torch
from torch import nn

from space.architecture import Architecture
from train.model import build

EVERY_KIND = Architecture.parse("c8p1b bn relu do0.1 c8g2 relu bn d2d0.1 mp c6k1 relu ap2 c12k5 relu gap c10k1b")


def test_modules_are_named_as_the_architecture_says():
    model = build(EVERY_KIND)
    assert [name for name, _ in model.named_children()] == [*EVERY_KIND.names, "flatten"]
    assert all(type(module).__module__.startswith("torch.nn") for module in model)


def test_shapes_and_parameters_are_the_closed_forms():
    model = build(EVERY_KIND).eval()
    x = torch.rand(3, 1, 28, 28)
    for name, cost in zip(EVERY_KIND.names, EVERY_KIND.costs, strict=True):
        module = model.get_submodule(name)
        x = module(x)
        assert x.shape[1:] == cost.shape, name
        assert sum(p.numel() for p in module.parameters()) == cost.parameters, name
    assert model(torch.rand(3, 1, 28, 28)).shape == (3, 10)


def test_it_can_be_built_without_memory():
    with torch.device("meta"):
        model = build(EVERY_KIND)
    assert all(p.is_meta for p in model.parameters())
    assert sum(p.numel() for p in model.parameters()) == EVERY_KIND.parameters


@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_a_seed_decides_the_weights_and_leaves_the_global_generator(seed):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = build(EVERY_KIND, seed=seed)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(7)
    again, other = build(EVERY_KIND, seed=seed), build(EVERY_KIND, seed=seed + 1)
    pairs = list(zip(first.parameters(), again.parameters(), other.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b, _ in pairs)
    assert not all(torch.equal(a, c) for a, _, c in pairs)


def test_initial_weights_are_torchs_own():
    torch.manual_seed(3)
    reference = nn.Conv2d(1, 8, 3, padding=1)
    assert torch.equal(build(EVERY_KIND, seed=3)[0].weight, reference.weight)
