"""One flat vector stepped as torch's plain optimizers step tensors."""

import copy

import pytest
import torch
from torch import nn

from train.fast.optimizer import FlatTensors, Optimizer

PLAIN = {
    "sgd": lambda p: torch.optim.SGD(p, 0.02, momentum=0.8, weight_decay=0.01, foreach=False),
    "nesterov": lambda p: torch.optim.SGD(p, 0.02, momentum=0.8, weight_decay=0.01, nesterov=True, foreach=False),
    "adam": lambda p: torch.optim.Adam(p, 0.02, betas=(0.8, 0.999), weight_decay=0.01, foreach=False),
    "adamw": lambda p: torch.optim.AdamW(p, 0.02, betas=(0.8, 0.999), weight_decay=0.01, foreach=False),
}


@pytest.mark.parametrize("name", PLAIN)
def test_steps_are_those_of_torchs_plain_optimizer(name):
    torch.manual_seed(0)
    ours = nn.Sequential(nn.Conv2d(2, 3, 3, bias=False), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 3))
    theirs = copy.deepcopy(ours)
    flat = FlatTensors(ours.to(memory_format=torch.channels_last))
    kind, nesterov = ("sgd", True) if name == "nesterov" else (name, False)
    optimizer = Optimizer(kind, flat, torch.tensor(0.01), nesterov=nesterov)
    reference = PLAIN[name](theirs.parameters())
    for step in range(6):
        rate, momentum = 0.02 / (step + 1), 0.8 + 0.02 * step
        group = reference.param_groups[0]
        group["lr"] = rate
        group.update({"momentum": momentum} if kind == "sgd" else {"betas": (momentum, 0.999)})
        x = torch.rand(4, 2, 4, 4)
        flat.gradient.zero_()
        reference.zero_grad()
        for model in (ours, theirs):
            model(x).square().sum().backward()
        with torch.no_grad():
            optimizer.step(torch.tensor(rate), torch.tensor(momentum))
        reference.step()
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_a_model_and_its_vector_are_the_same_memory():
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)).to(memory_format=torch.channels_last)
    before = copy.deepcopy(model.state_dict())
    flat = FlatTensors(model)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert model[0].weight.is_contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        flat.values.fill_(7)
    assert all((tensor == 7).all() for tensor in model.state_dict().values() if tensor.is_floating_point())
    assert flat.parameters.numel() < flat.values.numel()  # running statistics have no gradient


def test_muon_steps_along_the_nearest_orthogonal_matrix():
    """Against the singular value decomposition; vectors and depthwise convolutions take AdamW's step."""
    torch.manual_seed(0)
    convs = nn.Conv2d(2, 12, 3, bias=False), nn.Conv2d(12, 12, 3, groups=12, bias=False), nn.Conv2d(12, 4, 1)
    ours = nn.Sequential(*convs[:2], nn.BatchNorm2d(12), convs[2])
    theirs = copy.deepcopy(ours)
    flat = FlatTensors(ours.to(memory_format=torch.channels_last))
    optimizer, adamw = Optimizer("muon", flat, torch.tensor(0.1)), PLAIN["adamw"](theirs.parameters())
    adamw.param_groups[0].update({"weight_decay": 0.1})
    before = copy.deepcopy(ours.state_dict())
    x = torch.rand(4, 2, 8, 8)
    for model in (ours, theirs):
        model(x).square().sum().backward()
    with torch.no_grad():
        optimizer.step(torch.tensor(0.02), torch.tensor(0.8))
    adamw.step()
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        if name not in ("0.weight", "3.weight"):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
            continue
        step = ((before[name] * (1 - 0.02 * 0.1) - a) / 0.02).flatten(1)
        u, _, v = torch.linalg.svd(b.grad.flatten(1), full_matrices=False)
        along = step / (0.2 * max(step.shape) ** 0.5)
        assert torch.linalg.svdvals(along).sub(1).abs().max() < 0.4  # five rounds leave them within 0.7 to 1.2
        assert torch.nn.functional.cosine_similarity(along.flatten(), (u @ v).flatten(), dim=0) > 0.95


def test_what_is_a_weight_and_what_a_vector():
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.PReLU(3))
    flat = FlatTensors(model)
    assert flat.weights.sum() == 2 * 3 * 9
    assert [shape for shape, _, _ in flat.matrices] == [(3, 2, 3, 3)]
