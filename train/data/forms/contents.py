"""Defines what every form gives: a data set that was found, and what it contains once it is read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture's file that lies in another one, such as a table: its bytes, and what people call it."""

    content: bytes = field(repr=False)
    name: str

    def __str__(self) -> str:
        return self.name


PictureFile = Path | Embedded


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A number of images, or of the files that they are in, with their labels.

    Attributes:
        images: uint8 (N, C, H, W), or N files of pictures.
        labels: int64 (N,), places in the class names.
    """

    images: "np.ndarray | tuple[PictureFile, ...]"
    labels: "np.ndarray"

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, which: "np.ndarray") -> "Part":
        """Returns the images at these places, in their order."""
        if isinstance(self.images, tuple):
            return Part(images=tuple(self.images[place] for place in which), labels=self.labels[which])
        return Part(images=self.images[which], labels=self.labels[which])


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What a data set contains.

    Attributes:
        held_out: Those given to score by in a search, if any were.
        test: Those given to test with; None where they have to be drawn from the others.
        draws_test: Whether they are drawn where none are given; else there are none.
        notes: Lines for people: what was taken for what.
        name: Another name than the one it was found by, where the content says so.
    """

    class_names: tuple[str, ...]
    train: Part
    held_out: Part | None = None
    test: Part | None = None
    draws_test: bool = True
    notes: tuple[str, ...] = ()
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A data set that was found and can be read.

    Attributes:
        name: For people.
        given: What finds it again, from any folder.
        read: Reads it; raises BadData, in one line, where it is damaged.
        files: All that the content follows from; None where that cannot be known, and it is read each time.
        content: SHA-256 of what is no file and in memory, in hexadecimal; the content follows from that then.
        root: The data folder that a name was looked for in.
        notes: Lines for people: why it was taken.
    """

    name: str
    given: str
    read: Callable[[], Contents]
    files: tuple[Path, ...] | None
    content: str = ""
    root: Path | None = None
    notes: tuple[str, ...] = ()
