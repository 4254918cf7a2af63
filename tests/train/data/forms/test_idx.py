"""idx files are found under their usual names, and damaged ones are refused with their name."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from train.data.bad_data import BadData
from train.data.dataset import open_dataset

NAMES = tuple(f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1"))
IMAGES, LABELS = NAMES[:2]
Folder = Callable[..., Path]


def refused(folder: Path) -> str:
    """The one line with which a folder of files is refused."""
    with pytest.raises(BadData) as caught:
        open_dataset(str(folder), folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("gz", [False, True])
def test_reads_what_was_written(idx_folder: Folder, tmp_path: Path, gz: bool) -> None:
    folder = idx_folder(gz=gz)
    rng = np.random.default_rng(0)
    for given in (folder, folder.parent, tmp_path):
        opened = open_dataset(str(given), tmp_path)
        images = opened.training().images
        assert images.shape == (12, 1, 28, 28)
        assert np.array_equal(images[:, 0], np.random.default_rng(0).integers(0, 256, (12, 28, 28), dtype=np.uint8))
        assert opened.training().labels.tolist() == [0, 1, 2] * 4
        assert opened.test().images.shape == (6, 1, 28, 28)
    for data_dir in (folder, folder.parent, tmp_path):
        assert open_dataset("mnist", data_dir).digest == opened.digest
    del rng


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name.replace("-idx", ".idx"),
        lambda name: f"{name}.GZ",
        lambda name: f"{name}.gz",
        lambda name: f"{name}/{name}",
        lambda name: f"{name.replace('-idx', '.idx')}/{name.replace('-idx', '.idx')}",
        lambda name: name.replace("t10k", "test"),
        lambda name: f"emnist-letters-{name.replace('t10k', 'test')}.gz",
        lambda name: name.split("-idx")[0],
        lambda name: name.upper(),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda it: gzip.compress(it[:99]) + gzip.compress(it[99:])])
def test_any_usual_name(idx_folder: Folder, tmp_path: Path, rename: Callable, pack: Callable) -> None:
    """Packed or not whatever the name says, and in several members."""
    folder, other = idx_folder(), tmp_path / "other"
    for name in NAMES:
        file = other / rename(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pack((folder / name).read_bytes()))
    if "emnist" not in rename(IMAGES):
        assert open_dataset(str(other), tmp_path).digest == open_dataset("mnist", tmp_path).digest
        assert open_dataset("mnist", other).digest == open_dataset("mnist", tmp_path).digest
    else:
        assert "holds a label -1; labels go from 0" in refused(other), "its labels begin with 1"


@pytest.mark.parametrize("name", NAMES)
def test_one_missing_file_is_named_without_the_network(idx_folder: Folder, tmp_path: Path, name: str) -> None:
    folder = idx_folder()
    (folder / name).unlink()
    assert f"{folder / name} (or .gz) is missing" in refused(folder)
    said = []
    with pytest.raises(BadData, match=rf"{name} \(or \.gz\) is missing"):
        open_dataset("auto", tmp_path, say=said.append)
    assert said == []


def test_raw_and_gz_may_be_mixed(idx_folder: Folder) -> None:
    folder = idx_folder()
    raw = folder / LABELS
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(raw.read_bytes()))
    raw.unlink()
    assert open_dataset(str(folder), folder).counts.training == 12


def test_one_label_too_few(idx_folder: Folder) -> None:
    folder = idx_folder(gz=True)
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(struct.pack(">ii", 2049, 11) + bytes(11)))
    assert f"{LABELS}.gz holds 11 labels, {IMAGES}.gz 12 images; the two must match" in refused(folder)


@pytest.mark.parametrize("keep", [0, 3, 15, 16, 1000])
def test_a_cut_raw_file(idx_folder: Folder, keep: int) -> None:
    folder = idx_folder()
    path = folder / IMAGES
    path.write_bytes(path.read_bytes()[:keep])
    assert str(path) in (said := refused(folder))
    assert ("is empty" if keep == 0 else "too few bytes" if keep == 3 else "is cut short") in said


def test_bytes_too_many(idx_folder: Folder) -> None:
    folder = idx_folder()
    path = folder / IMAGES
    path.write_bytes(path.read_bytes() + b"\0")
    assert "is damaged: its header promises 9,424 bytes, it has 9,425" in refused(folder)


@pytest.mark.parametrize("keep", [2, 12, 200, -1])
def test_a_cut_packed_file(idx_folder: Folder, keep: int) -> None:
    folder = idx_folder(gz=True)
    path = folder / f"{IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:keep])
    assert f"{path} is cut short" in refused(folder)


def test_damage_inside_a_packed_file(idx_folder: Folder) -> None:
    folder = idx_folder(gz=True)
    path = folder / f"{IMAGES}.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert f"{path} cannot be read (CRC check failed" in refused(folder)


def test_packed_twice(idx_folder: Folder) -> None:
    folder = idx_folder(gz=True)
    path = folder / f"{IMAGES}.gz"
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert f"{path} is packed twice; unpack it once" in refused(folder)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_web_page_in_its_place(idx_folder: Folder, pack: Callable) -> None:
    folder = idx_folder(gz=True)
    (folder / f"{IMAGES}.gz").write_bytes(pack(b"<!DOCTYPE html><html>404 Not Found</html>"))
    assert f"{IMAGES}.gz must be an idx file of images, it holds a web page" in refused(folder)


def test_labels_in_the_place_of_images(idx_folder: Folder) -> None:
    folder = idx_folder()
    (folder / IMAGES).write_bytes((folder / LABELS).read_bytes())
    assert f"{IMAGES} must be an idx file of images, it holds labels" in refused(folder)


def test_test_images_of_another_size(idx_folder: Folder) -> None:
    folder = idx_folder()
    (folder / IMAGES).write_bytes(struct.pack(">iiii", 2051, 12, 32, 20) + bytes(12 * 32 * 20))
    assert "training images of 32x20 and test images of 28x28" in refused(folder)


@pytest.mark.parametrize("part", ["train", "t10k"])
def test_a_label_out_of_range(idx_folder: Folder, tmp_path: Path, part: str) -> None:
    folder = idx_folder()
    path = folder / f"{part}-labels-idx1-ubyte"
    content = bytearray(path.read_bytes())
    content[-1] = 10
    path.write_bytes(content)
    with pytest.raises(BadData, match="holds a label 10; labels go from 0 to 9"):
        open_dataset("mnist", tmp_path)


def test_one_class_only(idx_folder: Folder) -> None:
    folder = idx_folder()
    for part, n in (("train", 12), ("t10k", 6)):
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">ii", 2049, n) + bytes([3] * n))
    assert "there is only one class, 3; at least two are needed" in refused(folder)


def test_labels_of_fractions(idx_folder: Folder) -> None:
    folder = idx_folder()
    (folder / LABELS).write_bytes(struct.pack(">BBBBi12f", 0, 0, 0x0D, 1, 12, *[0, 1.5] * 6))
    assert f"{LABELS} holds labels that are no whole numbers" in refused(folder)


@pytest.mark.parametrize("shape", [(0, 28, 28), (12, 0, 28)])
def test_no_images_and_images_without_pixels(idx_folder: Folder, shape: tuple[int, ...]) -> None:
    folder = idx_folder()
    (folder / IMAGES).write_bytes(struct.pack(">iiii", 2051, *shape))
    assert f"{IMAGES} holds no images, by its header {'x'.join(map(str, shape))} numbers" in refused(folder)


def test_several_sets_in_a_folder(idx_folder: Folder) -> None:
    folder = idx_folder()
    for name in NAMES:
        (folder / f"emnist-letters-{name}").write_bytes((folder / name).read_bytes())
        (folder / f"emnist-digits-{name}").write_bytes((folder / name).read_bytes())
    assert "holds the idx files of 3 sets (emnist-digits, emnist-letters)" in refused(folder)
