"""The images that a study was begun on: as they were written down, and where they are on this machine now."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from search.settings import stored_images
from search.study.begun import keep_place, settings_of
from search.study.folder import StudyFolder
from train.data import cache
from train.data.bad_data import BadData
from train.data.dataset import Dataset, on_this_machine, open_dataset
from train.data.forms.named import NAMES
from train.data.preparation import Preparation


def known_images(folder: StudyFolder) -> Dataset | None:
    """Return the study's images as they were written down, whether they are on this machine or not.

    None stands for those of a study of an earlier version, which says no more than their name.

    Raises:
        UserError: The study cannot be read.
    """
    kept = settings_of(folder)["settings"] or {}
    return stored_images(kept) if "data" in kept else None


def find_images(folder: StudyFolder, data_dir: Path | None, default_root: Path) -> Dataset | None:
    """Return the study's images where they can be read at once, else None; nothing is downloaded.

    They are looked for in `data_dir`, or where the study had them, or else in `default_root`; where they were moved,
    the study keeps the new place.

    Raises:
        BadData: `data_dir` is given and does not have them.
        UserError: The study cannot be read.
    """
    if data_dir is not None and not os.path.exists(data_dir):  # which answers where pathlib's raises
        raise BadData(f"the data folder {data_dir} does not exist; `data_dir` must hold {_called(folder)}")
    known = known_images(folder)
    if known and data_dir is None and cache.there(known.folder):
        return known
    others: list[Dataset] = []
    preparation = known.preparation if known else Preparation()
    for given, place in _places(folder, known, data_dir, default_root):
        here = on_this_machine(given, [place], preparation=preparation)
        if here and known and here.digest != known.digest:
            others.append(here)
        elif here:
            keep_place(folder, here.to_json())
            return here
    if data_dir is not None:
        raise BadData(
            f"{data_dir} does not have {_called(folder)}{_but(others)}; name another folder with `data_dir`"
        )
    if others:
        raise BadData(f"{others[0].given} is not {_called(folder)}{_but(others)}; name theirs with `data_dir`")
    return None


def open_images(folder: StudyFolder, data_dir: Path | None, default_root: Path, memory: Path | None) -> Dataset:
    """Return the study's images as `find_images` does, downloaded where need be. memory: as `open_dataset` has it.

    Raises:
        BadData: They cannot be had, or are not those of the study.
        UserError: The study cannot be read.
    """
    if here := find_images(folder, data_dir, default_root):
        return here
    known = known_images(folder)
    given = known.given if known else _dataset(folder)
    if given not in NAMES:
        raise BadData(
            f"{_called(folder)} are not on this machine: {given} is gone; name their new place with `data_dir`"
        )
    preparation = known.preparation if known else Preparation()
    opened = open_dataset(given, data_dir or default_root, preparation=preparation, memory=memory)
    if known and opened.digest != known.digest:
        raise BadData(f"{opened.given} is not {_called(folder)}{_but([opened])}")
    return opened


def _places(
    folder: StudyFolder, known: Dataset | None, data_dir: Path | None, default_root: Path
) -> Iterator[tuple[str, Path]]:
    """Yield what to open and in which folder, in the order in which they are tried."""
    given = known.given if known else _dataset(folder)
    begun = known.root if known else settings_of(folder)["data_dir"]
    if given in NAMES:
        yield from ((given, Path(place)) for place in ([data_dir] if data_dir else [begun, default_root]) if place)
    elif data_dir is None:
        yield given, default_root
    else:  # the folder or file itself, or the folder in which it lies now
        for path in (data_dir / Path(given).name, data_dir):
            if os.path.exists(path):
                yield str(path), data_dir


def _dataset(folder: StudyFolder) -> str:
    return settings_of(folder)["identity"]["dataset"]


def _called(folder: StudyFolder) -> str:
    return f"the images of study {folder.name}"


def _but(others: list[Dataset]) -> str:
    """Say what was found in their place."""
    with contextlib.suppress(IndexError):
        found = others[0]
        shape = "x".join(map(str, found.task.image))
        return f", but {found.counts.training:,} others of {shape} and {found.task.classes} classes"
    return ""
