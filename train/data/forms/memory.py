"""Opens arrays and torch Datasets that are in memory; the same ones are prepared once, and found by their content."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from train.data.dataset import IN_MEMORY, Dataset, opened
from train.data.forms.contents import Contents, Found
from train.data.forms.function import named
from train.data.forms.named_arrays import contents_of
from train.data.forms.naming import own
from train.data.preparation import Preparation

_WHERE = "`data`"
_ROWS = 4096  # that are copied at once, where an array is none of consecutive bytes


def open_arrays(
    data: Any,
    *,
    name: str = "arrays",
    preparation: Preparation = Preparation(),  # noqa: B008, a frozen value
    draws_test: bool = True,
) -> Dataset:
    """Returns the data set of images and labels in memory, prepared where the same ones have not been before.

    Args:
        data: (X, y), (X_train, y_train, X_test, y_test), a dict of arrays by the names that an .npz file has, a torch
            Dataset of images with labels, or a pair of them, to train on and to test with. Images are (N, H, W),
            (N, H, W, C) or (N, C, H, W), of bytes, of 16 bits, or in [0, 1] or [0, 255]; labels (N,) are whole
            numbers, words or truth values.
        name: What people call it.
        draws_test: Whether a sixth of each class becomes the test part where none is given; else there is none.

    Raises:
        BadData: It is none of this, or cannot be prepared; the message is one line.
    """
    arrays = _nameable(named(data, f"{_WHERE} came as"))

    def read() -> Contents:
        return replace(contents_of(arrays, _WHERE), draws_test=draws_test)

    content = f"{_digest(arrays)} {draws_test}"
    return opened(Found(name=own(name), given=IN_MEMORY, read=read, files=(), content=content), preparation)


def _nameable(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns the arrays with labels as words where some are below 0, which are no places in a list of classes."""
    labels = [name for name in arrays if name == "y" or name.startswith("y_") or "labels" in name]
    below = any(arrays[name].dtype.kind == "i" and (arrays[name] < 0).any() for name in labels)
    return {**arrays, **{name: arrays[name].astype(str) for name in labels if below}}


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        if array.dtype.hasobject:
            digest.update("\0".join(map(repr, array.ravel().tolist())).encode())
        elif array.size and array.ndim:  # of none a view has no bytes
            for start in range(0, len(array), _ROWS):
                digest.update(np.ascontiguousarray(array[start : start + _ROWS]).data.cast("B"))
    return digest.hexdigest()
