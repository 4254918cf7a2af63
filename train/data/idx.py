"""Finds, checks and reads MNIST's files; checking reads headers only and loads no numpy."""

import gzip
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Part = Literal["train", "t10k"]
_PARTS: tuple[Part, ...] = ("train", "t10k")
_MAGIC = {2051: "images", 2049: "labels"}  # unsigned bytes in 3 and in 1 dimensions (yann.lecun.com/exdb/mnist)
_SIDE = 28
_GZIP_TRAILER = 4  # bytes: the length before compression, modulo 2**32


class BadData(ValueError):
    """Images or labels are missing or damaged; the message is one line that names the file and what to do."""


def _names(part: Part) -> tuple[str, str]:
    return f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"


MNIST_FILES = tuple(name for part in _PARTS for name in _names(part))
"""Each may end in .gz."""


def _file(folder: Path, name: str) -> Path | None:
    candidates = (folder / name, folder / f"{name}.gz")
    return next((path for path in candidates if os.path.isfile(path)), None)


def find(data_dir: Path) -> Path | None:
    """Returns the folder with MNIST's four files, raw or .gz; None where there is none of them.

    It is `data_dir`/MNIST/raw (torchvision's layout) or `data_dir` itself.

    Raises:
        BadData: Some of the four are there, others not; the message names the first that is missing.
    """
    for folder in (data_dir / "MNIST" / "raw", data_dir):
        missing = [name for name in MNIST_FILES if _file(folder, name) is None]
        if not missing:
            return folder
        if len(missing) < len(MNIST_FILES):
            raise BadData(f"{folder / missing[0]} (or .gz) is missing; MNIST needs all of {', '.join(MNIST_FILES)}")
    return None


def check(folder: Path) -> None:
    """Raises BadData where a file of `folder` is damaged or images and labels differ in number.

    It reads headers and lengths only: damage in the middle of a file is found when it is read.
    """
    for part in _PARTS:
        images, labels = (_header(folder, name) for name in _names(part))
        if images[1] != labels[1]:
            raise BadData(
                f"{labels[0]} holds {labels[1]:,} labels, {images[0].name} {images[1]:,} images; the two must match"
            )


def _header(folder: Path, name: str) -> tuple[Path, int]:
    """Returns the file of that name and how many items it promises, its length and dimensions checked."""
    path = _file(folder, name)
    if path is None:
        raise BadData(f"{folder / name} (or .gz) is missing")
    of_images = "idx3" in name
    size = 16 if of_images else 8
    try:
        with _open(path) as file:
            head = file.read(size)
        length = _length(path)
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path} cannot be read ({error}); get the file again") from None
    kind = "images" if of_images else "labels"
    came = _MAGIC.get(int.from_bytes(head[:4], "big"), "something else") if len(head) >= size else "too few bytes"
    if came != kind:
        raise BadData(f"{path} must be an idx file of {kind}, it holds {came}; get the file again")
    count = struct.unpack(">i", head[4:8])[0]
    if of_images and struct.unpack(">ii", head[8:]) != (_SIDE, _SIDE):
        raise BadData(f"{path} holds images of another size than {_SIDE}x{_SIDE}")
    expected = size + count * (_SIDE * _SIDE if of_images else 1)
    if length != expected:
        raise BadData(
            f"{path} is truncated or damaged: its header promises {expected:,} bytes, it has {length:,}; "
            f"get the file again"
        )
    return path, count


def count_images(folder: Path, part: Part) -> int:
    """Returns how many images the head of the file promises; raises BadData where that is damaged."""
    return _header(folder, _names(part)[0])[1]


def _open(path: Path):
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _length(path: Path) -> int:
    """Returns the file's length before compression, in bytes; for .gz as its last four bytes say."""
    if path.suffix != ".gz":
        return path.stat().st_size
    with path.open("rb") as file:
        file.seek(-_GZIP_TRAILER, 2)
        return struct.unpack("<I", file.read())[0]


def read_images(folder: Path, part: Part) -> "np.ndarray":
    """Returns uint8 images (N, 28, 28); raises BadData where the file is damaged."""
    path, count = _header(folder, _names(part)[0])
    return _read(path, 16).reshape(count, _SIDE, _SIDE)


def read_labels(folder: Path, part: Part) -> "np.ndarray":
    """Returns uint8 labels (N,) from 0 to 9; raises BadData where the file is damaged."""
    path, _ = _header(folder, _names(part)[1])
    labels = _read(path, 8)
    if len(labels) and labels.max() > 9:
        raise BadData(f"{path} holds a label {labels.max()}; labels go from 0 to 9")
    return labels


def _read(path: Path, skip: int) -> "np.ndarray":
    import numpy as np

    try:
        with _open(path) as file:
            return np.frombuffer(file.read(), dtype=np.uint8, offset=skip)
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path} cannot be read ({error}); get the file again") from None
