"""Reads scikit-learn's 8x8 digits, enlarged to 20x20 in a 28x28 frame, where MNIST's digits are in theirs."""

from typing import TYPE_CHECKING

from train.data.idx import Part
from train.data.images import Images

if TYPE_CHECKING:
    import numpy as np

_TRAINING = 1_500  # of the 1,797 in the order they come in; the others are the test set
_WHICH: dict[Part, slice] = {"train": slice(None, _TRAINING), "t10k": slice(_TRAINING, None)}


def read_digits(part: Part) -> Images:
    """Returns the 1,500 digits to train on, or the 297 to test with."""
    import torch
    from sklearn.datasets import load_digits
    from torch.nn import functional

    pixels, labels = load_digits(return_X_y=True)
    small = torch.from_numpy(pixels[_WHICH[part]]).float().view(-1, 1, 8, 8) / 16
    large = functional.interpolate(small, size=(20, 20), mode="bilinear", align_corners=False)
    framed = functional.pad(large, (4, 4, 4, 4))
    return Images((framed * 255).round().to(torch.uint8), torch.from_numpy(labels[_WHICH[part]]).long())


def first_digit() -> "np.ndarray":
    """Returns the first digit to train on, uint8 (28, 28); loads neither torch nor scikit-learn."""
    from importlib.metadata import distribution  # which takes a while, and which --help can do without

    import numpy as np

    file = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    small = np.loadtxt(str(file), delimiter=",", max_rows=1)[:-1].reshape(8, 8) / 16
    centres = (np.arange(20) + 0.5) * 8 / 20 - 0.5
    for _ in range(2):  # along one side, then along the other
        small = np.stack([np.interp(centres, np.arange(8), row) for row in small]).T
    return np.pad(np.rint(small * 255).astype(np.uint8), 4)
