"""What a text must look like to name somebody's code; loads no torch."""

import re

from space.layers import Shape

FILE = re.compile(r"(?P<file>.+\.py)(?::(?P<name>.*))?", re.DOTALL)
MODULE = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)")
_SHAPED = re.compile(r"\s*([1-9]\d{0,3})x([1-9]\d{0,3})x([1-9]\d{0,3})\s+(.*)", re.ASCII | re.DOTALL)


def is_code(text: str) -> bool:
    """Says whether `text` names code, as net.py:Net, net.py, package.module:Net and 3x32x32 net.py:Net do, be it
    there or not."""
    _, name = shape_of(text)
    return bool(FILE.fullmatch(name) or MODULE.fullmatch(name))


def shape_of(text: str) -> tuple[Shape | None, str]:
    """Returns the shape of the images that stands before the name of code, if any, and the name."""
    if match := _SHAPED.fullmatch(text):
        channels, height, width, name = match.groups()
        return (int(channels), int(height), int(width)), name
    return None, text
