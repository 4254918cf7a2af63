"""Finds scikit-learn's 8x8 digits, and reads them enlarged to 20x20 in a 28x28 frame, where MNIST's are in theirs."""

from importlib.metadata import distribution
from pathlib import Path

from train.data.forms.contents import Contents, Found, Part

_TRAINING = 1_500  # of the 1,797 in the order they come in; the others are the test set


def find_digits() -> Found:
    """Returns scikit-learn's digits, 1,500 to train on and 297 to test with."""
    return Found(name="digits", given="digits", read=read_digits, files=(_file(),))


def _file() -> Path:
    """Returns the file that has them. scikit-learn is not imported for it: that takes a second, draws random numbers
    and sets variables of the environment."""
    return Path(str(distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")))


def read_digits() -> Contents:
    """Reads them."""
    import numpy as np
    import torch
    from torch.nn import functional

    table = np.loadtxt(_file(), delimiter=",")  # (1797, 65), as load_digits reads it
    pixels, labels = table[:, :-1], table[:, -1].astype("int64")
    small = torch.from_numpy(pixels).float().view(-1, 1, 8, 8) / 16
    large = functional.interpolate(small, size=(20, 20), mode="bilinear", align_corners=False)
    images = (functional.pad(large, (4, 4, 4, 4)) * 255).round().to(torch.uint8).numpy()
    return Contents(
        class_names=tuple("0123456789"),
        train=Part(images=images[:_TRAINING], labels=labels[:_TRAINING]),
        test=Part(images=images[_TRAINING:], labels=labels[_TRAINING:]),
    )
