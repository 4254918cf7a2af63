"""Where the images come from, and how training and held-out images are parted. Loads torch only to read."""

import contextlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from train.data.idx import BadData, Part, check, find, read_images, read_labels

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

DatasetName = Literal["auto", "mnist", "digits"]
_HELD_OUT = 6  # one image in so many is held out: 10,000 of MNIST's 60,000
_DIGITS_TRAINING = 1_500  # of scikit-learn's 1,797; the others are its test set
_MNIST_MOMENTS = (0.1307, 0.3081)  # mean and deviation of its training pixels, as published everywhere


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


def default_root() -> Path:
    """$THIMBLE_DATA, or ./data."""
    return Path(os.environ.get("THIMBLE_DATA") or "data")


def resolve(
    dataset: DatasetName, data_dir: Path, *, required: bool = False, download_seconds: float = 15.0
) -> Source:
    """The data set that `dataset` stands for: `auto` is MNIST where its files are in `data_dir` or can be
    downloaded there in time, else digits with a note.

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
    failure = ""
    if folder is None:
        failure = _download(data_dir, download_seconds)
        folder = find(data_dir)
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


def _download(data_dir: Path, seconds: float) -> str:
    """Has torchvision download MNIST in a process of its own, which can be ended whatever it waits for.

    Returns why it failed, or "" when the files are in `data_dir`, where they appear only when complete.
    """
    made = [folder for folder in (data_dir, *data_dir.parents) if not os.path.exists(folder)]
    staging = None
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".download-", dir=data_dir)).resolve()
        child = subprocess.run(
            [sys.executable, "-m", "train.data.download", str(staging)],
            cwd=Path(__file__).parents[2],  # -m looks there first, so no train.py of the user's is found
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if child.returncode:
            return child.stderr.strip().splitlines()[-1] if child.stderr.strip() else "no reason given"
        (data_dir / "MNIST").mkdir(exist_ok=True)
        (staging / "MNIST" / "raw").rename(data_dir / "MNIST" / "raw")
        return ""
    except subprocess.TimeoutExpired:
        return f"not complete within {seconds:g} s"
    except OSError as error:
        return f"the folder cannot be written: {error.strerror}"
    finally:
        if staging:
            shutil.rmtree(staging, ignore_errors=True)
        with contextlib.suppress(OSError):  # not empty after a success
            for folder in made:
                folder.rmdir()


@dataclass(frozen=True, slots=True)
class Images:
    """images: uint8 (N, 1, 28, 28); labels: int64 (N,) from 0 to 9."""

    images: "Tensor"
    labels: "Tensor"

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: str) -> "Images":
        return Images(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """Disjoint training and held-out (or test) images, and the mean and deviation of pixels in [0, 1] by which both
    are normalised."""

    train: Images
    held_out: Images
    mean: float
    std: float

    def to(self, device: str) -> "Split":
        """The same on another device."""
        return replace(self, train=self.train.to(device), held_out=self.held_out.to(device))


def load_training(source: Source) -> Images:
    """All training images: 60,000 of MNIST, 1,500 digits. The search sees no others."""
    return _mnist(source.folder, "train") if source.folder else _digits(slice(None, _DIGITS_TRAINING))


def first_image(source: Source) -> "np.ndarray":
    """The first training image, uint8 (28, 28); loads neither torch nor scikit-learn.

    Raises:
        BadData: MNIST's file is damaged.
    """
    import numpy as np

    if source.folder:
        return read_images(source.folder, "train")[0]
    file = importlib.metadata.distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    small = np.loadtxt(str(file), delimiter=",", max_rows=1)[:-1].reshape(8, 8) / 16
    places = (np.arange(20) + 0.5) * 8 / 20 - 0.5
    for _ in range(2):  # along one side, then along the other
        small = np.stack([np.interp(places, np.arange(8), row) for row in small]).T
    return np.pad(np.rint(small * 255).astype(np.uint8), 4)


def load_test(source: Source) -> Images:
    """The test images: 10,000 of MNIST, 297 digits. Nothing may be selected by them."""
    return _mnist(source.folder, "t10k") if source.folder else _digits(slice(_DIGITS_TRAINING, None))


def split(images: Images, *, seed: int, source: Source) -> Split:
    """Holds one image in six out, drawn by `seed` alone."""
    import torch

    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    held, kept = order[: len(images) // _HELD_OUT], order[len(images) // _HELD_OUT :]
    mean, std = moments(images, source)
    return Split(
        train=Images(images.images[kept].contiguous(), images.labels[kept]),
        held_out=Images(images.images[held].contiguous(), images.labels[held]),
        mean=mean,
        std=std,
    )


def whole(images: Images, source: Source) -> Split:
    """All training images to train on, and the test images in the place of held-out ones."""
    mean, std = moments(images, source)
    return Split(train=images, held_out=load_test(source), mean=mean, std=std)


def moments(images: Images, source: Source) -> tuple[float, float]:
    """Mean and deviation of the training pixels in [0, 1]."""
    if source.name == "mnist":
        return _MNIST_MOMENTS
    pixels = images.images.double() / 255
    return round(pixels.mean().item(), 4), round(pixels.std().item(), 4)


def _mnist(folder: Path, part: Part) -> Images:
    import torch

    images = torch.from_numpy(read_images(folder, part).copy()).unsqueeze(1)
    return Images(images, torch.from_numpy(read_labels(folder, part).astype("int64")))


def _digits(which: slice) -> Images:
    """scikit-learn's 8x8 digits enlarged to 20x20 in a 28x28 frame, the place MNIST's digits take in theirs."""
    import torch
    from sklearn.datasets import load_digits
    from torch.nn import functional

    pixels, labels = load_digits(return_X_y=True)
    small = torch.from_numpy(pixels[which]).float().view(-1, 1, 8, 8) / 16
    large = functional.interpolate(small, size=(20, 20), mode="bilinear", align_corners=False)
    framed = functional.pad(large, (4, 4, 4, 4))
    return Images((framed * 255).round().to(torch.uint8), torch.from_numpy(labels[which]).long())
