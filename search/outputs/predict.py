"""What a trained network sees in pictures: the class of each, and how sure it is."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from results.wording.counted import counted
from search.errors import UserError
from search.outputs.network import network_of
from search.study.designs import NamedDesign
from search.study.images import known_images
from space.notation import format_shape
from space.task import DIGITS, Task
from train.data.bad_data import BadData
from train.data.dataset import Dataset
from train.data.forms.contents import PictureFile
from train.data.forms.folder import pictures_below

if TYPE_CHECKING:
    from torch import Tensor

_PIXELS = 4_000_000  # that are classified at once
_DARK, _LIGHT = 0.35, 0.65  # means of pixels in [0, 1], below and above which a background is called so


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """A value that says what a network sees in one picture.

    Attributes:
        answer: The class with the largest share.
        share: Its share, in [0, 1].
        shares: Of every class, in the task's order; the network's softmax, which nothing has calibrated.
    """

    file: Path
    answer: str
    share: float
    shares: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Predictions:
    """What a network sees in some pictures.

    Attributes:
        name: What the design is called.
        task: What the network takes and tells apart.
        every: In the order of the pictures.
        notes: Lines for people on what was done to the pictures and what is odd about them.
    """

    name: str
    task: Task
    every: tuple[Prediction, ...]
    notes: tuple[str, ...]


def predict(found: NamedDesign, pictures: Sequence[Path]) -> Predictions:
    """Classify picture files, and all pictures of folders, prepared as the images were that the network learnt from.

    Raises:
        UserError: The design has no trained weights, or takes no pictures, or there are none.
        BadData: Some files cannot be read as pictures, or a folder has none; the message names them.
    """
    _check_weights(found)
    if not pictures:
        raise UserError(f"predict needs a picture beside {found.name}; name a file or a folder of them")
    images = known_images(found.folder) if found.folder else None
    task = images.task if images else DIGITS
    if task.image[0] not in (1, 3):
        raise UserError(f"{found.name} takes {format_shape(task.image)} images; picture files have 1 or 3 channels")
    files = tuple(_files(pictures))
    from train.data.pictures import look

    sizes, coloured, notes = look(files)
    import torch

    from train.evaluation import normalise, unit_pixels
    from train.fast.process import prepared

    model = network_of(found)
    shares: list[list[float]] = []
    inverted: list[Path] = []
    with prepared(), torch.inference_mode():
        for some, read in _batches(files, task):
            inverted += [file for file, image in zip(some, read, strict=True) if _is_inverted(image, task)]
            pixels = unit_pixels(read)
            shares += model(normalise(pixels, task.mean, task.std)).double().softmax(1).tolist()
    return Predictions(
        name=found.name,
        task=task,
        every=tuple(_prediction(file, row, task) for file, row in zip(files, shares, strict=True)),
        notes=(*notes, *_notes(sizes, coloured, inverted, task), *_unlike(images)),
    )


def _check_weights(found: NamedDesign) -> None:
    if found.lost_weights:
        raise UserError(f"{found.name} was trained, and {found.lost_weights} is gone; put a copy of it back")
    if found.weights is None:
        raise UserError(f"{found.name} has no trained weights; name best, a trained trial, or zoo/8000")


def _files(pictures: Sequence[Path]) -> Iterator[Path]:
    """Yield the files, and in the place of each folder all pictures below it."""
    for path in pictures:
        if not os.path.isdir(path):
            yield path
            continue
        below, _ = pictures_below(path)
        if not below:
            raise BadData(f"the folder {path} holds no picture; name one that does")
        yield from below


def _batches(files: Sequence[Path], task: Task) -> "Iterator[tuple[Sequence[Path], Tensor]]":
    """Yield files with their pixels, uint8 (N, C, H, W), some at a time; raise BadData where some cannot be read."""
    import torch

    from train.data.pictures import read, refuse

    channels, height, width = task.image
    size = max(1, _PIXELS // (height * width * channels))
    failures: list[tuple[PictureFile, str]] = []
    for start in range(0, len(files), size):
        some = files[start : start + size]
        every = read(some, colour=channels == 3, size=(width, height), failures=failures)
        pixels = torch.stack([torch.tensor(one) for one in every])
        if not failures:  # else there is no answer to give
            yield some, pixels
    refuse(failures)


def _prediction(file: Path, shares: list[float], task: Task) -> Prediction:
    best = max(range(len(shares)), key=shares.__getitem__)
    return Prediction(file=file, answer=task.class_names[best], share=shares[best], shares=tuple(shares))


def _is_inverted(image: "Tensor", task: Task) -> bool:
    """Say whether a grey picture's edge is light where the network has learnt from dark ones, or the reverse."""
    if len(image) != 1:
        return False
    plane = image[0].tolist()
    edge = median([*plane[0], *plane[-1], *(row[0] for row in plane), *(row[-1] for row in plane)]) / 255
    return (task.mean[0] < _DARK and edge > _LIGHT) or (task.mean[0] > _LIGHT and edge < _DARK)


def _notes(sizes: Counter[tuple[int, int]], coloured: int, inverted: Sequence[Path], task: Task) -> Iterator[str]:
    channels, height, width = task.image
    other = sum(number for size, number in sizes.items() if size != (width, height))
    if other:
        yield f"{counted(other, 'picture')} resized to {height}x{width}, as the network takes them"
    if channels == 1 and coloured:
        yield f"{counted(coloured, 'picture')} in colour made grey, as the network takes them"
    if inverted:
        many = "1 picture looks" if len(inverted) == 1 else f"{len(inverted):,} pictures look"
        kinds = ("dark on light", "light on dark")
        seen, learnt = kinds if task.mean[0] < _DARK else kinds[::-1]
        left = "it was" if len(inverted) == 1 else "they were"
        yield f"{many} {seen} ({inverted[0]}), and the network has learnt {learnt}; {left} not inverted"


def _unlike(images: Dataset | None) -> Iterator[str]:
    """Yield how numbers became the pixels that the network has learnt from, which is not done to picture files."""
    if images and images.pixels:
        yield f"{images.pixels[:1].lower()}{images.pixels[1:].rstrip('.')}"
