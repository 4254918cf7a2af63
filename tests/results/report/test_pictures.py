"""Images within a page: PIL reads them back."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from results.report.pictures import field_over, fields, png_address
from space.architecture import Architecture


@pytest.mark.parametrize("shape", [(28, 28), (3, 7), (5, 9, 3), (64, 64, 3), (8, 6, 4)])
def test_pil_reads_the_same_pixels(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    address = png_address(image)
    head, content = address.split(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as read:
        assert (np.asarray(read) == image).all()


def test_of_channels_that_are_no_colours_the_first_is_shown():
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 2), dtype=np.uint8)
    assert png_address(image) == png_address(image[:, :, 0])


def test_what_is_seen_grows_towards_the_output():
    network = Architecture.parse("c4 c4 mp c4 mp c4 gap c10k1")
    assert fields(network) == [
        ("before the first pool", (5, 5)),
        ("before the second pool", (10, 10)),
        ("before the average pool", (20, 20)),
        ("at the output", (28, 28)),
    ]
    tall = Architecture.parse("c4k3x1 mp2x1 c4k3x1 gap c10k1")
    assert fields(tall)[:2] == [("before the first pool", (3, 1)), ("before the average pool", (8, 1))]


def test_squares_are_about_the_middle_and_within_the_image():
    network = Architecture.parse("c4 c4 mp c4k3p1 c4k3p1 mp c4k3p1 c4k3p1 c4k3p1 gap c10k1")
    import xml.etree.ElementTree as ET

    squares = list(ET.fromstring(field_over(np.zeros((28, 28), np.uint8), network)).iter("rect"))
    assert len(squares) == len(fields(network))
    for square, (_, (field, _)) in zip(squares, fields(network), strict=True):
        x, side = float(square.get("x")), float(square.get("width"))
        assert x + side / 2 == 14
        assert side == min(field, 28) - 0.5


def test_squares_are_cut_off_at_an_image_that_is_none():
    import xml.etree.ElementTree as ET

    network = Architecture.parse("3x40x24 c4 c4 mp c4 c4k3x1 mp c4 gap c10k1")
    drawn = ET.fromstring(field_over(np.zeros((40, 24, 3), np.uint8), network))
    assert drawn.get("viewBox") == "0 0 24 40"
    squares = list(drawn.iter("rect"))
    for square, (_, (rows, columns)) in zip(squares, fields(network), strict=True):
        x, y, across, down = (float(square.get(name)) for name in ("x", "y", "width", "height"))
        assert (x + across / 2, y + down / 2) == (12, 20)
        assert (across, down) == (min(columns, 24) - 0.5, min(rows, 40) - 0.5)
