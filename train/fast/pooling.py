# pyright: reportCallIssue=false
"""Pools over 2x2 pixels by their maximum, forward and backward in one pass each (CPU, float32 or bfloat16)."""

import numpy as np
import torch
from numba import njit
from torch import Tensor, nn

from train.fast.bfloat16 import numbers_of, read, tensor_of, write
from train.fast.compiling import compiled


class HalvingMaxPool(nn.Module):
    """A pooling layer as nn.MaxPool2d(2) is: the largest of each 2x2 pixels.

    Of equal ones the first takes the gradient, as in torch.
    """

    def forward(self, x: Tensor) -> Tensor:
        return _Pooling.apply(x)  # type: ignore[return-value]


class _Pooling(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        pixels = _pixels(x)
        n, h, w, c = pixels.shape
        y = np.empty((n, h // 2, w // 2, c), pixels.dtype)
        ctx.winners, ctx.shape = np.empty(y.shape, np.uint8), x.shape
        _pool(pixels, y, ctx.winners)
        return tensor_of(y).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx, grad):
        n, c, h, w = ctx.shape
        above = _pixels(grad)
        dx = (np.zeros if h % 2 or w % 2 else np.empty)((n, h, w, c), above.dtype)
        _unpool(above, ctx.winners, dx)
        return tensor_of(dx).permute(0, 3, 1, 2)


def _pixels(x: Tensor) -> np.ndarray:
    """Returns (N, H, W, C), contiguous."""
    return numbers_of(x.permute(0, 2, 3, 1).contiguous())


@njit(inline="always")
def _larger(value, corner, other, other_corner):
    return (other, other_corner) if other > value or other != other else (value, corner)


@compiled
def _pool(x, y, winners):
    """Writes the largest of each four pixels to y, and which of them it is, from 0 to 3 by rows, to winners."""
    n, height, width, channels = y.shape
    for i in range(n):
        for r in range(height):
            for s in range(width):
                a, b = x[i, 2 * r, 2 * s], x[i, 2 * r, 2 * s + 1]
                c, d = x[i, 2 * r + 1, 2 * s], x[i, 2 * r + 1, 2 * s + 1]
                out, corners = y[i, r, s], winners[i, r, s]
                for k in range(channels):
                    v, p = read(a[k]), 0
                    v, p = _larger(v, p, read(b[k]), 1)
                    v, p = _larger(v, p, read(c[k]), 2)
                    v, p = _larger(v, p, read(d[k]), 3)
                    write(v, out, k)
                    corners[k] = p


@compiled
def _unpool(grad, winners, dx):
    """Writes each gradient to the pixel that won, and 0 to the other three."""
    n, height, width, channels = grad.shape
    for i in range(n):
        for r in range(height):
            for s in range(width):
                g, corners = grad[i, r, s], winners[i, r, s]
                for q in range(4):
                    out = dx[i, 2 * r + q // 2, 2 * s + q % 2]
                    for k in range(channels):
                        out[k] = g[k] if corners[k] == q else 0
