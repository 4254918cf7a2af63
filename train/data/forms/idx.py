"""Finds and reads idx files, as MNIST and its likes come in: packed or not, under any of their usual names."""

import gzip
import math
import os
import re
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from train.data.bad_data import BadData

if TYPE_CHECKING:
    import numpy as np

PartName = Literal["train", "t10k"]
Kind = Literal["images", "labels"]
IdxFiles = Mapping[tuple[PartName, Kind], Path]
_KEYS: tuple[tuple[PartName, Kind], ...] = tuple((p, k) for p in ("train", "t10k") for k in ("images", "labels"))
_NAME = re.compile(
    r"(?:(?P<set>.+)[-_])?(?P<part>train|t10k|test)[-_](?P<kind>images|labels)"
    r"(?:[-._]idx\d)?(?:[-._](?:ubyte|int|idx))?(?:\.gz)?",
    re.IGNORECASE,
)
_PACKED = b"\x1f\x8b"  # what gzip begins with (RFC 1952)
_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}  # yann.lecun.com/exdb/mnist


def find_idx(folder: Path, prefixes: Collection[str]) -> IdxFiles | None:
    """Returns the four files of the first of these sets that a folder has any of; None where it has none.

    Args:
        prefixes: What their names may begin with, as in emnist-letters-train-images-idx3-ubyte; "" for nothing.

    Raises:
        BadData: Some of the four are there, others not; the message has the name of the first that is missing.
    """
    sets = idx_files(folder)
    prefix = next((prefix for prefix in prefixes if prefix in sets), None)
    if prefix is None:
        return None
    found = sets[prefix]
    missing = [usual_name(key, prefix) for key in _KEYS if key not in found]
    if missing:
        names = ", ".join(usual_name(key, prefix) for key in _KEYS)
        there = ", ".join(sorted(path.name for path in found.values()))
        raise BadData(f"{folder / missing[0]} (or .gz) is missing; all of {names} are needed, and only {there} found")
    return found


def idx_files(folder: Path) -> dict[str, dict[tuple[PartName, Kind], Path]]:
    """Returns the folder's idx files by what their names begin with; unpacked ones go before packed ones."""
    found: dict[str, dict[tuple[PartName, Kind], Path]] = {}
    try:
        names = sorted(os.listdir(folder), key=lambda name: name.lower().endswith(".gz"))
    except OSError:
        return {}
    for name in names:
        match, path = _NAME.fullmatch(name), folder / name
        if match is None:
            continue
        if os.path.isdir(path):  # as Kaggle packs them: a folder with the file's name has the file
            inside = [path / other for other in sorted(os.listdir(path)) if _NAME.fullmatch(other)]
            path = next((other for other in inside if os.path.isfile(other)), None)
        if path is not None and os.path.isfile(path):
            part: PartName = "train" if match["part"].lower() == "train" else "t10k"
            kind: Kind = "images" if match["kind"].lower() == "images" else "labels"
            found.setdefault((match["set"] or "").lower(), {}).setdefault((part, kind), path)
    return found


def usual_name(key: tuple[PartName, Kind], prefix: str = "") -> str:
    """Returns the name that the files' makers gave."""
    part, kind = key
    begin = f"{prefix}-" if prefix else ""
    if prefix.startswith(("emnist", "qmnist")):
        part = "train" if part == "train" else "test"
    end = "idx3-ubyte" if kind == "images" else "idx2-int" if prefix == "qmnist" else "idx1-ubyte"
    return f"{begin}{part}-{kind}-{end}"


def read_part(files: IdxFiles, part: PartName) -> "tuple[np.ndarray, np.ndarray]":
    """Returns uint8 images (N, H, W) and whole labels (N,); raises BadData where a file is damaged."""
    images, labels = (read_idx(files[part, kind], kind) for kind in ("images", "labels"))
    if len(images) != len(labels):
        raise BadData(
            f"{files[part, 'labels']} holds {len(labels):,} label{'s' * (len(labels) != 1)}, "
            f"{files[part, 'images'].name} {len(images):,} image{'s' * (len(images) != 1)}; the two must match"
        )
    return images, labels


def read_idx(path: Path, kind: Kind) -> "np.ndarray":
    """Returns the images (N, H, W), uint8, or the labels (N,) of a file; raises BadData where it is damaged."""
    import numpy as np

    content = _unpacked(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES:
        page = content.lstrip()[:1] == b"<"
        came = "a web page" if page else "too few bytes" if len(content) < 4 else "something else"
        raise BadData(f"{path} must be an idx file of {kind}, it holds {came}; get the file again")
    axes, kind_of_number = content[3], np.dtype(_TYPES[content[2]])
    came = "images" if axes == 3 else "labels" if axes in (1, 2) else f"numbers of {axes} axes"
    if came != kind:
        raise BadData(f"{path} must be an idx file of {kind}, it holds {came}; get the file again")
    if kind == "images" and kind_of_number != np.uint8:
        raise BadData(f"{path} holds images of {kind_of_number.name}; they must be of bytes")
    start = 4 + 4 * axes
    shape = [int.from_bytes(content[place : place + 4], "big") for place in range(4, start, 4)]
    promised = start + math.prod(shape) * kind_of_number.itemsize
    if len(content) != promised:
        what = "is cut short" if len(content) < promised else "is damaged"
        raise BadData(
            f"{path} {what}: its header promises {promised:,} bytes, it has {len(content):,}; get the file again"
        )
    if 0 in shape:
        raise BadData(
            f"{path} holds no {kind}, by its header {'x'.join(map(str, shape))} numbers; get the file again"
        )
    numbers = np.frombuffer(content, dtype=kind_of_number, offset=start).reshape(shape)
    if axes == 2:  # QMNIST's, whose first column is the class
        numbers = numbers[:, 0]
    if kind == "images":
        return numbers
    whole = numbers.astype(np.int64)
    if (whole != numbers).any():
        raise BadData(f"{path} holds labels that are no whole numbers; get the file again")
    return whole


def _unpacked(path: Path) -> bytes:
    """Returns the file's content, which its first two bytes say is packed or not, whatever its name says."""
    try:
        content = path.read_bytes()
        if not content:
            raise BadData(f"{path} is empty; get the file again")
        if not content.startswith(_PACKED):
            return content
        content = gzip.decompress(content)  # all its members
    except EOFError:
        raise BadData(f"{path} is cut short; get the file again") from None
    except (OSError, zlib.error) as error:
        raise BadData(f"{path} cannot be read ({error}); get the file again") from None
    if content.startswith(_PACKED):
        raise BadData(f"{path} is packed twice; unpack it once")
    return content
