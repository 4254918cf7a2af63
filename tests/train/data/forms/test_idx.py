"""Damaged files of MNIST are refused with their name."""

import gzip
import struct
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from train.data.idx import MNIST_FILES, BadData, check, find, read_images, read_labels

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
Folder = Callable[..., Path]


@pytest.mark.parametrize("gz", [False, True])
def test_reads_what_was_written(idx_folder: Folder, tmp_path: Path, gz: bool) -> None:
    folder = idx_folder(gz=gz)
    assert find(tmp_path) == folder
    assert find(folder) == folder
    check(folder)
    rng = np.random.default_rng(0)
    assert np.array_equal(read_images(folder, "train"), rng.integers(0, 256, (12, 28, 28), dtype=np.uint8))
    assert np.array_equal(read_labels(folder, "train"), rng.integers(0, 10, 12, dtype=np.uint8))
    assert read_images(folder, "t10k").shape == (6, 28, 28)


def test_finds_nothing_in_an_empty_or_absent_folder(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    assert find(tmp_path / "absent") is None


@pytest.mark.parametrize("name", MNIST_FILES)
def test_one_missing_file_is_named(idx_folder: Folder, tmp_path: Path, name: str) -> None:
    (idx_folder() / name).unlink()
    with pytest.raises(BadData, match=rf"{name} \(or \.gz\) is missing"):
        find(tmp_path)


def test_raw_and_gz_may_be_mixed(idx_folder: Folder) -> None:
    folder = idx_folder()
    raw = folder / LABELS
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(raw.read_bytes()))
    raw.unlink()
    check(folder)


def test_one_label_too_few(idx_folder: Folder) -> None:
    folder = idx_folder(gz=True)
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(struct.pack(">ii", 2049, 11) + bytes(11)))
    with pytest.raises(BadData, match=rf"{LABELS}\.gz holds 11 labels, {IMAGES}\.gz 12 images; the two must match"):
        check(folder)


@pytest.mark.parametrize("keep", [0, 3, 15, 16, 1000])
def test_truncated_raw_file(idx_folder: Folder, keep: int) -> None:
    folder = idx_folder()
    path = folder / IMAGES
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadData, match=IMAGES):
        check(folder)


def test_bytes_too_many(idx_folder: Folder) -> None:
    folder = idx_folder()
    path = folder / IMAGES
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(BadData, match=r"promises 9,424 bytes, it has 9,425"):
        check(folder)


@pytest.mark.parametrize("keep", [0, 2, 12, 200, -1])
def test_truncated_gz_file(idx_folder: Folder, keep: int) -> None:
    folder = idx_folder(gz=True)
    path = folder / f"{IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadData, match=rf"{IMAGES}\.gz"):
        check(folder)


def test_damage_inside_a_gz_file_is_found_on_reading(idx_folder: Folder) -> None:
    folder = idx_folder(gz=True)
    path = folder / f"{IMAGES}.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    check(folder)
    with pytest.raises(BadData, match=rf"{IMAGES}\.gz cannot be read"):
        read_images(folder, "train")


def test_not_gzip_at_all(idx_folder: Folder) -> None:
    folder = idx_folder(gz=True)
    (folder / f"{IMAGES}.gz").write_bytes(b"<html>404 Not Found</html>")
    with pytest.raises(BadData, match=rf"{IMAGES}\.gz cannot be read"):
        check(folder)


def test_labels_in_the_place_of_images(idx_folder: Folder) -> None:
    folder = idx_folder()
    (folder / IMAGES).write_bytes((folder / LABELS).read_bytes())
    with pytest.raises(BadData, match=rf"{IMAGES} must be an idx file of images, it holds labels"):
        check(folder)


def test_images_of_another_size(idx_folder: Folder) -> None:
    folder = idx_folder()
    (folder / IMAGES).write_bytes(struct.pack(">iiii", 2051, 12, 32, 32) + bytes(12 * 32 * 32))
    with pytest.raises(BadData, match="another size than 28x28"):
        check(folder)


def test_a_label_above_nine(idx_folder: Folder) -> None:
    folder = idx_folder()
    (folder / LABELS).write_bytes(struct.pack(">ii", 2049, 12) + bytes([10] * 12))
    with pytest.raises(BadData, match="holds a label 10"):
        read_labels(folder, "train")


def test_messages_are_one_line(idx_folder: Folder) -> None:
    folder = idx_folder(gz=True)
    (folder / f"{LABELS}.gz").write_bytes(b"")
    with pytest.raises(BadData) as caught:
        check(folder)
    assert "\n" not in str(caught.value)


def test_checking_the_real_files_takes_under_50_ms(mnist_dir: Path) -> None:
    folder = find(mnist_dir)
    assert folder is not None
    times = []
    for _ in range(5):
        began = time.perf_counter()
        check(folder)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.05
