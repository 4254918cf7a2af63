"""Runs a network in blocks of images on the CPU: on the parameters, gradients and statistics of its torch module."""

from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from train.device import Precision
from train.fast.layout import read_images, write_images
from train.fast.machine import LANES
from train.fast.steps import Activation, Average, ByTorch, Convolution, Copy, MaxPool, Step
from train.model import BlurredMaxPool2d, Network, SkipStart, SkipSum

_EVALUATED = 128  # images at once, where no gradient asks for more


class BlockNetwork(nn.Module):
    """A network that is run in blocks of images, and shares everything with the module that it is made of.

    Called with images, float32 (N, C, H, W), it returns logits (N, classes) as the module does, up to rounding;
    gradients are added to those of the module's parameters. All dropout draws from `generator`.
    """

    def __init__(
        self, model: Network, image: tuple[int, int, int], generator: Generator, precision: Precision = "fp32"
    ) -> None:
        super().__init__()
        self.model = model
        self.generator = generator
        self.kind = np.uint16 if precision == "bf16" else np.float32
        self.input = Activation(image, self.kind)
        self.steps, self.output = _steps(model, self.input)
        self.activations = [self.input, *(step.target for step in self.steps)]
        self.anchor = next(model.parameters())
        self.images = 0

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            return _Run.apply(x, self.anchor, self)  # type: ignore[return-value]
        return torch.cat([self.run(part) for part in x.split(_EVALUATED)])

    @property
    def by_torch(self) -> list[str]:
        """The kinds of layers that have no pass here, and run through torch."""
        return sorted({type(step.module).__name__ for step in self.steps if isinstance(step, ByTorch)})

    def run(self, x: Tensor) -> Tensor:
        """Returns the logits of a batch; `run_back` is of the last one."""
        self.images, blocks = len(x), -(-len(x) // LANES)
        for activation in self.activations:
            activation.reserve(blocks, training=self.training and activation is not self.input)
            activation.images = len(x)
            activation.dressing.begin(len(x), blocks, self.generator, training=self.training)
        write_images(x, self.input.values)
        for step in self.steps:
            step.forward(blocks, training=self.training)
            if self.training:
                step.target.dressing.finish(_pixels(step.target))
        return read_images(self.output.values, len(x), self.output.shape).flatten(1)

    def run_back(self, above: Tensor) -> None:
        """Adds the gradients of all parameters, from that of the logits."""
        blocks = -(-self.images // LANES)
        for activation in self.activations:
            activation.given = False
            activation.dressing.begin_back()
        write_images(above.reshape(self.images, *self.output.shape), self.output.gradient)
        for step in reversed(self.steps):
            step.target.dressing.finish_sums(_pixels(step.target))
            step.back(blocks)
            step.target.dressing.finish_slopes()
        self.input.dressing.finish_sums(_pixels(self.input))


class _Run(torch.autograd.Function):
    """A run of a network, as torch's autograd sees it; `anchor` has it ask for gradients."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, anchor: Tensor, network: BlockNetwork) -> Tensor:  # noqa: ARG004
        ctx.network = network
        return network.run(x)

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[None, None, None]:
        ctx.network.run_back(above[0])
        return None, None, None


def _pixels(activation: Activation) -> int:
    return activation.shape[1] * activation.shape[2]


def _steps(model: Network, source: Activation) -> tuple[list[Step], Activation]:
    """Returns a network's steps, and the activation that has its logits."""
    steps: list[Step] = []
    entered: list[Activation] = []

    def stored(activation: Activation) -> Activation:
        """Returns the activation as others than the next step can read it."""
        if activation.dressing.plain:
            return activation
        steps.append(Copy(activation, activation.after(activation.shape)))
        return steps[-1].target

    read = False  # whether what is current is read as it is, and can have no dress
    if not isinstance(model[0], nn.Conv2d):  # which alone knows to hand no gradient down to the input
        steps.append(Copy(source, source.after(source.shape)))
        source = steps[-1].target
    for module in model:
        if isinstance(module, nn.Flatten):
            continue
        if isinstance(module, SkipStart):
            source = stored(source)
            entered.append(source)
            read = True
            continue
        if isinstance(module, SkipSum):
            steps.append(Copy(source, source.after(source.shape), entered.pop()))
        elif not read and source.dressing.add(module):
            continue
        elif step := _mixing(module, source):
            steps.append(step)
        elif (copy := Copy(source, source.after(source.shape))).target.dressing.add(module):
            steps.append(copy)
        else:
            steps.append(ByTorch(module, stored(source)))
        source, read = steps[-1].target, isinstance(steps[-1], ByTorch)
    for step in steps:
        if isinstance(step, Copy):
            step.join()
    return steps, stored(source)


def _mixing(module: nn.Module, source: Activation) -> Step | None:
    """Returns the step of a layer that mixes pixels or channels; None for others."""
    c, h, w = source.shape
    if isinstance(module, nn.Conv2d):
        return Convolution(module, source)
    if isinstance(module, nn.MaxPool2d):
        return MaxPool(source, source.after((c, h // 2, w // 2)), blur=False)
    if isinstance(module, BlurredMaxPool2d):
        return MaxPool(source, source.after((c, (h - 1) // 2, (w - 1) // 2)), blur=True)
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return Average((h, w), source, source.after((c, 1, 1)))
    if isinstance(module, nn.AvgPool2d):
        side = int(module.kernel_size)  # type: ignore[arg-type]
        return Average((side, side), source, source.after((c, h // side, w // side)))
    return None
