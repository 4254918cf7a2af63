"""The steps of a network in blocks of images: what each layer reads and writes, and the passes that it calls."""

from collections.abc import Container, Sequence
from typing import Protocol

import numpy as np
from torch import nn

from train.fast import passes, pools
from train.fast.activation import Activation, aligned
from train.fast.dense import arrange_pairs, arrange_weights, fold_sums
from train.fast.depthwise import arrange_maps
from train.fast.dressing import gradient
from train.fast.machine import LANES, PAIRS, REGISTER

_NONE = np.zeros(0, np.float32)


class Step(Protocol):
    """Reads activations and writes one; `back` hands the gradient of what it wrote down to what it read."""

    target: Activation

    @property
    def sources(self) -> Sequence[Activation]: ...

    def forward(self, blocks: int, *, training: bool) -> None: ...

    def back(self, blocks: int) -> None: ...


class Convolution:
    """A step that convolves."""

    def __init__(self, module: nn.Conv2d | nn.Linear, source: Activation) -> None:
        kh, kw, ph, pw, stride, apart, groups = _geometry(module)
        (ic, h, w), oc = source.shape, len(module.weight)
        oh = (h + 2 * ph - apart * (kh - 1) - 1) // stride + 1
        ow = (w + 2 * pw - apart * (kw - 1) - 1) // stride + 1
        self.module, self.source, self.target = module, source, source.after((oc, oh, ow))
        self.sources = (source,)
        self.form = ic, h, w, oc, oh, ow, kh, kw, ph, pw, stride, apart, groups
        spread = (oh - 1) * stride + 1, (ow - 1) * stride + 1
        self.back_form = (
            oc, *spread, ic, h, w, kh, kw, apart * (kh - 1) - ph, apart * (kw - 1) - pw, 1, apart, groups,
        )  # fmt: skip
        self.depthwise = groups == ic == oc and groups > 1
        self.mask = _power((kh - 1) * apart + 1) - 1
        self.above_mask = _power((kh - 1) * apart + 2 * stride - 1) - 1
        self.weights, self.turned = aligned(module.weight.numel()), aligned(module.weight.numel())
        self.in_pairs = PAIRS and source.kind is np.uint16  # which a depthwise one is told of, and has no use for
        if self.in_pairs:
            count = 0 if self.depthwise else module.weight.numel()
            self.pairs, self.turned_pairs = (aligned(count, np.uint32) for _ in range(2))
        self.sums = aligned(module.weight.numel() * REGISTER)
        self.ring = source.row(self.mask + 1)
        self.above = np.zeros((self.above_mask + 1) * oc * spread[1] * LANES, source.kind)
        self.spare = source.row()

    def _arrange(self) -> None:
        weights = self.module.weight.detach().numpy().reshape(-1)
        if self.depthwise:
            self.weights[:] = weights
            arrange_maps(weights, self.turned, self.form[6] * self.form[7])
            return
        arrange_weights(weights, self.weights, self.turned, self.form)
        if self.in_pairs:
            ic, oc, kw, groups = self.form[0], self.form[3], self.form[7], self.form[12]
            arrange_pairs(self.weights, self.pairs, kw * (ic // groups), oc)
            arrange_pairs(self.turned, self.turned_pairs, kw * (oc // groups), ic)

    def forward(self, blocks: int, *, training: bool) -> None:
        self._arrange()
        source, target, bias = self.source, self.target, self.module.bias
        dense = self.pairs if self.in_pairs else self.weights
        passes.convolve(
            source.values, source.dressing.plain, source.dressing.dress, self.ring, self.mask, dense, self.weights,
            _NONE if bias is None else bias.detach().numpy(), target.values, target.dressing.dress,
            target.dressing.wants_moments(training=training), blocks, self.form, self.depthwise,
        )  # fmt: skip

    def back(self, blocks: int) -> None:
        source, target, bias = self.source, self.target, self.module.bias
        self.sums[:] = 0
        bias_sums = np.zeros(0 if bias is None else len(bias) * LANES)
        wanted = len(source.gradient) > 0
        dense = self.turned_pairs if self.in_pairs else self.turned
        joined = target.root is source.root  # of a residual sum, whose rows are written as others are read
        whole = target.dressing.passes_gradients and self.form[10] == 1 and not joined
        passes.convolve_back(
            target.gradient, target.values, whole, target.dressing.dress, self.above, self.above_mask,
            source.values, source.dressing.plain, source.dressing.dress, self.ring, self.mask, dense, self.turned,
            _NONE, self.sums, bias_sums, source.gradient, wanted, wanted and source.take(), self.spare, blocks,
            self.form, self.back_form, self.depthwise,
        )  # fmt: skip
        fold_sums(self.sums, gradient(self.module.weight), self.form)
        if bias is not None:
            gradient(bias)[:] += bias_sums.reshape(-1, LANES).sum(1)


def _geometry(module: nn.Conv2d | nn.Linear) -> tuple[int, int, int, int, int, int, int]:
    """Returns the kernel's height and width, the padding of rows and of columns, stride, dilation and groups."""
    if isinstance(module, nn.Linear):
        return 1, 1, 0, 0, 1, 1, 1
    assert not isinstance(module.padding, str)
    (kh, kw), (ph, pw) = module.kernel_size, module.padding
    return kh, kw, ph, pw, module.stride[0], module.dilation[0], module.groups


def _power(rows: int) -> int:
    """Returns the smallest power of two that is not below the number."""
    return 1 << (rows - 1).bit_length()


class Copy:
    """A step that has dressed values stored, for several readers, or adds what entered a residual block."""

    def __init__(self, source: Activation, target: Activation, shared: Activation | None = None) -> None:
        self.source, self.target, self.shared = source, target, shared
        self.sources = (source, shared) if shared else (source,)
        self.spare = target.row()

    def join(self, read: Container[Activation], own: Container[Activation]) -> None:
        """Has the gradient of a sum be that of its parts without being copied, where it is theirs as it lies.

        read: What later steps read: its gradient is not the sum's alone. own: What wants a gradient of its own,
        which is not that of what is shared.
        """
        if not self.shared or not self.target.dressing.plain:
            return
        if self.shared not in read and self.shared.same is None:
            self.shared.same = self.target
            if self.source.dressing.keeps_gradients and self.source not in read and self.source not in own:
                self.source.same = self.target

    def forward(self, blocks: int, *, training: bool) -> None:
        source, target = self.source, self.target
        passes.copy(
            source.values, source.dressing.dress, (self.shared or source).values,
            self.shared is not None, target.values, target.dressing.dress,
            target.dressing.wants_moments(training=training), blocks, target.shape,
        )  # fmt: skip

    def back(self, blocks: int) -> None:
        source, target, shared = self.source, self.target, self.shared
        given = shared is not None and shared.same is target
        if shared and given:
            shared.given = True
        if source.same is target:
            passes.join_back(source.gradient, source.values, source.dressing.dress, blocks, target.shape)
            return
        passes.copy_back(
            target.gradient, target.dressing.plain, target.values, target.dressing.dress, source.values,
            source.dressing.dress, source.gradient, source.take(), (shared or source).gradient,
            shared is not None and not given, shared is not None and not given and shared.take(), self.spare, blocks,
            target.shape,
        )  # fmt: skip


class Concatenation:
    """A step that puts the channels of several activations side by side, all of them without a dress."""

    def __init__(self, parts: Sequence[Activation]) -> None:
        channels, (height, width) = sum(part.shape[0] for part in parts), parts[0].shape[1:]
        self.sources, self.target = parts, parts[0].after((channels, height, width))
        self.firsts = np.cumsum([0, *(part.shape[0] for part in parts)])

    def forward(self, blocks: int, *, training: bool) -> None:  # noqa: ARG002
        target = self.target
        for part, first in zip(self.sources, self.firsts, strict=False):
            passes.put_beside(part.values, part.shape[0], target.values, first, blocks, target.shape)

    def back(self, blocks: int) -> None:
        target = self.target
        for part, first in zip(self.sources, self.firsts, strict=False):
            passes.put_beside_back(
                target.gradient, part.gradient, part.shape[0], part.take(), first, blocks, target.shape
            )


class MaxPool:
    """A step that takes maxima over 2x2 pixels."""

    def __init__(self, source: Activation, target: Activation, *, blur: bool) -> None:
        self.source, self.target, self.blur = source, target, int(blur)
        self.sources = (source,)
        self.codes = np.zeros(0, np.uint8)
        self.spare = source.row(3)

    def forward(self, blocks: int, *, training: bool) -> None:
        source, target = self.source, self.target
        count = len(target.values) * (4 if self.blur else 1)
        if len(self.codes) < count:
            self.codes = np.empty(count, np.uint8)
        pools.max_pool(
            source.values, source.dressing.dress, self.spare, target.values, self.codes, target.dressing.dress,
            target.dressing.wants_moments(training=training), blocks, source.shape, self.blur,
        )  # fmt: skip

    def back(self, blocks: int) -> None:
        source, target = self.source, self.target
        pools.max_pool_back(
            target.gradient, target.values, target.dressing.dress, self.codes, source.values, source.dressing.dress,
            source.gradient, source.take(), self.spare, blocks, source.shape, self.blur,
        )  # fmt: skip


class Average:
    """A step that takes means over windows that do not overlap, (height, width)."""

    def __init__(self, window: tuple[int, int], source: Activation, target: Activation) -> None:
        self.source, self.target = source, target
        self.sources = (source,)
        self.form = *target.shape, *window
        self.spare = source.row()
        self.totals = aligned(target.shape[0] * target.shape[2] * LANES)

    def forward(self, blocks: int, *, training: bool) -> None:
        source, target = self.source, self.target
        passes.average(
            source.values, source.dressing.dress, self.spare, self.totals, target.values, target.dressing.dress,
            target.dressing.wants_moments(training=training), blocks, source.shape, self.form,
        )  # fmt: skip

    def back(self, blocks: int) -> None:
        source, target = self.source, self.target
        passes.average_back(
            target.gradient, target.values, target.dressing.dress, source.values, source.dressing.dress,
            source.gradient, source.take(), self.spare, blocks, source.shape, self.form,
        )  # fmt: skip
