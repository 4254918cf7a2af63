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


def test_of_drawn_test_images_none_is_trained_on(tmp_path: Path) -> None:
    """Every image is there twice; those that are given to test with stay, and it is said."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (60, 4, 4), dtype=np.uint8), np.arange(60) % 3
    np.savez(tmp_path / "drawn.npz", X=np.concatenate([x, x]), y=np.concatenate([y, y]))
    drawn = open_dataset(str(tmp_path / "drawn.npz"), tmp_path)
    assert duplicates(drawn) == []
    assert 0 < drawn.counts.test == len(drawn.test()) < 20
    assert any("left out of the drawn ones" in note for note in drawn.notes)
    np.savez(tmp_path / "given.npz", x_train=x, y_train=y, x_test=x[:5], y_test=y[:5])
    given = open_dataset(str(tmp_path / "given.npz"), tmp_path)
    assert len(duplicates(given)) == given.counts.test == 5
    assert given.notes == ("5 test images also among the training images",)
