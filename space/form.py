"""`Form`: how the layers of one kind are written, and what is said about them to people."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from space.layers import Layer, Shape


@dataclass(frozen=True, slots=True)
class Row:
    """A value that says of one spelling of a token what people want to know.

    Attributes:
        token: As it is shown, its numbers in capitals.
        words: What the layer is.
        parameters: How many numbers it learns, M being the maps that come in.
        change: What it does to the shape.
        example: Tokens that can be read.
        enters: The shape that comes in, in the example.
    """

    token: str
    words: str
    parameters: str
    change: str
    example: str
    enters: Shape = (8, 26, 26)


@dataclass(frozen=True, slots=True)
class Form:
    """A value that says how the layers of one kind are read.

    Attributes:
        pattern: That a token of this kind has.
        read: Makes a layer of it; raises InvalidDesign.
        rows: Of the page of the notation; the first names the kind.
        called: Names of the layer that people know, in small letters.
        usage: All that a token of this kind can say, where that is more than the first row shows.
    """

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Layer]
    rows: tuple[Row, ...]
    called: tuple[str, ...] = ()
    usage: str = ""


def form(pattern: str, read: Callable[[re.Match[str]], Layer], *rows: Row, called: str = "", usage: str = "") -> Form:
    """Makes a form; called: names with spaces between."""
    return Form(re.compile(pattern, re.ASCII), read, rows, tuple(called.split()), usage)


def plain(layer: Layer, row: tuple[str, str, str, str], enters: Shape = (8, 26, 26), *, called: str = "") -> Form:
    """Makes the form of a layer without numbers; row: in words, parameters, change, example."""
    return form(re.escape(layer.token), lambda _: layer, Row(layer.token, *row, enters), called=called)
