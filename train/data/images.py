"""Defines images with their labels, as every part of a data set has them; loads torch for its types alone."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Images:
    """A number of images with their labels.

    Attributes:
        images: uint8 (N, C, H, W).
        labels: int64 (N,), from 0 to the number of classes less one.
    """

    images: "Tensor"
    labels: "Tensor"

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: str) -> "Images":
        """Returns the same on another device."""
        return Images(self.images.to(device), self.labels.to(device))


def as_picture(image: "np.ndarray") -> "np.ndarray":
    """Returns one image (C, H, W) as pictures are: (H, W), or (H, W, C) where it has more channels than one."""
    return image[0].copy() if len(image) == 1 else image.transpose(1, 2, 0).copy()
