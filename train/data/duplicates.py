"""Finds test images that are among the training images, too."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from train.data.dataset import Dataset


def duplicates(dataset: "Dataset") -> list[tuple[int, int]]:
    """Returns the test images whose every pixel is as in a training image: places of both, the first of the latter.

    Raises:
        BadData: The images are not on this machine as they were.
    """
    return duplicates_in(dataset.arrays())


def duplicates_in(folder: Path) -> list[tuple[int, int]]:
    """Returns those of the arrays in a folder."""
    import numpy as np

    train, test = (np.load(folder / f"{part}_images.npy", mmap_mode="r") for part in ("train", "test"))
    places: dict[bytes, int] = {}
    for place, image in enumerate(train):
        places.setdefault(hashlib.sha256(image).digest(), place)
    found = ((place, places.get(hashlib.sha256(image).digest())) for place, image in enumerate(test))
    return [(place, other) for place, other in found if other is not None]
