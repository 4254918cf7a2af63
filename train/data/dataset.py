"""Chooses a data set and reads its images; loads torch only to read them."""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from space.task import DIGITS, Task
from train.data.digits import first_digit, read_digits
from train.data.download import download
from train.data.idx import BadData, Part, check, find, read_images, read_labels
from train.data.images import Images
from train.data.unreached import forget, remember, remembered

if TYPE_CHECKING:
    import numpy as np

DatasetName = Literal["auto", "mnist", "digits"]
UNREACHED = ".mnist-unreached"  # what a `memory` of `resolve` is called in a folder of studies


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A data set that can be read.

    Attributes:
        folder: With MNIST's four files; None for digits.
        root: The data folder that was asked for; None for digits.
        note: What people must know about the choice, in one line; empty if nothing.
    """

    name: Literal["mnist", "digits"]
    folder: Path | None = None
    root: Path | None = None
    note: str = ""

    @property
    def task(self) -> Task:
        """What networks take and tell apart."""
        return DIGITS


def resolve(
    dataset: DatasetName,
    data_dir: Path,
    *,
    required: bool = False,
    download_seconds: float = 15.0,
    memory: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Source:
    """Returns the data set that `dataset` stands for.

    `auto` is MNIST where its files are in `data_dir` or can be downloaded there in time, else digits with a note.

    Args:
        memory: A file that remembers for a day that a download failed, and none is tried meanwhile; None for none.
        say: Called with a line before a download.

    Raises:
        BadData: The files are damaged; MNIST was asked for by name and cannot be had; or `data_dir`
            is `required` and does not exist.
    """
    # os.path's, which answer where pathlib's raise: for a name too long, a folder that may not be entered.
    if required and not os.path.isdir(data_dir):
        came = "is not a folder" if os.path.exists(data_dir) else "does not exist"
        raise BadData(f"the data folder {data_dir} {came}; `data_dir` must hold MNIST/raw")
    if dataset == "digits":
        return Source(name="digits")
    folder = find(data_dir)
    failure = remembered(memory, data_dir) if folder is None and memory else ""
    if folder is None and not failure:
        say(f"MNIST is not in {data_dir}: downloading it, for at most {download_seconds:g} s")
        failure = download(data_dir, download_seconds)
        folder = find(data_dir)
        if memory and folder is None:
            remember(memory, data_dir, failure)
        elif memory:
            forget(memory)
    if folder is not None:
        check(folder)
        return Source(name="mnist", folder=folder, root=data_dir)
    missing = f"MNIST is not in {data_dir} and could not be downloaded ({failure})"
    remedy = f"put its four files (raw or .gz) in {data_dir / 'MNIST' / 'raw'}, or name their folder with `data_dir`"
    if dataset == "mnist":
        raise BadData(f"{missing}; {remedy}")
    return Source(
        name="digits",
        note=f"{missing}; using scikit-learn's 1,797 digits instead, whose figures are not MNIST's. "
        f"For MNIST, {remedy}",
    )


def on_this_machine(dataset: DatasetName, places: Sequence[Path]) -> Source | None:
    """Returns the data set that `dataset` stands for where it can be read at once; nothing is downloaded.

    MNIST is taken from the first of the places that has all of it; for `auto` the digits do where none has. None
    stands for MNIST that is in none of them, or damaged.
    """
    for place in () if dataset == "digits" else places:
        with contextlib.suppress(BadData):
            if folder := find(place):
                check(folder)
                return Source(name="mnist", folder=folder, root=place)
    return None if dataset == "mnist" else Source(name="digits")


def load_training(source: Source) -> Images:
    """Returns all training images: 60,000 of MNIST, 1,500 digits. The search sees no others."""
    return _read_mnist(source.folder, "train") if source.folder else read_digits("train")


def load_test(source: Source) -> Images:
    """Returns the test images: 10,000 of MNIST, 297 digits. Nothing may be selected by them."""
    return _read_mnist(source.folder, "t10k") if source.folder else read_digits("t10k")


def first_image(source: Source) -> "np.ndarray":
    """Returns the first training image, uint8 (28, 28); loads neither torch nor scikit-learn.

    Raises:
        BadData: MNIST's file is damaged.
    """
    return read_images(source.folder, "train")[0] if source.folder else first_digit()


def _read_mnist(folder: Path, part: Part) -> Images:
    import torch

    images = torch.from_numpy(read_images(folder, part).copy()).unsqueeze(1)
    return Images(images, torch.from_numpy(read_labels(folder, part).astype("int64")))
