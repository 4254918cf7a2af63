"""The drawing of a network: every layer, residual blocks framed, nothing outside of it."""

import re
import xml.etree.ElementTree as ET

import pytest

from results.report.diagram import draw
from space.architecture import Architecture
from space.known.references import REFERENCES
from space.known.zoo import zoo
from space.layers import Conv, Fork, Skip
from tests.pictures import CASES

NESTED = "c8 gbn32 silu mp [ c8k3p1g8 gbn32 prelu d2d0.0225 [ c8k1 relu ] c8k1 bn ] silu c16 gbn32 relu mp gap c10k1"
DESIGNS = [design.design.architecture for design in (*REFERENCES.values(), *zoo().values())] + [
    Architecture.parse(NESTED),
    Architecture.parse("c8s2 ln [ { c4k1 gelu | [ c8k3p1 ] | mp3s1p1 } | c20k1b ] se4b aap2 =se1 flatten fc9 fc5"),
    *(case.architecture for case in CASES.values()),
]


def elements(architecture):
    return [element for part in draw(architecture) for element in ET.fromstring(part).iter()]


@pytest.mark.parametrize("architecture", DESIGNS, ids=lambda a: a.notation[:40])
def test_every_layer_is_there_and_the_parameters_add_up(architecture):
    found = elements(architecture)
    texts = [element.text for element in found if element.tag == "text"]
    convs = [layer for layer in architecture.layers if isinstance(layer, Conv)]
    assert [text for text in texts if "convolution to" in text] == [
        f"{conv.kernel}×{conv.kernel} convolution to {conv.channels:,} map{'s' * (conv.channels != 1)}"
        for conv in convs
    ]
    counts = re.findall(r"([\d,]+) param", " ".join(texts))
    assert sum(int(count.replace(",", "")) for count in counts) == architecture.parameters
    assert texts[-1].endswith("sees {}×{}".format(*architecture.costs[-1].fields))


@pytest.mark.parametrize("architecture", DESIGNS, ids=lambda a: a.notation[:40])
def test_residual_blocks_are_framed_and_added(architecture):
    blocks = sum(isinstance(layer, Skip | Fork) for layer in architecture.layers)
    classes = [element.get("class") for element in elements(architecture)]
    assert classes.count("frame") == classes.count("sum") == blocks


@pytest.mark.parametrize("architecture", DESIGNS, ids=lambda a: a.notation[:40])
def test_nothing_reaches_beyond_the_drawing(architecture):
    for part in draw(architecture):
        root = ET.fromstring(part)
        _, _, width, height = map(float, root.get("viewBox").split())
        for box in root.iter("rect"):
            assert 0 <= float(box.get("x")) < float(box.get("x")) + float(box.get("width")) <= width
            assert 0 <= float(box.get("y")) < float(box.get("y")) + float(box.get("height")) <= height
        for text in root.iter("text"):
            assert float(text.get("x")) + 6.5 * len(text.text) <= width
            assert float(text.get("y")) < height


def test_maps_have_their_shape_and_leave_room_for_the_text():
    for case in CASES.values():
        maps = [one for one in elements(case.architecture) if one.get("class") == "map"]
        _, height, width = case.task.image
        scale = min(1, 32 / max(height, width))
        drawn = [float(maps[0].get(side)) for side in ("height", "width")]
        assert drawn == pytest.approx([scale * height, scale * width])
        assert all(float(one.get(side)) <= 32 for one in maps for side in ("width", "height"))
