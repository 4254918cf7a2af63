"""The page of the notation: its table is made of the tokens, and has every layer."""

import os
import re
from typing import get_args

import pytest

from space import layers
from space.forms import FORMS
from space.notation import parse_layers
from space.page import table
from tests.source import ROOT

PAGE = ROOT / "docs" / "notation.md"
ROWS = [row for form in FORMS for row in form.rows]


def test_the_page_has_the_table():
    """$THIMBLE_WRITE_GOLDEN writes it anew."""
    text = PAGE.read_text()
    written = re.search(r"^\| token .*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)[0]
    if os.environ.get("THIMBLE_WRITE_GOLDEN"):
        PAGE.write_text(text.replace(written, table()))
        return
    assert written == table()


def test_every_layer_and_every_setting_of_one_has_an_example():
    parsed = [layer for row in ROWS for layer in parse_layers(row.example)]
    classes = {kind for part in get_args(layers.Layer) for kind in (get_args(part) or (part,))}
    assert {type(layer) for layer in parsed} == {one for kind in classes for one in (get_args(kind) or (kind,))}
    convolutions = [layer for layer in parsed if isinstance(layer, layers.Conv)]
    for setting in ("kernel", "stride", "padding", "dilation", "groups", "bias"):
        assert len({getattr(conv, setting) for conv in convolutions}) > 1, setting


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.token)
def test_an_example_is_of_its_token(row):
    assert set(re.sub(r"NAME|[A-Z…]+", "", row.token)) <= set(row.example)
