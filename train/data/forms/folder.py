"""Finds the pictures of a folder that has a folder for each class, alone or below train/, val/ and test/."""

import os
from collections.abc import Sequence
from pathlib import Path

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Found, Part
from train.data.forms.naming import natural, own, shortened

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
_PARTS = {"train": ("train", "training"), "held_out": ("val", "valid", "validation"), "test": ("test", "testing")}
_Classes = dict[str, tuple[Path, ...]]


def find_folder(folder: Path) -> Found:
    """Returns the pictures of a folder: train/CLASS/* with or without val/ and test/, or CLASS/*.

    Hidden files and folders are passed over, and so are files that are no pictures by their names.

    Raises:
        BadData: It holds none; a class has none; val/ or test/ has other classes than train/, or stands without it.
    """
    below = _folders(folder)
    parts = _parts(below)
    if parts and "train" not in parts:
        there = parts.get("test") or parts["held_out"]
        raise BadData(f"{folder} has {there.name}/ and no train/; pictures to train on go below train/")
    read = {part: _classes(place) for part, place in (parts or {"train": folder}).items()}
    passed = sum(other for _, other in read.values())
    classes = {part: some for part, (some, _) in read.items()}
    names = tuple(sorted(classes["train"], key=natural))
    for name in (folder.name, *names):
        if any("\ud800" <= letter <= "\udfff" for letter in name):
            raise BadData(f"the folder {name!r} has a name that is not UTF-8; rename it")
    for part, some in classes.items():
        _compare(names, some, parts.get(part, folder))
    notes = (f"{passed:,} file{'s' * (passed != 1)} passed over, no pictures by their names",) if passed else ()
    return Found(
        name=own(folder.name),
        given=str(folder),
        files=tuple(file for some in classes.values() for files in some.values() for file in files),
        read=lambda: _contents(names, classes),
        notes=notes,
    )


def _parts(below: dict[str, Path]) -> dict[str, Path]:
    """Returns the folders that are parts of a set by their names, in capitals or not; none where they stand among
    others and hold no folders, as of a class of trains."""
    found = {}
    for part, names in _PARTS.items():
        if called := [one for name in names for one in sorted(below) if one.lower() == name]:
            found[part] = below[called[0]]
    alone = len(found) == len(below)
    return found if alone or any(map(_folders, found.values())) else {}


def _folders(folder: Path) -> dict[str, Path]:
    """Returns the folders in a folder that are not hidden, by their names."""
    try:
        with os.scandir(folder) as entries:
            return {one.name: folder / one.name for one in entries if one.is_dir() and not one.name.startswith(".")}
    except OSError as error:
        raise BadData(f"{folder} cannot be read ({error.strerror})") from None


def _classes(folder: Path) -> tuple[_Classes, int]:
    """Returns the pictures in each of a folder's folders, at any depth, and how many files are none."""
    found, passed = {}, 0
    for name, place in _folders(folder).items():
        files, others = pictures_below(place)
        found[name] = tuple(files)
        passed += others
    if not any(found.values()):
        raise BadData(
            f"{folder} holds no pictures in folders of its own; put those of each class into a folder with the "
            f"name of the class, as files that end in {', '.join(ENDINGS)}"
        )
    return found, passed


def pictures_below(folder: Path) -> tuple[list[Path], int]:
    """Returns the pictures in a folder, at any depth, and how many other files it has, but for hidden ones."""
    files: list[Path] = []
    passed = 0
    for at, deeper, inside in os.walk(folder, onerror=_unreadable):
        deeper[:] = sorted(one for one in deeper if not one.startswith("."))
        files += [Path(at, file) for file in sorted(inside, key=natural) if _is_picture(file)]
        passed += sum(not file.startswith(".") and not _is_picture(file) for file in inside)
    return files, passed


def _unreadable(error: OSError) -> None:
    raise BadData(f"{error.filename} cannot be read ({error.strerror})") from None


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith(ENDINGS)


def _compare(names: Sequence[str], classes: _Classes, folder: Path) -> None:
    """Raises BadData where a part has other classes than these, or one without pictures."""
    empty = [name for name, files in sorted(classes.items(), key=lambda one: natural(one[0])) if not files]
    if empty:
        raise BadData(f"{folder / empty[0]} holds no pictures; fill it or remove it" + _others(empty))
    if lacking := [name for name in names if name not in classes]:
        raise BadData(f"{folder} lacks the class {lacking[0]}, which train/ has{_others(lacking)}; add its pictures")
    if adding := sorted(classes.keys() - set(names), key=natural):
        raise BadData(f"{folder} has a class {adding[0]}, which train/ lacks{_others(adding)}; remove it")


def _others(names: Sequence[str]) -> str:
    return f" (and so it is with {shortened(names[1:])})" if len(names) > 1 else ""


def _contents(names: Sequence[str], classes: dict[str, _Classes]) -> Contents:
    import numpy as np

    def part(some: _Classes | None) -> Part | None:
        if some is None:
            return None
        labels = np.repeat(np.arange(len(names)), [len(some[name]) for name in names])
        return Part(images=tuple(file for name in names for file in some[name]), labels=labels)

    train = part(classes["train"])
    assert train is not None
    return Contents(
        class_names=tuple(names),
        train=train,
        held_out=part(classes.get("held_out")),
        test=part(classes.get("test")),
    )
