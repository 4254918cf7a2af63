"""MNIST and the sets that came after it in its form: where torchvision puts their files, and their classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Found, Part
from train.data.forms.idx import IdxFiles, find_idx, idx_files, read_part
from train.data.forms.naming import own

if TYPE_CHECKING:
    import numpy as np

_DIGITS = tuple("0123456789")
_LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
_BALANCED = tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt")  # small letters that look like capitals left out
_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


@dataclass(frozen=True, kw_only=True, slots=True)
class IdxSet:
    """A named set of idx files.

    Attributes:
        folder: What torchvision calls its folder, with raw/ below it.
        class_names: Of its labels, in their order.
        prefixes: What the names of its files may begin with.
        first: The smallest label.
        on_side: Whether images lie on their side in the files, as EMNIST's do, and are put upright.
    """

    folder: str
    class_names: tuple[str, ...]
    prefixes: tuple[str, ...] = ("",)
    first: int = 0
    on_side: bool = False


def _emnist(name: str, class_names: Sequence[str], first: int = 0) -> IdxSet:
    return IdxSet(folder="EMNIST", class_names=tuple(class_names), prefixes=(name,), first=first, on_side=True)


IDX_SETS = {
    "mnist": IdxSet(folder="MNIST", class_names=_DIGITS, prefixes=("", "mnist")),
    "fashion-mnist": IdxSet(folder="FashionMNIST", class_names=_CLOTHES, prefixes=("", "fashion-mnist", "fashion")),
    "kmnist": IdxSet(folder="KMNIST", class_names=_KANA, prefixes=("", "kmnist")),
    "qmnist": IdxSet(folder="QMNIST", class_names=_DIGITS, prefixes=("qmnist",)),
    "emnist-letters": _emnist("emnist-letters", _LETTERS, first=1),
    "emnist-balanced": _emnist("emnist-balanced", _BALANCED),
    "emnist-digits": _emnist("emnist-digits", _DIGITS),
}
"""By the names that people give."""


def find_idx_set(name: str, data_dir: Path) -> Found | None:
    """Returns the set of that name, from where torchvision puts it below `data_dir`, or from `data_dir` itself.

    Raises:
        BadData: Some of its four files are there, others not.
    """
    one = IDX_SETS[name]
    for folder in (data_dir / one.folder / "raw", data_dir / one.folder, data_dir / "raw", data_dir):
        if files := find_idx(folder, one.prefixes):
            return Found(
                name=name,
                given=name,
                root=data_dir,
                files=tuple(files.values()),
                read=partial(read_idx_set, name, files),
            )
    return None


def find_idx_folder(folder: Path) -> Found | None:
    """Returns the set whose four idx files are in a folder or one level down; None where there are none.

    Raises:
        BadData: Some of the four are there, others not.
    """
    for place in (folder, folder / "raw", folder / "MNIST" / "raw"):
        prefixes = sorted(idx_files(place))
        if len(prefixes) > 1:
            raise BadData(
                f"{place} holds the idx files of {len(prefixes)} sets ({', '.join(filter(None, prefixes))}); "
                f"move those of one to a folder of their own"
            )
        if prefixes and (files := find_idx(place, prefixes)):
            name = prefixes[0] if prefixes[0] in IDX_SETS else ""
            return Found(
                name=name or own(folder.name),
                given=str(folder),
                files=tuple(files.values()),
                read=partial(read_idx_set, name, files),
            )
    return None


def read_idx_set(name: str, files: IdxFiles) -> Contents:
    """Reads four files as the set of that name, or of none; raises BadData where they are damaged.

    MNIST's content is MNIST under every name, and what else is in files of its names is not called so.
    """
    import numpy as np

    from train.data.forms.arrays import as_classes
    from train.data.recognised import is_mnist

    train, test = read_part(files, "train"), read_part(files, "t10k")
    one = IDX_SETS.get(name)
    where, notes = str(files["train", "images"].parent), []
    if train[0].shape[1:] != test[0].shape[1:]:
        sizes = " and test images of ".join(f"{images.shape[1]}x{images.shape[2]}" for images, _ in (train, test))
        raise BadData(f"{where} holds training images of {sizes}; get the files again")
    if one and one.on_side:
        train, test = ((np.swapaxes(images, 1, 2), labels) for images, labels in (train, test))
        notes.append(f"{name}: images lie on their side in its files and were put upright")
    known = is_mnist(train, test)
    class_names = _DIGITS if known else one.class_names if one else None
    shift = one.first if one and not known else 0
    if shift:  # so that a label below the first is out of range
        train, test = ((images, labels.astype(np.int64) - shift) for images, labels in (train, test))
    class_names, labels = as_classes([train[1], test[1]], where, class_names)
    if name == "mnist" and not known:  # who knows what it is: the classes are those that there are
        class_names, labels = as_classes([train[1], test[1]], where)
    called = name
    if known and name != "mnist":
        called, note = "mnist", f"the files in {where} are MNIST's, and are taken as MNIST"
        notes.append(note)
    elif name == "mnist" and not known:
        called = f"idx-{_short(train, test)}"
        notes.append(f"the files in {where} are called as MNIST's are and hold other images: taken as {called}")
    return Contents(
        class_names=class_names,
        train=Part(images=train[0][:, None], labels=labels[0]),
        test=Part(images=test[0][:, None], labels=labels[1]),
        notes=tuple(notes),
        name=called or None,
    )


def _short(train: "tuple[np.ndarray, np.ndarray]", test: "tuple[np.ndarray, np.ndarray]") -> str:
    """Returns eight digits that follow from the content."""
    import hashlib

    digest = hashlib.sha256()
    for array in (*train, *test):
        digest.update(array.tobytes())
    return digest.hexdigest()[:8]
