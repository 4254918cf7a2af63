"""The module is the architecture, made of ordinary layers."""

import pytest
import torch
from torch import nn

from space.architecture import Architecture
from train.model import GhostBatchNorm2d, build

EVERY_KIND = Architecture.parse(
    "c8p1b bn relu do0.1 c8g2 silu gbn2 d2d0.1 mp [ c8k1 prelu ] c6k1 relu ap2 c12k5 relu gap c10k1b"
)


def test_modules_are_named_as_the_architecture_says():
    model = build(EVERY_KIND)
    assert [name for name, _ in model.named_children()] == [*EVERY_KIND.names, "flatten"]
    own = {type(module).__name__ for module in model if not type(module).__module__.startswith("torch.nn")}
    assert own == {"GhostBatchNorm2d", "SkipStart", "SkipSum"}


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


def test_a_residual_block_adds_what_came_in():
    model = build(Architecture.parse("c4 [ c4p1 relu [ c4k1 ] c4k1 bn ] gap c10k1"), seed=0).eval()
    first, outer, inner, last, norm, head = (m for m in model if isinstance(m, nn.Conv2d | nn.BatchNorm2d))
    x = torch.rand(2, 1, 28, 28)
    kept = first(x)
    y = outer(kept).relu()
    y = norm(last(y + inner(y))) + kept
    assert torch.equal(model(x), head(y.mean((2, 3), keepdim=True)).flatten(1))


@pytest.mark.parametrize(("batch", "parts"), [(12, [4, 4, 4]), (14, [4, 4, 3, 3]), (3, [3]), (2, [2])])
def test_ghost_batches_are_normalised_by_themselves(batch, parts):
    ghost, x = GhostBatchNorm2d(3, 4), torch.randn(batch, 3, 5, 5) * 2 + 1
    norms = [nn.BatchNorm2d(3) for _ in parts]
    expected = torch.cat([norm(part) for norm, part in zip(norms, x.split(parts), strict=True)])
    torch.testing.assert_close(ghost(x), expected)
    for name in ("running_mean", "running_var"):
        mean = torch.stack([getattr(norm, name) for norm in norms]).mean(0)
        torch.testing.assert_close(getattr(ghost, name), mean)
    plain = nn.BatchNorm2d(3)
    plain.load_state_dict(ghost.state_dict())
    assert torch.equal(ghost.eval()(x), plain.eval()(x))
