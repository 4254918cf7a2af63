"""`ByTorch`: the step of a layer that has no pass in this engine."""

import copy

import torch
from torch import Tensor, nn

from train.fast.activation import Activation
from train.fast.layout import read_images, write_images


class ByTorch:
    """A step that has torch run a layer for which there is no pass here; what it writes has no dress.

    With `flat` the layer is given features, (N, C), and no maps.
    """

    def __init__(self, module: nn.Module, source: Activation, *, flat: bool) -> None:
        self.module, self.source = module, source
        self.sources = (source,)
        self.form = source.shape[:1] if flat else source.shape
        image = torch.empty(1, *self.form, device="meta")
        channels, height, width = (*copy.deepcopy(module).to("meta").eval()(image).shape[1:], 1, 1)[:3]
        self.target = source.after((channels, height, width))
        self.x = self.y = torch.empty(0)

    def forward(self, blocks: int, *, training: bool) -> None:  # noqa: ARG002
        x = read_images(self.source.values, self.source.images, self.source.shape)
        with torch.enable_grad() if training else torch.no_grad():
            self.x = x.view(-1, *self.form).requires_grad_(training)
            self.y = self.module(self.x)
        write_images(self.y.view(-1, *self.target.shape), self.target.values)

    def back(self, blocks: int) -> None:  # noqa: ARG002
        source, target = self.source, self.target
        above = read_images(target.gradient, target.images, target.shape).view_as(self.y)
        torch.autograd.backward(self.y, above)
        below: Tensor | None = self.x.grad
        if len(source.gradient) and below is not None:
            below = below.view(-1, *source.shape)
            if source.take():
                below = below + read_images(source.gradient, source.images, source.shape)
            write_images(below, source.gradient)
        self.x = self.y = torch.empty(0)
