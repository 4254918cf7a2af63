"""Builds an architecture as a torch module of ordinary layers."""

from collections import OrderedDict
from typing import assert_never

import torch
from torch import Tensor, nn
from torch.nn import functional

from space.architecture import Architecture
from space.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GhostBatchNorm,
    GlobalAvgPool,
    Layer,
    MapDropout,
    MaxPool,
    PRelu,
    Relu,
    Silu,
    Skip,
    Sum,
)


class SkipStart(nn.Identity):
    """A mark where a residual block begins."""


class SkipSum(nn.Identity):
    """A mark where what came in at a residual block's beginning is added."""


class Network(nn.Sequential):
    """A network of layers one after the other, with residual blocks."""

    def forward(self, x: Tensor) -> Tensor:
        skipped = []
        for layer in self:
            if isinstance(layer, SkipStart):
                skipped.append(x)
            elif isinstance(layer, SkipSum):
                x = x + skipped.pop()
            else:
                x = layer(x)
        return x


class GhostBatchNorm2d(nn.BatchNorm2d):
    """A batch normalisation that in training normalises parts of about `images` images by themselves.

    Running statistics move by the parts' mean.
    """

    def __init__(self, channels: int, images: int) -> None:
        super().__init__(channels)
        self.images = images

    def parts(self, batch: int) -> int:
        """Returns how many parts of equal size, or nearly so, a batch is normalised in."""
        return max(1, round(batch / self.images))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        parts = x.tensor_split(self.parts(len(x)))
        with torch.no_grad():
            for running, moment in ((self.running_mean, torch.mean), (self.running_var, torch.var)):
                moments = [moment(part.to(running.dtype), (0, 2, 3)) for part in parts]
                running.lerp_(torch.stack(moments).mean(0), self.momentum)
            self.num_batches_tracked += 1
        normed = [functional.batch_norm(p, None, None, self.weight, self.bias, True, 0.0, self.eps) for p in parts]
        return torch.cat(normed)


class BlurredMaxPool2d(nn.Module):
    """A pool that takes the maximum over 2x2 at stride 1, then the mean over 2x2 at stride 2."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.avg_pool2d(functional.max_pool2d(x, 2, 1), 2)


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
    incoming = [architecture.image[0], *(cost.shape[0] for cost in architecture.costs)]
    modules = OrderedDict(
        (name, _module(layer, channels))
        for name, layer, channels in zip(architecture.names, architecture.layers, incoming, strict=False)
    )
    return Network(OrderedDict(modules, flatten=nn.Flatten()))


def _module(layer: Layer, incoming: int) -> nn.Module:
    match layer:
        case Conv(channels, kernel, padding, groups, bias):
            return nn.Conv2d(incoming, channels, kernel, padding=padding, groups=groups, bias=bias)
        case BatchNorm():
            return nn.BatchNorm2d(incoming)
        case GhostBatchNorm(images):
            return GhostBatchNorm2d(incoming, images)
        case Relu():
            return nn.ReLU()
        case PRelu():
            return nn.PReLU(incoming)
        case Silu():
            return nn.SiLU()
        case Skip():
            return SkipStart()
        case Sum():
            return SkipSum()
        case Dropout(rate):
            return nn.Dropout(rate)
        case MapDropout(rate):
            return nn.Dropout2d(rate)
        case MaxPool(blur):
            return BlurredMaxPool2d() if blur else nn.MaxPool2d(2)
        case AvgPool(kernel):
            return nn.AvgPool2d(kernel)
        case GlobalAvgPool():
            return nn.AdaptiveAvgPool2d(1)
        case _:
            assert_never(layer)
