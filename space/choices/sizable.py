"""`Sizable`: what has widths found for it."""

from collections.abc import Callable, Iterator
from typing import Protocol, Self

from space.architecture import Architecture
from space.layers import Shape


class Sizable(Protocol):
    """Everything about a network but its widths."""

    @property
    def exact(self) -> bool:
        """Whether a network has the widths that are asked for, so that what it costs is a polynomial of them."""
        ...

    def assemble(self, width: Callable[[str], int], *, image: Shape, classes: int) -> Architecture:
        """Builds the network for such images and so many classes, asking `width` for the maps of each slot."""
        ...

    def simpler(self) -> Iterator[Self]:
        """Yields this, then what it becomes by giving up one thing after another, to the smallest that it can be."""
        ...

    def leaner(self) -> Iterator[Self]:
        """Yields this, then what it becomes by giving up what takes multiply-adds and has few parameters."""
        ...
