"""The model card as a reader of Markdown sees it."""

from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from results.export.card import render_card
from space.design import Design
from tests.pictures import CASES
from tests.results.export.test_module import EVIDENCE
from tests.results.export.test_pictures import RECIPE

CASE = CASES["small grey"]


def card_of(class_names, dataset="mine"):
    evidence = replace(EVIDENCE, dataset=dataset, task=replace(CASE.task, class_names=class_names))
    design = Design(CASE.architecture, RECIPE)
    return render_card(design, evidence, module=Path("net.py"), weights="net.pt", onnx=None)


@pytest.mark.parametrize(
    "name", ['say "cheese"', "a\\b", "<unknown>", "_a_ *b*", "[x](y)", "`c`", "&lt;", "日本", "a|b"]
)
def test_classes_and_data_are_named_as_they_are(name):
    tokens = MarkdownIt().parse(card_of((name, "square", "else"), dataset=name))
    shown = [
        "".join({"softbreak": " ", "html_inline": ""}.get(part.type, part.content) for part in token.children)
        for token in tokens
        if token.type == "inline"
    ]
    said = f"{name}: images of 12x12 pixels, grey, in 3 classes: {name}, square, else. Pixels in [0, 1] are"
    assert any(text.startswith(said) for text in shown)
