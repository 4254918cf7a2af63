"""Small images and what a network sees of one, as PNG and SVG that stand within a page."""

import base64
import struct
import zlib
from html import escape

import numpy as np

from space.architecture import Architecture
from space.layers import AvgPool, GlobalAvgPool

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # by channels: PNG's grey, red green blue, and these with alpha


def png_address(image: np.ndarray) -> str:
    """Returns a `data:` address of the image, uint8 (height, width) or (height, width, channels), 0 black.

    Of 3 or 4 channels it is in colour, else the first channel in grey.
    """
    height, width = image.shape[:2]
    pixels = image.reshape(height, width, -1)
    if pixels.shape[2] not in _COLOUR_TYPES:
        pixels = pixels[:, :, :1]
    rows = np.pad(pixels.reshape(height, -1), ((0, 0), (1, 0)))  # a filter type of 0, none, before each row
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[pixels.shape[2]], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(content).decode()


def fields(architecture: Architecture) -> list[tuple[str, tuple[int, int]]]:
    """Returns places in the network and the height and width, in pixels, of what one element there sees.

    They are before each max pool, before the first average pool, and at the output.
    """
    pools = ("first pool", "second pool", "third pool", "fourth pool")
    named = list(zip(pools, architecture.pool_receptive_fields, strict=False))
    before = [(1, 1), *(cost.fields for cost in architecture.costs)]
    means = [
        field
        for layer, field in zip(architecture.layers, before, strict=False)
        if isinstance(layer, AvgPool | GlobalAvgPool)
    ]
    named += [("average pool", field) for field in means[:1]]
    return [(f"before the {name}", field) for name, field in named] + [
        ("at the output", architecture.costs[-1].fields)
    ]


def field_over(image: np.ndarray, architecture: Architecture) -> str:
    """Draws the image, as `png_address` takes it, with a rectangle for each of `fields` about its centre, as SVG.

    What is larger than the image is cut off at its frame.
    """
    height, width = image.shape[:2]
    seen = []
    for number, (place, (rows, columns)) in enumerate(fields(architecture)):
        across, down = min(columns, width) - 0.5, min(rows, height) - 0.5
        corner = width / 2 - across / 2, height / 2 - down / 2
        seen.append(
            f'<rect class="field field-{number}" x="{corner[0]:g}" y="{corner[1]:g}" width="{across:g}" '
            f'height="{down:g}"><title>{escape(place)}: {rows}×{columns}</title></rect>'
        )
    picture = f'<image href="{png_address(image)}" width="{width}" height="{height}" class="pixels"/>'
    label = "A training image, and on it what the network sees"
    head = f'<svg class="over" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
    return f"{head}{picture}{''.join(seen)}</svg>"
