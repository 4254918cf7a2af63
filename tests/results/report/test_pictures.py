"""Images within a page: PIL reads them back."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from results.report.pictures import field_over, fields, png_address
from space.architecture import Architecture


@pytest.mark.parametrize("shape", [(28, 28), (3, 7)])
def test_pil_reads_the_same_pixels(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    address = png_address(image)
    head, content = address.split(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as read:
        assert (np.asarray(read) == image).all()


def test_what_is_seen_grows_towards_the_output():
    network = Architecture.parse("c4 c4 mp c4 mp c4 gap c10k1")
    assert fields(network) == [
        ("before the first pool", 5),
        ("before the second pool", 10),
        ("before the average pool", 20),
        ("at the output", 28),
    ]


def test_squares_are_about_the_middle_and_within_the_image():
    network = Architecture.parse("c4 c4 mp c4k3p1 c4k3p1 mp c4k3p1 c4k3p1 c4k3p1 gap c10k1")
    import xml.etree.ElementTree as ET

    squares = list(ET.fromstring(field_over(np.zeros((28, 28), np.uint8), network)).iter("rect"))
    assert len(squares) == len(fields(network))
    for square, (_, field) in zip(squares, fields(network), strict=True):
        x, side = float(square.get("x")), float(square.get("width"))
        assert x + side / 2 == 14
        assert side == min(field, 28) - 0.5
