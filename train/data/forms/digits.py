"""Finds scikit-learn's 8x8 digits, and reads them enlarged to 20x20 in a 28x28 frame, where MNIST's are in theirs."""

from typing import Any

from train.data.forms.contents import Contents, Found, Part

_TRAINING = 1_500  # of the 1,797 in the order they come in; the others are the test set


def find_digits() -> Found:
    """Returns scikit-learn's digits, 1,500 to train on and 297 to test with."""
    from importlib.metadata import distribution
    from pathlib import Path

    file = Path(str(distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")))
    return Found(name="digits", given="digits", read=read_digits, files=(file,))


def read_digits() -> Contents:
    """Reads them."""
    import torch
    from sklearn.datasets import load_digits
    from torch.nn import functional

    digits: Any = load_digits()
    pixels, labels = digits.data, digits.target.astype("int64")
    small = torch.from_numpy(pixels).float().view(-1, 1, 8, 8) / 16
    large = functional.interpolate(small, size=(20, 20), mode="bilinear", align_corners=False)
    images = (functional.pad(large, (4, 4, 4, 4)) * 255).round().to(torch.uint8).numpy()
    return Contents(
        class_names=tuple("0123456789"),
        train=Part(images=images[:_TRAINING], labels=labels[:_TRAINING]),
        test=Part(images=images[_TRAINING:], labels=labels[_TRAINING:]),
    )
