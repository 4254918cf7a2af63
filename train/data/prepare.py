"""Prepares the contents of a data set: brings all images to one shape and writes them as arrays to be mapped."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from space.layers import Shape
from train.data import pictures
from train.data.bad_data import BadData
from train.data.drawing import check_classes, limited, with_test
from train.data.duplicates import duplicates_in
from train.data.facts import Facts
from train.data.forms.contents import Contents, Part, PictureFile
from train.data.mapping import new_array
from train.data.moments import moments
from train.data.preparation import LARGEST, Preparation

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
"""The files, each with .npy behind it; images given to hold out are the last of those to train on."""
_GRAY, _RGB = 1, 3


def prepare(contents: Contents, name: str, preparation: Preparation, folder: Path) -> Facts:
    """Writes the prepared arrays to a folder, which they need not fit into memory for.

    Raises:
        BadData: There are too few images or classes, or too large or differing ones.
        OSError: They cannot be written.
    """
    check_classes(contents)
    drawn = contents.test is None
    contents = limited(with_test(contents), preparation.limit)
    assert contents.test is not None
    parts = [part for part in (contents.train, contents.held_out, contents.test) if part is not None]
    image, notes = _shape(parts, preparation)
    train = [contents.train] if contents.held_out is None else [contents.train, contents.held_out]
    failures: list[tuple[PictureFile, str]] = []
    for which, some in (("train", train), ("test", [contents.test])):
        _write(folder, which, some, image, failures)
    pictures.refuse(failures)
    notes += _without_doubles(folder, drawn=drawn)
    mean, std = moments(np.load(folder / "train_images.npy", mmap_mode="r"))
    if not any(std):
        raise BadData("all pixels of all training images are the same; there is nothing to tell classes apart by")
    counts = sum(np.bincount(part.labels, minlength=len(contents.class_names)) for part in train)
    given = 0 if contents.held_out is None else len(contents.held_out)
    return Facts(
        name=contents.name or name,
        image=image,
        class_names=contents.class_names,
        mean=mean,
        std=tuple(one or 1.0 for one in std),  # a channel that is the same everywhere is left as it is
        class_counts=tuple(np.asarray(counts).tolist()),
        given=given,
        test=len(np.load(folder / "test_labels.npy", mmap_mode="r")),
        digest=digest_of(folder, contents.class_names, given),
        notes=(*contents.notes, *notes),
    )


def _without_doubles(folder: Path, *, drawn: bool) -> list[str]:
    """Takes test images that are among the training images, too, out of a drawn part; returns what is to be said."""
    doubles = [place for place, _ in duplicates_in(folder)]
    if not doubles:
        return []
    some = f"{len(doubles):,} test image{'s' * (len(doubles) != 1)}"
    if not drawn:
        return [f"{some} also among the training images"]
    for what in ("images", "labels"):
        file = folder / f"test_{what}.npy"
        np.save(file, np.delete(np.load(file), doubles, axis=0))
    return [f"{some} also among the training images, and left out of the drawn ones"]


def digest_of(folder: Path, class_names: Sequence[str], given: int) -> str:
    """Returns the SHA-256 of the arrays in a folder, of class names, and of how many images are given to hold out.

    Raises:
        OSError, ValueError: The arrays cannot be read.
    """
    digest = hashlib.sha256(json.dumps([list(class_names), given]).encode())
    for name in ARRAYS:
        array = np.load(folder / f"{name}.npy", mmap_mode="r")
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _shape(parts: Sequence[Part], preparation: Preparation) -> tuple[Shape, list[str]]:
    """Returns the shape that all images get, and in notes what is done to them."""
    files = [file for part in parts if isinstance(part.images, tuple) for file in part.images]
    if files:
        sizes, coloured, notes = pictures.look(files)
        channels = _RGB if coloured else _GRAY
        if 0 < coloured < len(files) and preparation.channels is None:
            gray = len(files) - coloured
            others = "the other is" if coloured == 1 else f"the {coloured:,} others are"
            notes.append(f"{gray:,} picture{'s' * (gray != 1)} in grey, made colour as {others}")
    else:
        shapes = Counter(part.images.shape[1:] for part in parts if not isinstance(part.images, tuple))
        (channels, height, width), notes = next(iter(shapes)), []
        sizes = Counter({(width, height): sum(map(len, parts))})
    wanted = {"gray": _GRAY, "rgb": _RGB}.get(preparation.channels or "", channels)
    if wanted != channels:
        notes.append(f"images of {channels} channel{'s' * (channels != 1)} converted to {preparation.channels}")
    if side := preparation.image_size:
        if sizes.keys() != {(side, side)}:
            notes.append(f"images of {_sizes(sizes)} resized to {side}x{side}")
        return (wanted, side, side), notes
    if len(sizes) > 1:
        raise BadData(f"pictures are of {len(sizes):,} sizes: {_sizes(sizes)}; `image_size` resizes them all to one")
    ((width, height),) = sizes
    if max(width, height) > LARGEST:
        raise BadData(f"pictures are of {_sizes(sizes)} pixels; `image_size` makes them smaller, {LARGEST:,} at most")
    return (wanted, height, width), notes


def _sizes(sizes: Counter[tuple[int, int]]) -> str:
    """Returns the most frequent sizes, which are (width, height), as height x width, with how many pictures have
    them."""
    many = [f"{height}x{width}" + f" ({n:,})" * (len(sizes) > 1) for (width, height), n in sizes.most_common(10)]
    return ", ".join(many) + (f" and {len(sizes) - 10:,} more" if len(sizes) > 10 else "")


def _write(
    folder: Path, which: str, parts: Sequence[Part], image: Shape, failures: list[tuple[PictureFile, str]]
) -> None:
    labels = np.concatenate([part.labels for part in parts]).astype(np.int64)
    np.save(folder / f"{which}_labels.npy", labels)
    images = new_array(folder / f"{which}_images.npy", (len(labels), *image))
    place = 0
    for part in parts:
        for one in _images(part, image, failures):
            images[place] = one
            place += 1


def _images(part: Part, image: Shape, failures: list[tuple[PictureFile, str]]) -> Iterator[np.ndarray]:
    channels, height, width = image
    if isinstance(part.images, tuple):
        yield from pictures.read(part.images, colour=channels == _RGB, size=(width, height), failures=failures)
    elif part.images.shape[1:] == image:
        yield from part.images
    else:
        for one in part.images:
            yield _converted(one, channels, (width, height))


def _converted(one: np.ndarray, channels: int, size: tuple[int, int]) -> np.ndarray:
    if len(one) != channels:
        whole = Image.fromarray(one[0] if len(one) == 1 else np.ascontiguousarray(np.moveaxis(one, 0, 2)))
        return pictures.as_pixels(whole, colour=channels == _RGB, size=size)
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in one]
    return np.stack([np.asarray(plane.resize(size, Image.Resampling.BILINEAR)) for plane in planes])
