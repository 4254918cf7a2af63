"""Dropout whose random bits are drawn in bulk from a generator of its own.

torch's CPU dropout draws one number an element from a serial generator, a third of a training step. Here one
64-bit draw serves four elements: 16 bits each, so the rate is exact to 1 / 65,536.
"""

import torch
from torch import Tensor, nn

_LEVELS = 1 << 16


class BulkDropout(nn.Module):
    """nn.Dropout's (or, with `whole_maps`, nn.Dropout2d's) statistics from bulk bits."""

    def __init__(self, rate: float, generator: torch.Generator, *, whole_maps: bool) -> None:
        super().__init__()
        dropped = min(round(rate * _LEVELS), _LEVELS - 1)
        self.threshold = dropped - _LEVELS // 2  # of a signed 16-bit number: `dropped` of them lie below
        self.scale = _LEVELS / (_LEVELS - dropped)
        self.generator = generator
        self.whole_maps = whole_maps

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        n, c, h, w = x.shape
        if self.whole_maps:
            h = w = 1
        count = n * c * h * w
        bits = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None, generator=self.generator)
        kept = bits.view(torch.int16)[:count] >= self.threshold
        mask = (kept.to(x.dtype) * self.scale).view(n, h, w, c).permute(0, 3, 1, 2)  # channels last, as x is
        return x * mask


def with_bulk_dropout(model: nn.Sequential, generator: torch.Generator) -> nn.Sequential:
    """`model` with its dropout layers exchanged; every other module, and so every parameter, is shared."""
    return nn.Sequential(
        *(
            BulkDropout(module.p, generator, whole_maps=isinstance(module, nn.Dropout2d))
            if isinstance(module, nn.Dropout | nn.Dropout2d)
            else module
            for module in model
        )
    )
