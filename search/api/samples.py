"""Samples with their labels, as an estimator is given them, made a data set that designs are searched on."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from search.api.data import images_of
from search.errors import UserError
from train.data.dataset import Dataset
from train.data.forms.memory import open_arrays
from train.data.layout import Layout
from train.data.preparation import Preparation

_DIGITS = 19  # of a number that is too large for int64


@dataclass(frozen=True, kw_only=True, slots=True)
class Samples:
    """A value that has what an estimator was given to learn from.

    Attributes:
        source: The images as a data set.
        layout: How other samples become such images.
        classes: The labels (K,), each a different one, in the order of the classes of `source`.
    """

    source: Dataset
    layout: Layout
    classes: np.ndarray


def in_memory(samples: np.ndarray, labels: np.ndarray, image_shape: Sequence[int] | None) -> Samples:
    """Returns samples in memory, of which none is drawn to test with.

    Args:
        samples: Numbers, (N, D), (N, H, W), (N, H, W, C) or (N, C, H, W).
        labels: Of any kind that can be sorted, (N,).
        image_shape: As `Layout.of` has it.

    Raises:
        BadData: They are no pictures, there is only one class, or one of a single sample.
    """
    classes, places = np.unique(labels, return_inverse=True)
    layout = Layout.of(samples, image_shape)
    arrays = {"x_train": layout.pictures(samples), "y_train": places, "class_names": _names(classes)}
    return Samples(source=open_arrays(arrays, draws_test=False), layout=layout, classes=classes)


def elsewhere(data: str | os.PathLike[str], image_shape: Sequence[int] | None, runs: Path) -> Samples:
    """Returns what a name or a path stands for, with the part to test with that it has.

    image_shape: (S, S), (S, S, 1) or (S, S, 3), to which all are brought; None leaves them as they are.

    Raises:
        BadData, UserError: It cannot be had, or cannot be brought to that shape.
    """
    source = images_of(data, None, _preparation(image_shape), runs)
    channels, *sides = source.task.image
    shape = (*sides, channels) if channels > 1 else tuple(sides)
    layout = Layout(shape=shape, size=channels * sides[0] * sides[1])
    return Samples(source=source, layout=layout, classes=_labels(source.task.class_names))


def tested(known: Samples, samples: np.ndarray, labels: np.ndarray) -> Dataset:
    """Returns the same data set with these samples, and no others, to test with.

    Raises:
        BadData: They are of another shape, or those to train on are not on this machine any more.
        UserError: A label is none of those that were learned.
    """
    strange = np.setdiff1d(labels, known.classes)
    if len(strange):
        raise UserError(
            f"`y_test` has a label {strange.tolist()[0]!r} that `fit` was not shown; it knew {_listed(known.classes)}"
        )
    order = np.argsort(known.classes)
    places = order[np.searchsorted(known.classes, labels, sorter=order)]
    training, source = known.source.training(), known.source
    images, answers = training.images.numpy(), training.labels.numpy()
    images = images[:, 0] if images.shape[1] == 1 else np.moveaxis(images, 1, 3)
    count = len(images) - source.counts.held_out if source.held_out_given else len(images)
    held_out = {"x_val": images[count:], "y_val": answers[count:]} if source.held_out_given else {}
    arrays = held_out | {
        "x_train": images[:count],
        "y_train": answers[:count],
        "x_test": known.layout.pictures(samples),
        "y_test": places,
        "class_names": _names(np.array(source.task.class_names)),
    }
    return open_arrays(arrays, name=source.name)


def _preparation(image_shape: Sequence[int] | None) -> Preparation:
    if image_shape is None:
        return Preparation()
    height, width, channels = *image_shape[:2], *(image_shape[2:] or (None,))
    kinds = {None: None, 1: "gray", 3: "rgb"}
    if height != width or channels not in kinds or len(image_shape) > 3:
        raise UserError(
            f"`image_shape` of pictures on disk must be (S, S), (S, S, 1) or (S, S, 3), not {tuple(image_shape)}"
        )
    return Preparation(image_size=height, channels=kinds[channels])


def _labels(names: Sequence[str]) -> np.ndarray:
    """Returns whole numbers where all names are such and no two the same one, or else the names."""
    if all(name.isascii() and name.isdigit() and len(name) < _DIGITS for name in names):
        numbers = np.array(names).astype(np.int64)
        if len(np.unique(numbers)) == len(numbers):
            return numbers
    return np.array(names)


def _names(classes: np.ndarray) -> np.ndarray:
    return np.array([str(one) for one in classes.tolist()])


def _listed(classes: np.ndarray) -> str:
    return ", ".join(map(repr, classes[:10].tolist())) + (", ..." if len(classes) > 10 else "")


def of_items(items: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns the samples and labels of a torch Dataset; raises BadData where it is none of images with labels."""
    from train.data.forms.function import named

    arrays = named(items, "`X` came as")
    return arrays["x_train"], arrays["y_train"]
