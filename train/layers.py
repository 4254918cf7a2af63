"""Layers that torch has no module for."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class SkipStart(nn.Identity):
    """A mark where a residual block begins."""


class SkipSum(nn.Identity):
    """A mark where what came in at a residual block's beginning is added, or what left its branches."""


class ForkStart(nn.Identity):
    """A mark where a dense block begins."""


class ForkConcat(nn.Identity):
    """A mark where the maps that came in at a dense block's beginning, or left its branches, are put together."""


class NextBranch(nn.Identity):
    """A mark where the next branch of a block begins, with what came into the block."""


class Again(nn.Module):
    """A use of a module that stands elsewhere in the network, to which its weights belong."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self._shared = (module,)  # which torch does not look into: the weights are not counted again

    @property
    def module(self) -> nn.Module:
        """The module that is used."""
        return self._shared[0]

    def forward(self, x: Tensor) -> Tensor:
        return self.module(x)


class GhostBatchNorm2d(nn.BatchNorm2d):
    """A batch normalisation that in training normalises parts of about `images` images by themselves.

    Running statistics move by the parts' mean.
    """

    def __init__(self, channels: int, images: int) -> None:
        super().__init__(channels)
        self.images = images

    def parts(self, batch: int) -> int:
        """Returns how many parts of equal size, or nearly so, a batch is normalised in, none of them of one image."""
        return max(1, min(round(batch / self.images), batch // 2))

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


class SqueezeExcite(nn.Module):
    """A gate: each map times a sigmoid of what two 1x1 convolutions make of the means of all maps."""

    def __init__(self, channels: int, squeezed: int, *, bias: bool) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, squeezed, 1, bias=bias)
        self.relu = nn.ReLU()
        self.expand = nn.Conv2d(squeezed, channels, 1, bias=bias)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.sigmoid(self.expand(self.relu(self.reduce(self.pool(x)))))


class EfficientAttention(nn.Module):
    """A gate: each map times a sigmoid of what one kernel makes of the means of it and its neighbours."""

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        means = self.pool(x).flatten(1).unsqueeze(1)  # (N, 1, C)
        return x * self.sigmoid(self.conv(means)).view(*x.shape[:2], 1, 1)
