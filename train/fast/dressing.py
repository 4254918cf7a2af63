"""What stands between two steps, of torch's modules: their numbers for `train.fast.dress`, and their gradients."""

import numpy as np
import torch
from torch import Generator, Tensor, nn

from train.fast.dress import (
    AFTER,
    BEFORE,
    MAPS,
    NOTHING,
    PIVOT,
    RELU,
    SILU,
    SLOPES,
    Dress,
)
from train.fast.machine import LANES
from train.fast.norms import add_slopes, by_running_statistics, finish_gradient, normalise
from train.layers import GhostBatchNorm2d

_ACTIVATIONS = nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.SiLU
_LEVELS = 1 << 32  # of a 32-bit number that decides what passes


class Dressing:
    """An activation, a normalisation, an activation and a dropout, each of them optional, between two steps."""

    def __init__(self, channels: int, pixels: int) -> None:
        self.channels = channels
        self.pixels = pixels
        self.first: nn.Module | None = None
        self.norm: nn.BatchNorm2d | nn.BatchNorm1d | None = None
        self.last: nn.Module | None = None
        self.dropout: nn.Dropout | nn.Dropout2d | None = None
        self.dress = self._make(0)
        self.mean = self.inverse = np.zeros((1, channels), np.float32)
        self.parts = self.images = np.zeros(1, np.int64)

    def _make(self, blocks: int) -> Dress:
        lanes = blocks * self.channels * LANES
        dropped = lanes * self.pixels // LANES if isinstance(self.dropout, nn.Dropout) else 0
        return Dress(
            kinds=np.array([_kind(self.first), self.norm is not None, _kind(self.last), False, False], np.int64),
            bits=np.zeros(3, np.uint32),
            of_channels=np.zeros((3, self.channels), np.float32),
            of_lanes=np.zeros((5, lanes), np.float32),
            passes=np.zeros(dropped, np.uint32),
            sums=np.zeros((4, lanes)),
        )

    def add(self, module: nn.Module) -> bool:
        """Takes a layer, if it may stand after those that were taken; returns whether it does."""
        if self.dropout is not None:
            return False
        if isinstance(module, nn.Dropout | nn.Dropout2d):
            self.dropout = module
        elif isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d) and self.norm is None:
            self.norm = module
        elif isinstance(module, _ACTIVATIONS) and self.norm is None and self.first is None:
            self.first = module
        elif isinstance(module, _ACTIVATIONS) and self.norm is not None and self.last is None:
            self.last = module
        else:
            return False
        self.dress = self._make(0)
        return True

    @property
    def plain(self) -> bool:
        """Whether what is read is what was written."""
        return self.first is None and self.norm is None and self.dropout is None

    @property
    def passes_gradients(self) -> bool:
        """Whether the gradient of what was written is what is left of that of what was read, dropout undone."""
        return self.first is None and self.norm is None

    @property
    def keeps_gradients(self) -> bool:
        """Whether the gradient of what was read stays as it is, and is summed up alone."""
        return self.last is None and self.dropout is None

    def wants_moments(self, *, training: bool) -> bool:
        """Returns whether the step that writes has to add up moments."""
        return training and self.norm is not None

    def reserve(self, blocks: int) -> None:
        """Makes room for so many blocks of images."""
        if self.dress.of_lanes.shape[1] < blocks * self.channels * LANES:
            self.dress = self._make(blocks)

    def begin(self, images: int, blocks: int, generator: Generator, *, training: bool) -> None:
        """Prepares a batch of so many images: slopes, dropout's bits, the parts that are normalised by themselves."""
        dress = self.dress
        for module, row in ((self.first, BEFORE), (self.last, AFTER)):
            if isinstance(module, nn.PReLU):
                dress.of_channels[row] = module.weight.detach().numpy()
            elif isinstance(module, nn.LeakyReLU):
                dress.of_channels[row] = module.negative_slope
        if self.dropout is not None:
            self._begin_dropout(self.dropout, images, blocks, generator, training=training)
        norm = self.norm
        if norm is None:
            return
        mean, var = _numbers(norm.running_mean), _numbers(norm.running_var)
        if not training:
            by_running_statistics(dress, _numbers(norm.weight), _numbers(norm.bias), norm.eps, mean, var)
            return
        dress.of_channels[PIVOT] = mean
        dress.sums[:2] = 0
        self._split(images, blocks, norm.parts(images) if isinstance(norm, GhostBatchNorm2d) else 1)

    def _split(self, images: int, blocks: int, parts: int) -> None:
        if (int(self.images.sum()), len(self.images), len(self.parts)) == (images, parts, blocks * LANES):
            return  # as those of the last batch
        self.images = np.array([len(part) for part in np.array_split(np.arange(images), parts)])
        self.parts = np.full(blocks * LANES, -1)
        self.parts[:images] = np.repeat(np.arange(parts), self.images)
        self.mean, self.inverse = (np.zeros((parts, self.channels), np.float32) for _ in range(2))

    def _begin_dropout(
        self, dropout: nn.Dropout | nn.Dropout2d, images: int, blocks: int, generator: Generator, *, training: bool
    ) -> None:
        dress = self.dress
        dress.bits[2], dress.kinds[3], dress.kinds[4] = 0, False, True
        if not training or not dropout.p:
            return
        if isinstance(dropout, nn.Dropout):
            dress.bits[:2] = torch.randint(_LEVELS, (2,), generator=generator).tolist()
            dress.bits[2] = min(round(dropout.p * _LEVELS), _LEVELS - 1)
            return
        passes = torch.rand(images, self.channels, generator=generator) >= dropout.p
        maps = np.zeros((blocks * LANES, self.channels), np.float32)
        maps[:images] = passes.numpy() / max(1 - dropout.p, 2**-24)
        dress.of_lanes[MAPS, : maps.size] = maps.reshape(blocks, LANES, self.channels).transpose(0, 2, 1).reshape(-1)
        dress.kinds[3] = True

    def finish(self, pixels: int) -> None:
        """Makes scale and shift of the moments that the step has added up, over so many pixels an image."""
        norm = self.norm
        if norm is None:
            return
        assert norm.momentum is not None
        assert norm.num_batches_tracked is not None
        normalise(
            self.dress, self.parts, self.images, pixels, _numbers(norm.weight), _numbers(norm.bias), norm.eps,
            norm.momentum, self.mean, self.inverse, _numbers(norm.running_mean), _numbers(norm.running_var),
        )  # fmt: skip
        _numbers(norm.num_batches_tracked)[...] += 1

    def begin_back(self) -> None:
        """Forgets the sums of the way there, and knows dropout's bits by now."""
        if not self.plain:
            self.dress.sums[:] = 0
            self.dress.kinds[4] = False

    def finish_sums(self, pixels: int) -> None:
        """Makes gradients of the sums that `take_gradient` has added up, before the step's own pass back."""
        if isinstance(self.last, nn.PReLU):
            add_slopes(self.dress.sums[2], self.channels, gradient(self.last.weight))
        norm = self.norm
        if norm is not None:
            finish_gradient(
                self.dress, self.parts, self.images, pixels, _numbers(norm.weight), self.mean, self.inverse,
                gradient(norm.weight), gradient(norm.bias),
            )  # fmt: skip

    def finish_slopes(self) -> None:
        """Makes the gradient of the first activation's slopes, after the step's own pass back."""
        if isinstance(self.first, nn.PReLU):
            add_slopes(self.dress.sums[3], self.channels, gradient(self.first.weight))


def gradient(parameter: Tensor) -> np.ndarray:
    """Returns the memory of a parameter's gradient, flat, to be added to."""
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter, memory_format=torch.contiguous_format)
    return parameter.grad.view(-1).numpy()


def _numbers(tensor: Tensor | None) -> np.ndarray:
    assert tensor is not None
    return tensor.detach().numpy()


def _kind(activation: nn.Module | None) -> int:
    if activation is None:
        return NOTHING
    return (
        SLOPES
        if isinstance(activation, nn.PReLU | nn.LeakyReLU)
        else SILU
        if isinstance(activation, nn.SiLU)
        else RELU
    )
