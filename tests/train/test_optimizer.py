"""Recipes become torch's optimizers, step by step the same as its plain ones."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from space.recipe import DEFAULT_RECIPE
from train.optimizer import build_optimizer, set_step

PLAIN = {
    "sgd": lambda p: torch.optim.SGD(p, 0.02, momentum=0.8, weight_decay=0.01, foreach=False),
    "adam": lambda p: torch.optim.Adam(p, 0.02, betas=(0.8, 0.999), weight_decay=0.01, foreach=False),
    "adamw": lambda p: torch.optim.AdamW(p, 0.02, betas=(0.8, 0.999), weight_decay=0.01, foreach=False),
}


@pytest.mark.parametrize("name", PLAIN)
def test_steps_are_those_of_torchs_plain_optimizer(name):
    torch.manual_seed(0)
    ours = nn.Linear(5, 3)
    theirs = copy.deepcopy(ours)
    recipe = replace(DEFAULT_RECIPE, optimizer=name, learning_rate=0.02, momentum=0.8, weight_decay=0.01)
    optimizer, reference = build_optimizer(ours.parameters(), recipe), PLAIN[name](theirs.parameters())
    for step in range(6):
        rate, momentum = 0.02 / (step + 1), 0.8 + 0.02 * step
        set_step(optimizer, rate=rate, momentum=momentum)
        group = reference.param_groups[0]
        group["lr"] = rate
        group.update({"momentum": momentum} if name == "sgd" else {"betas": (momentum, 0.999)})
        x = torch.rand(4, 5)
        for model, one in ((ours, optimizer), (theirs, reference)):
            one.zero_grad()
            model(x).square().sum().backward()
            one.step()
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.allclose(a, b, atol=1e-6)
