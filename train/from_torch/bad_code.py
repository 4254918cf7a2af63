"""`BadCode`: what cannot be read of somebody's module."""

from dataclasses import dataclass

from space.invalid import InvalidDesign


class BadCode(InvalidDesign):
    """A module cannot be read as a network of the notation; the message is one line that names the user's line."""


class FailsOnImages(BadCode):
    """A module fails on images of some shape; it may run on others."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of somebody's code. file: its path, absolute or as Python has it; line: from 1."""

    file: str
    line: int
