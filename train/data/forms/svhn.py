"""Finds and reads SVHN, the numbers of houses, from the two files that torchvision puts into the data folder."""

import os
from functools import partial
from pathlib import Path

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Found, Part

_FILES = ("train_32x32.mat", "test_32x32.mat")


def find_svhn(data_dir: Path) -> Found | None:
    """Returns the set; None where none of its files is there; raises BadData where one is."""
    for folder in (data_dir / "SVHN", data_dir):
        files = tuple(folder / name for name in _FILES)
        missing = [file for file in files if not os.path.isfile(file)]  # which answers where pathlib's raises
        if not missing:
            return Found(name="svhn", given="svhn", root=data_dir, files=files, read=partial(read_svhn, files))
        if len(missing) < len(files):
            raise BadData(f"{missing[0]} is missing; both of {' and '.join(_FILES)} are needed")
    return None


def read_svhn(files: tuple[Path, ...]) -> Contents:
    """Reads both files, in which the digit 0 has the label 10; raises BadData where they are damaged."""
    import numpy as np
    from scipy.io import loadmat

    parts = []
    for file in files:
        try:
            stored = loadmat(file)
            images, labels = np.transpose(stored["X"], (3, 2, 0, 1)), stored["y"].reshape(-1).astype(np.int64)
        except Exception as error:  # scipy raises what a damaged file happens to lead to
            reason = " ".join(str(error).split()) or type(error).__name__
            raise BadData(f"{file} cannot be read ({reason}); get the file again") from None
        if len(images) != len(labels) or images.dtype != np.uint8 or not set(np.unique(labels)) <= set(range(11)):
            raise BadData(f"{file} must hold images of bytes with labels from 1 to 10, one each; get the file again")
        parts.append(Part(images=np.ascontiguousarray(images), labels=labels % 10))
    return Contents(class_names=tuple("0123456789"), train=parts[0], test=parts[1])
