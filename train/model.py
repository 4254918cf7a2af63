"""An architecture as a torch module of ordinary layers."""

from collections import OrderedDict

import torch
from torch import nn

from space.architecture import INPUT, Architecture
from space.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GlobalAvgPool,
    Layer,
    MapDropout,
    MaxPool,
    Relu,
)


def build(architecture: Architecture, *, seed: int | None = None) -> nn.Sequential:
    """The network: float (N, 1, 28, 28) to logits (N, 10). Modules are named as `architecture.names`.

    With `seed` the initial weights follow from it alone and torch's global generator is left as it was.
    """
    if seed is None:
        return _build(architecture)
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(seed)  # the CPU's alone: torch.manual_seed would set a GPU's too
        return _build(architecture)


def _build(architecture: Architecture) -> nn.Sequential:
    incoming = [INPUT[0], *(cost.shape[0] for cost in architecture.costs)]
    modules = OrderedDict(
        (name, _module(layer, channels))
        for name, layer, channels in zip(architecture.names, architecture.layers, incoming, strict=False)
    )
    return nn.Sequential(OrderedDict(modules, flatten=nn.Flatten()))


def _module(layer: Layer, incoming: int) -> nn.Module:
    match layer:
        case Conv(channels, kernel, padding, groups, bias):
            return nn.Conv2d(incoming, channels, kernel, padding=padding, groups=groups, bias=bias)
        case BatchNorm():
            return nn.BatchNorm2d(incoming)
        case Relu():
            return nn.ReLU()
        case Dropout(rate):
            return nn.Dropout(rate)
        case MapDropout(rate):
            return nn.Dropout2d(rate)
        case MaxPool():
            return nn.MaxPool2d(2)
        case AvgPool(kernel):
            return nn.AvgPool2d(kernel)
        case GlobalAvgPool():
            return nn.AdaptiveAvgPool2d(1)
