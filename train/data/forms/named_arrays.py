"""Takes arrays by the names that people give them, as `numpy.savez` files and functions have them."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from train.data.bad_data import BadData
from train.data.forms.arrays import as_classes, as_images, same_number
from train.data.forms.contents import Contents, Part
from train.data.forms.naming import shortened

_CLASS_NAMES = ("class_names", "classes")
_PAIRS = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels"), ("X", "y"), ("images", "labels"), ("x", "y")),
    "held_out": (("x_val", "y_val"), ("val_images", "val_labels"), ("x_valid", "y_valid")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}


def contents_of(arrays: Mapping[str, np.ndarray], where: str) -> Contents:
    """Returns the contents of arrays: x_train and y_train, X and y, train_images and train_labels, images and labels.

    With them may be val and test parts, and class_names, words for the labels from 0, or those that labels are.

    Raises:
        BadData: There are none to train on, images come without labels, two classes have one name, or they are not as
            `as_images` and `as_classes` take them.
    """
    taken: dict[str, tuple[str, str]] = {}
    for part, pairs in _PAIRS.items():
        for pair in pairs:
            there = [name for name in pair if name in arrays]
            if len(there) == 1:
                lacking = next(name for name in pair if name not in arrays)
                raise BadData(f"{where} has {there[0]} and no {lacking}; name it so, with one label an image")
            if there:
                taken[part] = pair
                break
    if "train" not in taken:
        raise BadData(
            f"{where} holds {shortened(sorted(arrays)) or 'nothing'}; images and labels must be called x_train and "
            f"y_train, X and y, train_images and train_labels, or images and labels"
        )
    for images, labels in taken.values():
        same_number(arrays[images], arrays[labels], where, images)
    names = next((arrays[name] for name in _CLASS_NAMES if name in arrays), None)
    called = [images for images, _ in taken.values()]
    made, notes = as_images([arrays[images] for images in called], where, called)
    class_names, labels = as_classes([arrays[labels] for _, labels in taken.values()], where, _words(names, where))
    parts = dict(zip(taken, [Part(images=x, labels=y) for x, y in zip(made, labels, strict=True)], strict=True))
    return Contents(
        class_names=class_names,
        train=parts["train"],
        held_out=parts.get("held_out"),
        test=parts.get("test"),
        notes=tuple(notes),
    )


def _words(names: np.ndarray | None, where: str) -> Sequence[str] | None:
    if names is None:
        return None
    if names.ndim != 1 or names.dtype.kind not in "Ui":
        raise BadData(f"{where} holds class names of type {names.dtype}; they must be words, one a class")
    words = [str(name) for name in names]
    if twice := [name for name, count in Counter(words).items() if count > 1]:
        raise BadData(f"{where} holds the class name {twice[0]} more than once; each class needs one of its own")
    return words
