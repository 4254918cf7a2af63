"""Brings images into blocks, [block][row][column][channel][image], and back."""

import numpy as np
import torch
from torch import Tensor

from train.fast.compiling import compiled
from train.fast.machine import LANES


def write_images(x: Tensor, blocks: np.ndarray) -> None:
    """Writes images (N, C, H, W) to blocks, float32 or the bits of bfloat16; those that fill up the last are zero."""
    x = x.detach().contiguous()
    bits = blocks.dtype == np.uint16
    to_blocks(x.bfloat16().view(torch.int16).numpy().view(np.uint16) if bits else x.float().numpy(), blocks)


def read_images(blocks: np.ndarray, images: int, shape: tuple[int, int, int]) -> Tensor:
    """Returns the first images, float32 (N, C, H, W), that are in blocks."""
    found = np.empty((images, int(np.prod(shape))), blocks.dtype)
    from_blocks(blocks, found, shape)
    if found.dtype == np.uint16:
        return torch.from_numpy(found.view(np.int16)).view(torch.bfloat16).float().view(images, *shape)
    return torch.from_numpy(found).view(images, *shape)


@compiled
def to_blocks(x, y):
    """Writes x (N, C, H, W) to y in blocks; images that fill up the last one are zero."""
    n, c, h, w = x.shape
    for b in range((n + LANES - 1) // LANES):
        base = b * LANES * c * h * w
        for lane in range(LANES):
            image = b * LANES + lane
            for k in range(c):
                for i in range(h):
                    for j in range(w):
                        to = base + ((i * w + j) * c + k) * LANES + lane
                        y[to] = x[image, k, i, j] if image < n else 0


@compiled
def from_blocks(x, y, shape):
    """Writes x, in blocks, to y (N, C * H * W)."""
    c, h, w = shape
    for image in range(len(y)):
        base = image // LANES * LANES * c * h * w + image % LANES
        for k in range(c):
            for p in range(h * w):
                y[image, k * h * w + p] = x[base + (p * c + k) * LANES]
