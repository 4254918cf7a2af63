"""Brings images into blocks, [block][row][column][channel][image], and back."""

from train.fast.compiling import compiled
from train.fast.machine import LANES


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
