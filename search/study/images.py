"""The images that a study was begun on: as they were written down, and where they are on this machine now."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from search.errors import UserError
from search.settings import stored_images
from search.study.begun import keep_place, settings_of
from search.study.folder import StudyFolder
from space.notation import format_shape
from train.data import cache
from train.data.bad_data import BadData
from train.data.dataset import IN_MEMORY, LOST, Dataset, on_this_machine, open_dataset
from train.data.forms.function import NAME as FUNCTION
from train.data.forms.named import NAMES
from train.data.forms.naming import KNOWN

_LOG = logging.getLogger("thimble")


def known_images(folder: StudyFolder) -> Dataset:
    """Return the study's images as they were written down, whether they are on this machine or not.

    A study of an earlier version says no more than their name and place; their digest is empty.

    Raises:
        UserError: The study cannot be read.
    """
    begun = settings_of(folder)
    kept, identity = begun["settings"] or {}, begun["identity"]
    try:
        if "data" in kept:
            return as_named(stored_images(kept), identity["dataset"], identity.get("content"))
        named = stored_images({"dataset": identity["dataset"], "images": kept.get("images")})
        return replace(named, root=Path(begun["data_dir"]) if begun["data_dir"] else None)
    except (KeyError, TypeError, ValueError):
        raise UserError(
            f"{folder.settings_file} does not say which images study {folder.name} has; put it back, or remove it, "
            f"so that it is written anew"
        ) from None


def as_named(images: Dataset, name: str, content: str | None) -> Dataset:
    """Return images under the name that a study has for those of that content, where they are the same: its
    confirmations go by it, whatever their file is called now. MNIST and the digits alone have their names."""
    return replace(images, name=name) if images.digest == content and name not in KNOWN else images


def find_images(folder: StudyFolder, data_dir: Path | None, default_root: Path) -> Dataset | None:
    """Return the study's images where they can be read at once, else None; nothing is downloaded.

    They are looked for in `data_dir`, or where the study had them, or else in `default_root`; where they were moved,
    the study keeps the new place. Where others have taken their place, a line in the log says so.

    Raises:
        BadData: `data_dir` is given and does not have them.
        UserError: The study cannot be read.
    """
    here, others = _search(folder, data_dir, default_root)
    if others:
        _LOG.warning("%s; it is done without them", _not_theirs(folder, others))
    return here


def _search(folder: StudyFolder, data_dir: Path | None, default_root: Path) -> tuple[Dataset | None, list[Dataset]]:
    """Return what `find_images` does, and the images that have taken the place of those of the study."""
    if data_dir is not None and not os.path.exists(data_dir):  # which answers where pathlib's raises
        raise BadData(f"the data folder {data_dir} does not exist; `data_dir` must hold {_called(folder)}")
    known = known_images(folder)
    if known.digest and data_dir is None and cache.there(known):
        return known, []
    others: list[Dataset] = []
    for given, place in _places(known, data_dir, default_root):
        here = on_this_machine(given, [place], preparation=known.preparation)
        if here and known.digest and here.digest != known.digest:
            others.append(here)
        elif here:
            here = as_named(here, known.name, known.digest)
            keep_place(folder, here.to_json())
            return here, []
    if data_dir is not None:
        raise BadData(
            f"{data_dir} does not have {_called(folder)}{_but(others)}; name another folder with `data_dir`"
        )
    return None, others


def open_images(folder: StudyFolder, data_dir: Path | None, default_root: Path) -> Dataset:
    """Return the study's images as `find_images` does, downloaded where need be.

    Raises:
        BadData: They cannot be had, or are not those of the study.
        UserError: The study cannot be read.
    """
    here, others = _search(folder, data_dir, default_root)
    if here:
        return here
    if others:
        raise BadData(f"{_not_theirs(folder, others)}; name theirs with `data_dir`")
    known = known_images(folder)
    if known.given == IN_MEMORY:
        raise BadData(f"{_called(folder)} were in memory: {LOST}")
    if known.given not in NAMES and not os.path.exists(known.given) and not FUNCTION.fullmatch(known.given):
        raise BadData(
            f"{_called(folder)} are not on this machine: {known.given} is gone; name their new place with `data_dir`"
        )
    opened = open_dataset(known.given, data_dir or default_root, preparation=known.preparation)
    if known.digest and opened.digest != known.digest:
        raise BadData(_not_theirs(folder, [opened]))
    return as_named(opened, known.name, known.digest)


def moved_to(known: Dataset, data_dir: Path) -> Dataset | None:
    """Return images that are known by their digest where `data_dir` is their folder or file, or has it; else None."""
    for given, place in _places(known, data_dir, data_dir):
        here = on_this_machine(given, [place], preparation=known.preparation)
        if here and here.digest == known.digest:
            return here
    return None


def _places(known: Dataset, data_dir: Path | None, default_root: Path) -> Iterator[tuple[str, Path]]:
    """Yield what to open and in which folder, in the order in which they are tried."""
    if known.given in NAMES:
        yield from (
            (known.given, place) for place in ([data_dir] if data_dir else [known.root, default_root]) if place
        )
    elif data_dir is None:
        yield known.given, default_root
    else:  # the folder or file itself, or the folder in which it lies now
        for path in (data_dir / Path(known.given).name, data_dir):
            if os.path.exists(path):
                yield str(path), data_dir


def _called(folder: StudyFolder) -> str:
    return f"the images of study {folder.name}"


def _not_theirs(folder: StudyFolder, others: list[Dataset]) -> str:
    return f"{others[0].given} is not {_called(folder)}{_but(others)}"


def _but(others: list[Dataset]) -> str:
    """Say what was found in their place."""
    if not others:
        return ""
    task, counts = others[0].task, others[0].counts
    return f", but {counts.training:,} others of {format_shape(task.image)} and {task.classes} classes"
