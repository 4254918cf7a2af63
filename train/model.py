"""Builds an architecture as a torch module of ordinary layers."""

from collections import OrderedDict
from typing import assert_never

import torch
from torch import Tensor, nn

from space.architecture import Architecture
from space.layers import (
    AdaptiveAvgPool,
    Again,
    AvgPool,
    BatchNorm,
    Branch,
    Concat,
    Conv,
    Dropout,
    EfficientAttention,
    Flatten,
    Fork,
    Gelu,
    GhostBatchNorm,
    GlobalAvgPool,
    GroupNorm,
    HardSwish,
    InstanceNorm,
    LayerNorm,
    LeakyRelu,
    Linear,
    MapDropout,
    Mark,
    MaxPool,
    Norm,
    Own,
    PRelu,
    Relu,
    Relu6,
    Shape,
    Sigmoid,
    Silu,
    Skip,
    SqueezeExcite,
    Sum,
    Tanh,
)
from train import layers
from train.layers import (
    BlurredMaxPool2d,
    ForkConcat,
    ForkStart,
    GhostBatchNorm2d,
    NextBranch,
    SkipStart,
    SkipSum,
)


class Network(nn.Sequential):
    """A network of layers one after the other, with blocks whose branches are added or put together."""

    def forward(self, x: Tensor) -> Tensor:
        blocks: list[list[Tensor]] = []  # of each open block what came in, and what left its branches
        for layer in self:
            match layer:
                case SkipStart() | ForkStart():
                    blocks.append([x])
                case NextBranch():
                    blocks[-1].append(x)
                    x = blocks[-1][0]
                case SkipSum():
                    came, *ends = blocks.pop()
                    first, *others = (*ends, x) if ends else (x, came)
                    x = sum(others, first)
                case ForkConcat():
                    came, *ends = blocks.pop()
                    x = torch.cat((*(ends or (came,)), x), 1)
                case _:
                    x = layer(x)
        return x


def build(architecture: Architecture, *, seed: int | None = None) -> Network:
    """Builds the network: float (N, *image) to logits (N, classes). Modules are named as `architecture.names`.

    With `seed` the initial weights follow from it alone and torch's global generator is left as it was.
    """
    if seed is None:
        return _build(architecture)
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(seed)  # the CPU's alone: torch.manual_seed would set a GPU's too
        return _build(architecture)


def _build(architecture: Architecture) -> Network:
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layer, (shape, flat) in zip(
        architecture.names, architecture.layers, architecture.incoming, strict=True
    ):
        again = isinstance(layer, Again)
        modules[name] = layers.Again(modules[layer.name]) if again else _module(layer, shape, flat=flat)
    return Network(OrderedDict(modules, flatten=nn.Flatten()))


def _module(layer: Own | Mark, shape: Shape, *, flat: bool) -> nn.Module:
    """Returns the module of a layer; shape, flat: of what comes in, and whether that is a row of numbers."""
    incoming = shape[0]
    match layer:
        case Conv(channels, kernel, padding, groups, bias, stride, dilation):
            return nn.Conv2d(incoming, channels, kernel, stride, padding, dilation, groups, bias)
        case Linear(features, bias):
            return nn.Linear(incoming, features, bias)
        case Flatten():
            return nn.Flatten()
        case BatchNorm() | GhostBatchNorm() | GroupNorm() | LayerNorm() | InstanceNorm():
            return _norm(layer, shape, flat=flat)
        case PRelu(one_slope):
            return nn.PReLU(1 if one_slope else incoming)
        case Relu() | Relu6() | LeakyRelu() | Silu() | Gelu() | HardSwish() | Tanh() | Sigmoid():
            return _activation(layer)
        case Dropout(rate):
            return nn.Dropout(rate)
        case MapDropout(rate):
            return nn.Dropout2d(rate)
        case MaxPool(kernel, stride, padding, blur=blur):
            return BlurredMaxPool2d() if blur else nn.MaxPool2d(kernel, stride, padding)
        case AvgPool(kernel, stride, padding):
            return nn.AvgPool2d(kernel, stride, padding)
        case AdaptiveAvgPool(size):
            return nn.AdaptiveAvgPool2d(size)
        case GlobalAvgPool():
            return nn.AdaptiveAvgPool2d(1)
        case SqueezeExcite(squeezed, bias):
            return layers.SqueezeExcite(incoming, squeezed, bias=bias)
        case EfficientAttention(kernel):
            return layers.EfficientAttention(kernel)
        case Skip() | Sum() | Fork() | Branch() | Concat():
            return _MARKS[type(layer)]()
        case _:
            assert_never(layer)


_MARKS = {Skip: SkipStart, Sum: SkipSum, Fork: ForkStart, Branch: NextBranch, Concat: ForkConcat}


def _norm(layer: Norm, shape: Shape, *, flat: bool) -> nn.Module:
    match layer:
        case BatchNorm():
            return nn.BatchNorm1d(shape[0]) if flat else nn.BatchNorm2d(shape[0])
        case GhostBatchNorm(images):
            return GhostBatchNorm2d(shape[0], images)
        case GroupNorm(groups):
            return nn.GroupNorm(groups, shape[0])
        case LayerNorm():
            return nn.LayerNorm(list(shape[:1] if flat else shape))
        case InstanceNorm():
            return nn.InstanceNorm2d(shape[0])
        case _:
            assert_never(layer)


def _activation(
    layer: Relu | Relu6 | LeakyRelu | Silu | Gelu | HardSwish | Tanh | Sigmoid,
) -> nn.Module:
    match layer:
        case Relu():
            return nn.ReLU()
        case Relu6():
            return nn.ReLU6()
        case LeakyRelu(slope):
            return nn.LeakyReLU(slope)
        case Silu():
            return nn.SiLU()
        case Gelu():
            return nn.GELU()
        case HardSwish():
            return nn.Hardswish()
        case Tanh():
            return nn.Tanh()
        case Sigmoid():
            return nn.Sigmoid()
        case _:
            assert_never(layer)
