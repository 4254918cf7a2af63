"""The images of a study as an .npz file, which an exported module trains on again."""

import io
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np


class LabelledImages(Protocol):
    """Images, uint8 (N, C, H, W), with labels, whole numbers (N,); both are what numpy makes arrays of."""

    @property
    def images(self) -> Any: ...

    @property
    def labels(self) -> Any: ...


def data_file(train: LabelledImages, test: LabelledImages, class_names: Sequence[str]) -> bytes:
    """Returns the file's content: x_train, y_train, x_test, y_test and class_names.

    Images are uint8 (N, H, W) of one channel, else (N, H, W, C), as other programs have them; labels are int64 (N,).

    Raises:
        ValueError: A label has no name.
    """
    content = io.BytesIO()
    arrays = {"class_names": np.array(class_names, dtype=str)}
    for part, given in (("train", train), ("test", test)):
        images, labels = np.asarray(given.images), np.asarray(given.labels, np.int64)
        if labels.size and not 0 <= labels.min() <= labels.max() < len(class_names):
            raise ValueError(f"labels go from 0 to {len(class_names) - 1}, not from {labels.min()} to {labels.max()}")
        arrays |= {f"x_{part}": images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)}
        arrays |= {f"y_{part}": labels}
    np.savez_compressed(content, allow_pickle=False, **arrays)
    return content.getvalue()
