"""Runs a network in blocks of images on the CPU: on the parameters, gradients and statistics of its torch module."""

import math
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from train.device import Precision
from train.fast.activation import Activation, Room
from train.fast.by_torch import ByTorch
from train.fast.layout import read_images, write_images
from train.fast.machine import LANES
from train.fast.steps import Average, Concatenation, Convolution, Copy, MaxPool, Step
from train.layers import Again, BlurredMaxPool2d, ForkConcat, ForkStart, NextBranch, SkipStart, SkipSum
from train.model import Network

_EVALUATED = 64  # images at once, where no gradient asks for more


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
        """Returns the logits of a batch; `run_back` is of the last one. Images of another shape are a ValueError."""
        if x.shape[1:] != self.input.shape:  # which would be written where there is no room for them
            raise ValueError(f"images of {tuple(x.shape[1:])}, and the network is for {self.input.shape}")
        self.images, blocks = len(x), -(-len(x) // LANES)
        for activation in self.activations:
            unasked = activation is self.input and not isinstance(self.steps[0], Copy)  # for its gradient
            activation.reserve(blocks, training=self.training and not unasked)
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


class _Maker:
    """Makes the steps of a network, layer by layer.

    Attributes:
        source: The activation that the next layer reads.
        read: Whether that is read as it is, and can have no dress.
        flat: Whether it has features, of no height and width.
        blocks: Of each open block what came in, and what left its branches.
        flats: Of each open block whether features came in.
    """

    def __init__(self, source: Activation) -> None:
        self.steps: list[Step] = []
        self.source = source
        self.read = self.flat = False
        self.blocks: list[list[Activation]] = []
        self.flats: list[bool] = []

    def add(self, module: nn.Module) -> None:
        if isinstance(module, Again):
            module = module.module
        match module:
            case SkipStart() | ForkStart():
                self.blocks.append([self.stored()])
                self.flats.append(self.flat)
                self.read = True
            case NextBranch():
                self.blocks[-1].append(self.stored())
                self.source, self.read, self.flat = self.blocks[-1][0], True, self.flats[-1]
            case SkipSum():
                came, *ends = self.blocks.pop()
                self.flats.pop()
                if self.source is came:  # of a branch without a step: others read it, and add to its gradient
                    self.write(Copy(came, came.after(came.shape)))
                for other in ends or [came]:
                    self.write(Copy(self.source, self.source.after(self.source.shape), other))
            case ForkConcat():
                came, *ends = self.blocks.pop()
                self.flats.pop()
                self.write(Concatenation([*(ends or [came]), self.stored()]))
                self.read = True
            case nn.Flatten() if self.source.shape[1:] == (1, 1):
                self.flat = True
            case _ if self.read or not self.source.dressing.add(module):
                step = _mixing(module, self.source) or self._dressed_copy(module)
                self.write(step or ByTorch(module, self.stored(), flat=self.flat))
                self.read = step is None
                self.flat = self.flat or isinstance(module, nn.Flatten)

    def write(self, step: Step) -> None:
        """Takes a step, whose activation the next layer reads."""
        self.steps.append(step)
        self.source, self.read = step.target, False

    def stored(self) -> Activation:
        """Returns what the next layer reads as others can read it, too."""
        if not self.source.dressing.plain:
            self.write(Copy(self.source, self.source.after(self.source.shape)))
        return self.source

    def _dressed_copy(self, module: nn.Module) -> Copy | None:
        copy = Copy(self.source, self.source.after(self.source.shape))
        return copy if copy.target.dressing.add(module) else None


def _steps(model: Network, source: Activation) -> tuple[list[Step], Activation]:
    """Returns a network's steps, and the activation that has its logits."""
    maker = _Maker(source)
    *layers, last = model
    if not isinstance(layers[0] if layers else last, nn.Conv2d):  # which alone knows to hand no gradient to the input
        maker.write(Copy(source, source.after(source.shape)))
    for module in layers if isinstance(last, nn.Flatten) else model:
        maker.add(module)
    output = maker.stored()
    own = {step.target for step in maker.steps if _wants_its_own_gradient(step)}
    read: set[Activation] = set()
    for step in reversed(maker.steps):
        if isinstance(step, Copy):
            step.join(read, own)
        read.update(step.sources)
    _share_rooms(maker.steps, output, source if isinstance(maker.steps[0], Copy) else None)
    return maker.steps, output


def _wants_its_own_gradient(step: Step) -> bool:
    """Says whether a gradient cannot lie where that of what the step reads does, which is added to on the way back.

    Of a sum it is read by several steps; a convolution with a stride may have written a row before it reads that.
    """
    return step.shared is not None if isinstance(step, Copy) else isinstance(step, Convolution) and step.form[10] > 1


def _share_rooms(steps: list[Step], output: Activation, source: Activation | None) -> None:
    """Has gradients lie where others lay that are no longer needed, on the way back: so the whole needs less memory.

    A gradient is needed from the last step that reads its activation down to the one that writes that. source: What
    the first step reads, where its gradient is asked for.
    """
    needed: dict[Activation, list[int]] = {output.root: [len(steps)]}
    for number, step in enumerate(steps):
        asked = step.sources if number or source else ()
        for activation in (*asked, step.target):
            needed.setdefault(activation.root, []).append(number)
    free: list[tuple[int, Room, int]] = []  # from which step on, counted back, and for how many numbers an image
    for activation, numbers in sorted(needed.items(), key=lambda one: -max(one[1])):
        size = math.prod(activation.shape)
        rooms = [one for one in free if one[0] > max(numbers)]
        if rooms:
            free.remove(chosen := max(rooms, key=lambda one: one[2]))
            activation.room, size = chosen[1], max(size, chosen[2])
        free.append((min(numbers), activation.room, size))


def _mixing(module: nn.Module, source: Activation) -> Step | None:
    """Returns the step of a layer that mixes pixels or channels; None for others, and where there is no pass."""
    c, h, w = source.shape
    match module:
        case nn.Conv2d() if len({*module.stride}) == len({*module.dilation}) == 1:
            return Convolution(module, source)
        case nn.Linear() if (h, w) == (1, 1):
            return Convolution(module, source)
        case nn.MaxPool2d(kernel_size=2, stride=2, padding=0):
            return MaxPool(source, source.after((c, h // 2, w // 2)), blur=False)
        case BlurredMaxPool2d():
            return MaxPool(source, source.after((c, (h - 1) // 2, (w - 1) // 2)), blur=True)
        case nn.AdaptiveAvgPool2d(output_size=1):
            return Average((h, w), source, source.after((c, 1, 1)))
        case nn.AvgPool2d(kernel_size=int(side), padding=0) if module.stride == side:
            return Average((side, side), source, source.after((c, h // side, w // side)))
    return None
