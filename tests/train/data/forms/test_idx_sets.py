"""MNIST's likes where torchvision puts them, against what torchvision reads there."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from train.data.bad_data import BadData
from train.data.dataset import open_dataset
from train.data.forms.idx_sets import IDX_SETS
from train.data.torchvision_schemas import define_missing_operators

define_missing_operators()
from torchvision import datasets  # noqa: E402

RNG = np.random.default_rng(0)


def idx(array: np.ndarray) -> bytes:
    """A file as the makers write it."""
    kind = {1: 0x08, 4: 0x0C}[array.dtype.itemsize]
    return struct.pack(f">BBBB{array.ndim}i", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()


def write(folder: Path, prefix: str, test: str, classes: int, first: int = 0) -> None:
    folder.mkdir(parents=True)
    for part, n in (("train", 3 * classes), (test, 2 * classes)):
        images = RNG.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        labels = (np.arange(n) % classes + first).astype(np.uint8)
        (folder / f"{prefix}{part}-images-idx3-ubyte").write_bytes(idx(images))
        if prefix == "qmnist-":
            wide = np.stack([labels, *RNG.integers(0, 9, (7, n))], axis=1).astype(">i4")
            (folder / f"{prefix}{part}-labels-idx2-int").write_bytes(idx(wide))
        else:
            (folder / f"{prefix}{part}-labels-idx1-ubyte").write_bytes(idx(labels))


@pytest.mark.parametrize(("name", "theirs"), [("fashion-mnist", datasets.FashionMNIST), ("kmnist", datasets.KMNIST)])
def test_sets_with_mnists_file_names(tmp_path: Path, name: str, theirs: type) -> None:
    write(tmp_path / IDX_SETS[name].folder / "raw", "", "t10k", 10)
    opened = open_dataset(name, tmp_path)
    assert opened.name == opened.given == name
    for part, ours in ((True, opened.training()), (False, opened.test())):
        read = theirs(str(tmp_path), train=part)
        assert torch.equal(ours.images[:, 0], read.data)
        assert torch.equal(ours.labels, read.targets)
        assert opened.task.class_names == tuple(read.classes)


def test_qmnist(tmp_path: Path) -> None:
    write(tmp_path / "QMNIST" / "raw", "qmnist-", "test", 10)
    opened = open_dataset("qmnist", tmp_path)
    for part, ours in (("train", opened.training()), ("test", opened.test())):
        read = datasets.QMNIST(str(tmp_path), what=part)
        assert torch.equal(ours.images[:, 0], read.data)
        assert torch.equal(ours.labels, read.targets[:, 0].long())


@pytest.mark.parametrize(("split", "classes"), [("letters", 26), ("balanced", 47), ("digits", 10)])
def test_emnist_is_put_upright(tmp_path: Path, split: str, classes: int) -> None:
    first = int(split == "letters")
    write(tmp_path / "EMNIST" / "raw", f"emnist-{split}-", "test", classes, first)
    opened = open_dataset(f"emnist-{split}", tmp_path)
    for part, ours in ((True, opened.training()), (False, opened.test())):
        read = datasets.EMNIST(str(tmp_path), split, train=part)
        assert torch.equal(ours.images[:, 0], read.data.transpose(1, 2))
        assert torch.equal(ours.labels + first, read.targets)
        assert opened.task.class_names == tuple(name for name in read.classes if name != "N/A")
    assert "put upright" in opened.notes[0]


def test_a_class_that_is_missing(tmp_path: Path) -> None:
    write(tmp_path / "FashionMNIST" / "raw", "", "t10k", 9)
    with pytest.raises(BadData, match="class Ankle boot has 0 pictures; at least 2 are needed"):
        open_dataset("fashion-mnist", tmp_path)
