"""What the steps of a network in blocks of images hand on: activations, and memory for their gradients."""

import numpy as np

from train.fast.dressing import Dressing
from train.fast.machine import LANES

Shape = tuple[int, int, int]
"""Channels, height, width."""


def aligned(count: int, kind: type = np.float32) -> np.ndarray:
    """Returns so many numbers, not set, that begin where a cache line does, and have one block more behind them."""
    raw = np.empty(count + 64 + LANES, kind)
    start = -raw.ctypes.data % 64 // raw.itemsize
    return raw[start : start + count]


class Room:
    """Memory for the gradients of activations of which one is needed when another is no longer.

    Attributes:
        numbers: As many as the largest of them has; none until a training asks for room.
    """

    def __init__(self, kind: type) -> None:
        self.numbers = np.zeros(0, kind)

    def reserve(self, count: int) -> None:
        """Makes room for so many numbers; what lay there is lost."""
        if len(self.numbers) < count:
            self.numbers = aligned(count, self.numbers.dtype.type)


class Activation:
    """What one step writes, [block][row][column][channel][image], and others read dressed.

    Attributes:
        kind: Of its numbers: float32, or uint16 for the bits of bfloat16.
        values: As the step writes it.
        room: Where the gradient of what is read of it lies.
        images: Of the batch that it has.
    """

    def __init__(self, shape: Shape, kind: type) -> None:
        self.shape = shape
        self.kind = kind
        self.dressing = Dressing(shape[0], shape[1] * shape[2])
        self.values = np.zeros(0, kind)
        self.room = Room(kind)
        self.images = 0
        self.same: Activation | None = None  # whose gradient is this one's, too
        self.given = False  # whether the gradient, on the way back, has been written to

    @property
    def root(self) -> "Activation":
        """The activation whose gradient is this one's, too; itself where that is its own."""
        return self.same.root if self.same else self

    @property
    def gradient(self) -> np.ndarray:
        """The gradient of what is read of it; empty where no training has asked for it."""
        return self.root.room.numbers

    def reserve(self, blocks: int, *, training: bool) -> None:
        """Makes room for so many blocks of images."""
        channels, height, width = self.shape
        count = blocks * LANES * channels * height * width
        if len(self.values) < count:
            self.values = aligned(count, self.kind)
        if training:
            self.root.room.reserve(count)
        self.dressing.reserve(blocks)

    def row(self, rows: int = 1) -> np.ndarray:
        """Returns room for so many rows of one block of images."""
        return aligned(rows * self.shape[0] * self.shape[2] * LANES, self.kind)

    def after(self, shape: Shape) -> "Activation":
        """Returns another of the same kind, for a step that reads this one."""
        return Activation(shape, self.kind)

    def take(self) -> bool:
        """Notes that a step writes to the gradient; returns whether one did before, to which it adds."""
        given, self.given = self.given, True
        return given
