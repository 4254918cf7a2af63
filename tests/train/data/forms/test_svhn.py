"""SVHN as torchvision reads it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import savemat

from train.data.bad_data import BadData
from train.data.dataset import open_dataset
from train.data.torchvision_schemas import define_missing_operators

define_missing_operators()
from torchvision import datasets  # noqa: E402


@pytest.fixture
def svhn(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for part, n in (("train", 40), ("test", 20)):
        y = (np.arange(n) % 10 + 1).reshape(-1, 1).astype(np.uint8)
        savemat(tmp_path / f"{part}_32x32.mat", {"X": rng.integers(0, 256, (32, 32, 3, n), dtype=np.uint8), "y": y})
    return tmp_path


def test_it_is_what_torchvision_reads(svhn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.SVHN, "_check_integrity", lambda self: True)
    opened = open_dataset("svhn", svhn)
    for part, ours in (("train", opened.training()), ("test", opened.test())):
        read = datasets.SVHN(str(svhn), split=part)
        assert np.array_equal(ours.images.numpy(), read.data)
        assert torch.equal(ours.labels, torch.from_numpy(read.labels))


def test_damage(svhn: Path) -> None:
    file = svhn / "test_32x32.mat"
    file.write_bytes(b"<html>")
    with pytest.raises(BadData, match=r"test_32x32\.mat cannot be read"):
        open_dataset("svhn", svhn)
    file.unlink()
    with pytest.raises(BadData, match=r"test_32x32\.mat is missing"):
        open_dataset("svhn", svhn)
