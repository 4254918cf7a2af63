"""The text form of a network: one token a layer, in order. Reading and writing round-trip exactly.

`space.tokens` has the tokens, and `docs/notation.md` shows them. In front of the layers stands the shape of the
images, as `3x32x32` (channels, height, width); 1x28x28 goes without saying.
"""

import re

from space import tokens
from space.invalid import InvalidDesign
from space.layers import Layer, Shape

_SHAPE = re.compile(r"(\d+)x(\d+)x(\d+)", re.ASCII)
_LONGEST = 9  # digits of one number; also keeps int() of a hostile text short
_MOST_LAYERS = 1000


def _parse_token(token: str) -> Layer:
    """Reads one token; raises InvalidDesign without saying where it stands."""
    if any(len(digits) > _LONGEST for digits in re.findall(r"\d+", token.partition(".")[0])):
        raise InvalidDesign("the number is too long")
    return tokens.read(token)


def parse_network(text: str) -> tuple[Shape | None, tuple[Layer, ...]]:
    """Reads the shape of the images, or None where `text` does not begin with one, and the layers that it lists.

    Raises:
        InvalidDesign: A token is not a layer; the message names its place, from 1, and the token.
    """
    first, rest = (*text.split(maxsplit=1), "", "")[:2]
    if match := _SHAPE.fullmatch(first):
        if any(len(side) > _LONGEST or not int(side) for side in match.groups()):
            raise InvalidDesign(f"{first[:40]} is no shape of images; one is channels, height and width, as 3x32x32")
        channels, height, width = map(int, match.groups())
        return (channels, height, width), parse_layers(rest)
    return None, parse_layers(text)


def parse_layers(text: str) -> tuple[Layer, ...]:
    """Reads the layers that `text` lists.

    Raises:
        InvalidDesign: A token is not a layer; the message names its place, from 1, and the token.
    """
    tokens = text.split()
    if not tokens:
        raise InvalidDesign("a network needs at least one layer; the notation is empty")
    if len(tokens) > _MOST_LAYERS:
        raise InvalidDesign(f"a network has at most {_MOST_LAYERS} layers, not {len(tokens)}")
    layers = []
    for place, token in enumerate(tokens, start=1):
        try:
            layers.append(_parse_token(token))
        except InvalidDesign as error:
            shown = token if len(token) <= 40 else token[:37] + "..."
            raise InvalidDesign(f"layer {place} `{shown}`: {error}") from None
    return tuple(layers)


def format_shape(shape: Shape) -> str:
    """Writes a shape as `3x32x32`."""
    return "x".join(map(str, shape))


def format_layers(layers: tuple[Layer, ...]) -> str:
    """Writes layers as text that `parse_layers` reads back as the same."""
    return " ".join(layer.token for layer in layers)
