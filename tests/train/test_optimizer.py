"""One flat vector stepped as torch's plain optimizers step tensors."""

import copy

import pytest
import torch
from torch import nn

from train.optimizer import FlatTensors, Optimizer

PLAIN = {
    "sgd": lambda p: torch.optim.SGD(p, 0.02, momentum=0.8, weight_decay=0.01, foreach=False),
    "adam": lambda p: torch.optim.Adam(p, 0.02, betas=(0.8, 0.999), weight_decay=0.01, foreach=False),
    "adamw": lambda p: torch.optim.AdamW(p, 0.02, betas=(0.8, 0.999), weight_decay=0.01, foreach=False),
}


@pytest.mark.parametrize("name", PLAIN)
def test_steps_are_those_of_torchs_plain_optimizer(name):
    torch.manual_seed(0)
    ours = nn.Sequential(nn.Conv2d(2, 3, 3, bias=False), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 3))
    theirs = copy.deepcopy(ours)
    flat = FlatTensors(ours.to(memory_format=torch.channels_last))
    optimizer, reference = Optimizer(name, flat, torch.tensor(0.01)), PLAIN[name](theirs.parameters())
    for step in range(6):
        rate, momentum = 0.02 / (step + 1), 0.8 + 0.02 * step
        group = reference.param_groups[0]
        group["lr"] = rate
        group.update({"momentum": momentum} if name == "sgd" else {"betas": (momentum, 0.999)})
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
