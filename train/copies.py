"""Copies of one architecture as one network: their layers side by side, as groups of wider ones."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from train.model import GhostBatchNorm2d, Network


def side_by_side(models: Sequence[Network]) -> Network:
    """The network of all `models`: float (N, copies, 28, 28), an image for each, to logits (N, copies * 10).

    A convolution becomes one of as many times more groups, a batch normalisation one of as many times more
    channels; neither mixes copies. Weights are copied.
    """
    if len(models) == 1:
        return models[0]
    together = Network()
    for name, layer in models[0].named_children():
        wide = copy.deepcopy(layer)
        if isinstance(layer, nn.Conv2d):
            wide = nn.Conv2d(
                len(models) * layer.in_channels,
                len(models) * layer.out_channels,
                layer.kernel_size,  # type: ignore[arg-type]
                padding=layer.padding,  # type: ignore[arg-type]
                groups=len(models) * layer.groups,
                bias=layer.bias is not None,
            )
        elif isinstance(layer, GhostBatchNorm2d):
            wide = GhostBatchNorm2d(len(models) * layer.num_features, layer.images)
        elif isinstance(layer, nn.PReLU):
            wide = nn.PReLU(len(models) * layer.num_parameters)
        elif isinstance(layer, nn.BatchNorm2d):
            wide = nn.BatchNorm2d(len(models) * layer.num_features, layer.eps, layer.momentum)
        together.add_module(name, wide)
    together.to(next(models[0].parameters()).device)
    states = [model.state_dict() for model in models]
    together.load_state_dict({name: _joined([state[name] for state in states]) for name in states[0]})
    return together


def take_apart(together: Network, models: Sequence[Network]) -> None:
    """Copies the weights of each copy back into its model."""
    state = together.state_dict()
    for i, model in enumerate(models):
        parts = {name: tensor.chunk(len(models))[i] if tensor.dim() else tensor for name, tensor in state.items()}
        model.load_state_dict(parts)


def _joined(tensors: list[Tensor]) -> Tensor:
    return torch.cat(tensors) if tensors[0].dim() else tensors[0]
