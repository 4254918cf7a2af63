"""Small grey images and what a network sees of one, as PNG and SVG that stand within a page."""

import base64
import struct
import zlib
from html import escape

import numpy as np

from space.architecture import INPUT, Architecture
from space.layers import AvgPool, GlobalAvgPool

_SIDE = INPUT[1]


def png_address(image: np.ndarray) -> str:
    """Returns a `data:` address of the image, uint8 (height, width), 0 black."""
    height, width = image.shape
    rows = np.pad(image, ((0, 0), (1, 0)))  # a filter type of 0, none, before each row
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(content).decode()


def fields(architecture: Architecture) -> list[tuple[str, int]]:
    """Returns places in the network and the side, in pixels, of what one element there sees.

    They are before each max pool, before the first average pool, and at the output.
    """
    named = list(zip(("first pool", "second pool", "third pool"), architecture.pool_receptive_fields, strict=False))
    before = [1, *(cost.receptive_field for cost in architecture.costs)]
    means = [
        field
        for layer, field in zip(architecture.layers, before, strict=False)
        if isinstance(layer, AvgPool | GlobalAvgPool)
    ]
    named += [("average pool", field) for field in means[:1]]
    return [(f"before the {name}", field) for name, field in named] + [
        ("at the output", architecture.receptive_field)
    ]


def field_over(image: np.ndarray, architecture: Architecture) -> str:
    """Draws the image, uint8 (28, 28), with a square for each of `fields` about its centre, as SVG.

    What is larger than the image is its whole frame.
    """
    squares = []
    for number, (place, field) in enumerate(fields(architecture)):
        side = min(field, _SIDE) - 0.5
        corner = _SIDE / 2 - side / 2
        squares.append(
            f'<rect class="field field-{number}" x="{corner:g}" y="{corner:g}" width="{side:g}" height="{side:g}">'
            f"<title>{escape(place)}: {field}×{field}</title></rect>"
        )
    picture = f'<image href="{png_address(image)}" width="{_SIDE}" height="{_SIDE}" class="pixels"/>'
    label = "A digit, and on it the squares of the image that the network sees"
    head = f'<svg class="over" viewBox="0 0 {_SIDE} {_SIDE}" role="img" aria-label="{label}">'
    return f"{head}{picture}{''.join(squares)}</svg>"
