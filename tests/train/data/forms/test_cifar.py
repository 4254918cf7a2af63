"""CIFAR as torchvision reads it, and pickles that want to run something."""

import io
import os
import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from train.data.bad_data import BadData
from train.data.dataset import open_dataset
from train.data.forms.cifar import CIFAR_SETS
from train.data.torchvision_schemas import define_missing_operators

define_missing_operators()
from torchvision import datasets  # noqa: E402


class _Python2(pickle._Pickler):
    """Writes words and bytes as Python 2 did, with which the makers wrote."""

    dispatch = dict(pickle._Pickler.dispatch)  # noqa: RUF012

    def save_string(self, value: str | bytes) -> None:
        content = value.encode("latin1") if isinstance(value, str) else value
        self.write(b"T" + struct.pack("<i", len(content)) + content)
        self.memoize(value)

    dispatch[str] = dispatch[bytes] = save_string


def by_python_2(value: dict) -> bytes:
    content = io.BytesIO()
    _Python2(content, protocol=2).dump(value)
    return content.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


class Runs:
    """A value that touches a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable, tuple[str]]:
        return os.mkdir, (str(self.file),)


@pytest.fixture(params=["cifar10", "cifar100"])
def cifar(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Writes a set as its makers do, with Python 2, with three images a class and batch."""
    one, classes, rng = CIFAR_SETS[request.param], int(request.param[5:]), np.random.default_rng(0)
    folder = tmp_path / one.folder
    folder.mkdir()
    for file in (*one.train, *one.test):
        n = 3 * classes
        labels = (np.arange(n) % classes).tolist()
        data = rng.integers(0, 256, (n, 3072), dtype=np.uint8)
        (folder / file).write_bytes(by_python_2({"data": data, one.labels: labels}))
    names = [f"class {place}" for place in range(classes)]
    (folder / one.names_file).write_bytes(by_python_2({one.names: names}))
    return request.param


@pytest.mark.parametrize("packed", [False, True])
def test_it_is_what_torchvision_reads(
    cifar: str, tmp_path: Path, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[cifar]
    monkeypatch.setattr(theirs, "_check_integrity", lambda self: True)
    monkeypatch.setattr(theirs, "_load_meta", lambda self: None)
    read = {part: theirs(str(tmp_path), train=part) for part in (True, False)}
    if packed:
        one = CIFAR_SETS[cifar]
        with tarfile.open(tmp_path / one.archive, "w:gz") as archive:
            archive.add(tmp_path / one.folder, one.folder)
        (tmp_path / one.folder).rename(tmp_path / "elsewhere")
    opened = open_dataset(cifar, tmp_path)
    for part, ours in ((True, opened.training()), (False, opened.test())):
        assert np.array_equal(ours.images.permute(0, 2, 3, 1), read[part].data)
        assert torch.equal(ours.labels, torch.tensor(read[part].targets))
    assert opened.task.class_names[:3] == ("class 0", "class 1", "class 2")
    assert opened.task.colour


def test_a_pickle_that_runs_something_is_refused_before_it_does(cifar: str, tmp_path: Path) -> None:
    one = CIFAR_SETS[cifar]
    (tmp_path / one.folder / one.test[0]).write_bytes(pickle.dumps({b"data": Runs(tmp_path / "ran")}, protocol=2))
    with pytest.raises(BadData, match=r"it wants posix\.mkdir, which is no data"):
        open_dataset(cifar, tmp_path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"\x80\x02}q\x00", pickle.dumps([1, 2]), pickle.dumps({b"data": 1})]
)
def test_damaged_pickles(cifar: str, tmp_path: Path, content: bytes) -> None:
    one = CIFAR_SETS[cifar]
    (tmp_path / one.folder / one.test[0]).write_bytes(content)
    with pytest.raises(BadData, match=one.test[0]) as caught:
        open_dataset(cifar, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_missing_batch(cifar: str, tmp_path: Path) -> None:
    one = CIFAR_SETS[cifar]
    (tmp_path / one.folder / one.test[0]).unlink()
    with pytest.raises(BadData, match=f"lacks {one.test[0]}"):
        open_dataset(cifar, tmp_path)


@pytest.mark.parametrize("name", ["cifar10", "svhn"])
def test_a_folder_that_cannot_be_is_one_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.data.forms.named.download", lambda name, folder, seconds: "no network here")
    with pytest.raises(BadData, match=r"is not in x+ and could not be downloaded"):
        open_dataset(name, Path("x" * 300))


def test_a_cut_archive(cifar: str, tmp_path: Path) -> None:
    one = CIFAR_SETS[cifar]
    with tarfile.open(tmp_path / one.archive, "w:gz") as archive:
        archive.add(tmp_path / one.folder, one.folder)
    (tmp_path / one.folder).rename(tmp_path / "elsewhere")
    file = tmp_path / one.archive
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BadData, match=r"python\.tar\.gz cannot be read"):
        open_dataset(cifar, tmp_path)
