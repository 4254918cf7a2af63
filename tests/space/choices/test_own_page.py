"""The guide's page about spaces of somebody's own: its table is made of the choices."""

import os
import re

from space.choices.own_page import table
from space.choices.own_reading import KEYS, read_space
from tests.source import ROOT

PAGE = ROOT / "docs" / "your-own-space.md"


def test_the_page_has_the_table():
    """$THIMBLE_WRITE_GOLDEN writes it anew."""
    text = PAGE.read_text()
    written = re.search(r"^\| key \| what it is .*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)[0].rstrip()
    if os.environ.get("THIMBLE_WRITE_GOLDEN"):
        PAGE.write_text(text.replace(written, table()))
        return
    assert written == table()


def test_the_page_has_every_key_and_its_files_can_be_read():
    text = PAGE.read_text()
    for key in (*KEYS, "low", "high", "log", "options", "when", "otherwise"):
        assert f"`{key}`" in text, key
    files = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(files) > 2
    for file in files:
        read_space(file, file="my.toml", name="my")
