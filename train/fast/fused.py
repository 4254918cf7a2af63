# pyright: reportCallIssue=false
"""Computes what stands between two convolutions in one pass over memory (CPU, float32 or bfloat16).

torch takes a dozen passes over memory for relu, batch normalisation and dropout, and draws dropout's bits from a
serial generator: more than half of a training step of such networks. Here they are one compiled function forward
and one backward. Dropout's bits are a hash of a key and the element's index, so that the backward pass computes
them again and no mask is stored.
"""

import math
from typing import TypeVar

import numpy as np
import torch
from torch import Generator, Tensor, nn

from train.fast import kernels
from train.fast.bfloat16 import numbers_of
from train.fast.pooling import HalvingMaxPool
from train.model import GhostBatchNorm2d, Network

_WIDTH = 512  # floats in an inner loop: long enough for vector instructions, and its rows stay in the L1 cache
_Layer = TypeVar("_Layer", bound=nn.Module)


def with_fused_blocks(model: nn.Sequential, generator: Generator) -> Network:
    """Returns `model` for training on the CPU, with its runs of small layers as fused blocks.

    These are relu (parametric or not), batch normalisation and dropout; all dropout, that of whole maps too, draws
    from `generator`. Parameters and running statistics are shared with `model`, which keeps its layers. What has no
    pass here stays as it is.
    """
    layers, out = list(model), []
    while layers:
        first = _take_activation(layers)
        norm = _take(layers, nn.BatchNorm2d)
        last = _take_activation(layers)
        dropout = _take(layers, nn.Dropout)
        if first or norm or last or dropout:
            rate = dropout.p if dropout else 0.0
            out.append(FusedBlock(first, norm, last, rate, generator))
        elif _halves(layers[0]):
            layers.pop(0)
            out.append(HalvingMaxPool())
        elif maps := _take(layers, nn.Dropout2d):
            out.append(MapDropout(maps.p, generator))
        else:
            out.append(layers.pop(0))
    return Network(*out)


def _take(layers: list[nn.Module], kind: type[_Layer]) -> _Layer | None:
    return layers.pop(0) if layers and isinstance(layers[0], kind) else None  # type: ignore[return-value]


def _take_activation(layers: list[nn.Module]) -> nn.ReLU | nn.PReLU | None:
    """Takes a relu, or a parametric one with a slope a map."""
    if layers and isinstance(layers[0], nn.PReLU) and layers[0].num_parameters == 1:
        return None
    return _take(layers, nn.ReLU) or _take(layers, nn.PReLU)


def _halves(layer: nn.Module) -> bool:
    """Says whether a layer is a pool over the maxima of 2x2 pixels."""
    return isinstance(layer, nn.MaxPool2d) and (layer.kernel_size, layer.stride, layer.padding) == (2, 2, 0)


class MapDropout(nn.Module):
    """A dropout of whole maps, as nn.Dropout2d is, with a generator of its own."""

    def __init__(self, rate: float, generator: Generator) -> None:
        super().__init__()
        self.rate = rate
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        passed = torch.rand(*x.shape[:2], 1, 1, generator=self.generator) >= self.rate
        return x * (passed / max(1 - self.rate, 2**-24))


class FusedBlock(nn.Module):
    """A block of activation, batch normalisation, activation and dropout, in this order, each of them optional.

    Activations are relus, parametric (a slope a channel) or not.
    It has the results of torch's layers up to rounding, and computes in float32 whatever comes in. x: float32 or
    bfloat16 (N, C, H, W), fastest with channels last, or (N, C).
    """

    def __init__(
        self,
        first: nn.ReLU | nn.PReLU | None,
        norm: nn.BatchNorm2d | None,
        last: nn.ReLU | nn.PReLU | None,
        rate: float,
        generator: Generator,
    ) -> None:
        super().__init__()
        self.first = first
        self.norm = norm
        self.last = last
        self.dropped = min(round(rate * kernels.LEVELS), kernels.LEVELS - 1)  # of so many levels of a 32-bit number
        self.generator = generator

    def parts(self, batch: int) -> int:
        """Returns how many parts of a batch are normalised by themselves."""
        ghost = self.training and isinstance(self.norm, GhostBatchNorm2d)
        return self.norm.parts(batch) if ghost else 1  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            return self(x.view(*x.shape, 1, 1)).flatten(1)
        dropped, key = (self.dropped, (0, 0)) if self.training else (0, (0, 0))
        if dropped:
            key = torch.randint(kernels.LEVELS, (2,), generator=self.generator).tolist()
        norm = (self.norm.weight, self.norm.bias) if self.norm else (None, None)
        parameters = _slopes(self.first), *norm, _slopes(self.last)
        return _Fused.apply(x, *parameters, self, dropped, key)  # type: ignore[return-value]


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, first_slopes, weight, bias, last_slopes, block, dropped, key):
        parts = block.parts(len(x))
        first, last = _activation(block.first, first_slopes), _activation(block.last, last_slopes)
        y = torch.empty_like(x, memory_format=torch.channels_last)
        vectors = np.empty((parts, 4, x.shape[1]), np.float32)
        if block.norm and block.training:
            counts = np.empty(parts, np.int64)
            for number, part in enumerate(x.tensor_split(parts)):
                kernels.moments(_rows(part), first, vectors[number, 0], vectors[number, 1])
                counts[number] = part.numel() // part.shape[1]
            tracked = numbers_of(block.norm.running_mean), numbers_of(block.norm.running_var)
            kernels.track(*tracked, vectors[:, 0], vectors[:, 1], counts, block.norm.momentum)
            block.norm.num_batches_tracked += 1
        elif block.norm:
            vectors[:, 0], vectors[:, 1] = block.norm.running_mean, block.norm.running_var
        for number, (part, out) in enumerate(zip(x.tensor_split(parts), y.tensor_split(parts), strict=True)):
            mean, inverse, scale, shift = vectors[number]
            if block.norm:
                kernels.affine(mean, inverse, block.norm.eps, numbers_of(weight), numbers_of(bias), scale, shift)
            else:
                vectors[number] = [[0], [1], [1], [0]]
            bits = dropped, key[0] ^ number, key[1]
            kernels.apply(_rows(part), first, scale, shift, last, *bits, _rows(out))
        ctx.save_for_backward(x, first_slopes, last_slopes)
        ctx.block, ctx.dropout, ctx.vectors = block, (dropped, *key), vectors
        return y

    @staticmethod
    def backward(ctx, grad):
        x, first_slopes, last_slopes = ctx.saved_tensors
        block, vectors, (dropped, *key) = ctx.block, ctx.vectors, ctx.dropout
        first, last = _activation(block.first, first_slopes), _activation(block.last, last_slopes)
        dx = torch.empty_like(x, memory_format=torch.channels_last)
        summed = np.zeros((4, x.shape[1]), np.float32)
        split = (tensor.tensor_split(len(vectors)) for tensor in (x, grad, dx))
        for number, (part, above, below) in enumerate(zip(*split, strict=True)):
            mean, inverse, scale, shift = vectors[number]
            rows, above = _rows(part), _rows(above)
            of_first, of_weight, of_bias, of_last = sums = np.zeros((4, x.shape[1]), np.float32)
            which = (rows, first, scale, shift, last, dropped, key[0] ^ number, key[1], mean, inverse)
            if block.norm:
                kernels.reduce(above, *which, of_weight, of_bias, of_last)
            kernels.back(above, *which, of_weight, of_bias, of_first, _rows(below))
            summed += sums
        wanted = (first_slopes is not None, block.norm, block.norm, last_slopes is not None)
        parameters = (torch.from_numpy(of) if there else None for of, there in zip(summed, wanted, strict=True))
        return dx, *parameters, None, None, None


def _slopes(activation: nn.Module | None) -> Tensor | None:
    return activation.weight if isinstance(activation, nn.PReLU) else None


def _activation(activation: nn.Module | None, slopes: Tensor | None) -> np.ndarray | bool:
    """Returns the activation as `train.fast.kernels` takes it."""
    return activation is not None if slopes is None else numbers_of(slopes)


def _rows(x: Tensor) -> np.ndarray:
    """Returns the numbers of x, channels fastest, in rows of a whole number of pixels: about _WIDTH floats."""
    n, c, h, w = x.shape
    pixels = math.gcd(n * h * w, 1 << max(0, (_WIDTH // c).bit_length() - 1))
    return numbers_of(x.permute(0, 2, 3, 1).reshape(-1, pixels * c))
