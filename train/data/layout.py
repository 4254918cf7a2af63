"""`Layout`: how samples in memory, flat or not, of any range, become the pictures that a network takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from train.data.bad_data import BadData
from train.data.forms.arrays import as_images
from train.data.preparation import LARGEST

LEAST = 12  # pixels a side, to which smaller pictures are enlarged: below, networks have no room for two pools
_BYTE = 255  # the largest
_CHANNELS = (1, 3, 4)
_ROWS = 1024  # that are converted at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """A value that says how samples become pictures; it follows from those to train on, and holds for all others.

    Attributes:
        shape: Of a sample as a picture: (H, W), (H, W, C) or (C, H, W).
        size: How many numbers a flat sample has; fewer than the picture where its last row is filled up.
        low: The number that becomes 0, black.
        high: The number that becomes 255; None where samples are as `train.data.forms.arrays` takes them, as those
            are to which no arrays have been shown.
        repeats: How often each pixel is repeated downwards, and to the right.
    """

    shape: tuple[int, ...]
    size: int
    low: float = 0.0
    high: float | None = None
    repeats: tuple[int, int] = (1, 1)

    @classmethod
    def of(cls, samples: np.ndarray, image_shape: Sequence[int] | None) -> Self:
        """Returns the layout of samples (N, H, W), (N, H, W, C), (N, C, H, W), or (N, D), flat.

        Flat ones are rows of a picture of `image_shape`, or, without that, of the smallest square that has room for
        them. A line through the smallest and the largest of all numbers brings them to 0 and 255, which leaves
        bytes that have both as they are. Pictures of fewer than 12 pixels a side are enlarged.

        Raises:
            BadData: They are none of these, or too large.
        """
        size = math.prod(samples.shape[1:])
        if not size:
            raise BadData(f"samples are {samples.shape[1:]}, which have no pixels; each needs one at least")
        shape = tuple(image_shape) if image_shape is not None else samples.shape[1:]
        if len(shape) == 1:
            shape = (math.isqrt(size - 1) + 1,) * 2
        elif math.prod(shape) != size or (samples.ndim > 2 and shape != samples.shape[1:]):
            raise BadData(
                f"`image_shape` {shape} is of {math.prod(shape):,} number{'s' * (math.prod(shape) != 1)}, and "
                f"samples are {samples.shape[1:]}; it must be that of one sample"
            )
        sides = shape[:2] if _channels_last(shape) else shape[1:]
        if max(sides) > LARGEST:
            raise BadData(f"samples are pictures of {shape}; make them smaller, {LARGEST:,} pixels a side at most")
        down, right = (-(-LEAST // side) for side in sides)
        low, high = float(samples.min()), float(samples.max())
        high = high if high > low else low + 1.0  # where all are the same, which is refused as images
        return cls(shape=shape, size=size, low=low, high=high, repeats=(down, right))

    def describe(self) -> str:
        """Returns what becomes of a sample's numbers, in words; nothing where bytes stay as they are."""
        if self.high is None or (self.low, self.high, self.repeats) == (0.0, 255.0, (1, 1)):
            return ""
        above = f"(x {'-' if self.low > 0 else '+'} {abs(self.low):g})" if self.low else "x"
        repeated = "" if self.repeats == (1, 1) else ", each repeated {}x{}".format(*self.repeats)
        return (
            f"Pixels in [0, 1] are {above} / {self.high - self.low:g}{repeated}, where x are the numbers that it "
            f"learned from. Picture files are not brought to that; they are read as 0 to 255, and resized smoothly."
        )

    def pictures(self, samples: np.ndarray) -> np.ndarray:
        """Returns samples, flat or shaped as those of the layout, as uint8 (N, H, W), or (N, H, W, C) in colour.

        Raises:
            BadData: They are of another shape; or of those without `high` the range cannot be told.
        """
        if self.high is None:
            return self._as_given(samples)
        shape = samples.shape[1:]
        if shape not in ((self.size,), self.shape):
            raise BadData(f"samples must be {self.shape}, or flat, ({self.size:,},), as in `fit`, not {shape}")
        made = np.zeros((len(samples), math.prod(self.shape)), np.uint8)
        for start in range(0, len(samples), _ROWS):
            rows = slice(start, start + _ROWS)
            made[rows, : self.size] = _scaled(samples[rows].reshape(len(samples[rows]), -1), self.low, self.high)
        pictures = made.reshape(len(samples), *self.shape)
        if not _channels_last(self.shape):
            pictures = np.moveaxis(pictures, 1, 3)
        if pictures.ndim == 4 and pictures.shape[3] == 1:
            pictures = pictures[..., 0]
        return pictures.repeat(self.repeats[0], 1).repeat(self.repeats[1], 2)

    def _as_given(self, samples: np.ndarray) -> np.ndarray:
        """Returns them as images of a data set's shape, (H, W) or (H, W, C).

        Their range is that of the pictures that were read, and told by type and largest number, as `as_images` does.
        """
        flat = samples.ndim == 2 and samples.shape[1] == self.size
        ((images,), _) = as_images([samples.reshape(-1, *self.shape) if flat else samples], "`X`")
        if samples.dtype == np.uint16 and 0 < (most := samples.max()) <= _BYTE:
            raise BadData(
                f"`X` holds uint16 numbers up to {most}, bytes or dark pixels of 16 bits; give bytes as uint8, and "
                f"pixels of 16 bits as X / 65535"
            )
        pictures = images[:, 0] if images.shape[1] == 1 else np.moveaxis(images, 1, 3)
        if pictures.shape[1:] != self.shape:
            raise BadData(f"`X` holds images of {samples.shape[1:]}; those of the search were {self.shape}")
        return pictures


def _channels_last(shape: tuple[int, ...]) -> bool:
    """Returns whether height and width come first in the shape of a picture; raises BadData where it is none."""
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in _CHANNELS):
        return True
    if len(shape) == 3 and shape[0] in _CHANNELS:
        return False
    raise BadData(
        f"samples are {shape}, which is no picture; they must be (H, W), (H, W, C) or (C, H, W) with 1, 3 or 4 "
        f"channels, or flat"
    )


def _scaled(some: np.ndarray, low: float, high: float) -> np.ndarray:
    if (low, high) == (0.0, 255.0) and some.dtype == np.uint8:
        return some
    return np.rint((some.astype(np.float64) - low) * (255 / (high - low))).clip(0, 255)
