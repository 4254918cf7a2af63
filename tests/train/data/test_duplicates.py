"""Test images that are among the training images are found."""

from pathlib import Path

import numpy as np

from train.data.dataset import open_dataset
from train.data.duplicates import duplicates


def test_they_are_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (30, 4, 4), dtype=np.uint8), np.arange(30) % 3
    x[7] = x[3]
    x[22], x[25] = x[7], x[11]
    x[28] = x[1]
    x[28, 0, 0] ^= 1
    np.savez(tmp_path / "set.npz", x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:])
    assert duplicates(open_dataset(str(tmp_path / "set.npz"), tmp_path)) == [(2, 3), (5, 11)]
