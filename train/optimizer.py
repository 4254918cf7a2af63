"""A recipe's numbers as a torch optimizer."""

from collections.abc import Iterable

import torch
from torch import nn

from space.recipe import Recipe

_SECOND_BETA = 0.999


def build_optimizer(parameters: Iterable[nn.Parameter], recipe: Recipe) -> torch.optim.Optimizer:
    """One call a step for all tensors together (`fused`), because each is tiny."""
    rate, decay = recipe.learning_rate, recipe.weight_decay
    betas = (recipe.momentum, _SECOND_BETA)
    match recipe.optimizer:
        case "sgd":
            return torch.optim.SGD(parameters, rate, momentum=recipe.momentum, weight_decay=decay, fused=True)
        case "adam":
            return torch.optim.Adam(parameters, rate, betas=betas, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(parameters, rate, betas=betas, weight_decay=decay, fused=True)


def set_step(optimizer: torch.optim.Optimizer, *, rate: float, momentum: float) -> None:
    """The learning rate and the momentum (or first beta) of the step to come."""
    group = optimizer.param_groups[0]
    group["lr"] = rate
    if "betas" in group:
        group["betas"] = (momentum, _SECOND_BETA)
    else:
        group["momentum"] = momentum
