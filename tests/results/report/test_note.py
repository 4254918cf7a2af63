"""A trial in Markdown, and its learning curve as a picture."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from results.report.curve import curve
from results.report.note import note
from space.recipe import PLAIN_RECIPE

SVG = "{http://www.w3.org/2000/svg}"


def table(text):
    """The rows of a Markdown table, without its rule."""
    rows = [
        [cell.strip("`* ") for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"
    ]
    return rows[:1] + rows[2:]


def test_a_note_has_each_layer_with_its_cost(make_record):
    """Against the sums by hand: 4 maps of 3x3 from 1, twice 4 from 4, 10 of 1x1 from 4."""
    heads, *layers, total = table(note(make_record(0, 0.91)))
    assert heads == ["layer", "shape", "parameters", "multiply-adds", "receptive field"]
    assert [row[0] for row in layers] == ["c4", "relu", "c4", "relu", "mp", "c4", "relu", "gap", "c10k1"]
    assert [row[1] for row in layers][:5] == ["4x26x26", "4x26x26", "4x24x24", "4x24x24", "4x12x12"]
    assert [row[2] for row in layers] == ["36", "", "144", "", "", "144", "", "", "40"]
    assert [row[3] for row in layers if row[3]] == ["24,336", "82,944", "14,400", "40"]
    assert [row[4] for row in layers] == ["3", "3", "5", "5", "6", "10", "10", "28", "28"]
    assert total == ["in all", "", "364", "121,720", "28"]


def test_a_note_begins_with_the_end_of_the_trial(make_record):
    rejected = note(make_record(1, verdict="rejected", reason="9,001 parameters, the budget is 8,000", accuracies=()))
    assert rejected.splitlines()[0] == "**rejected**: 9,001 parameters, the budget is 8,000"
    assert "\n- AdamW, learning rate 0.01 " in rejected
    assert note(make_record(2, 0.98765, finals=(0.98, 0.99))).startswith(
        "**trained**, held-out accuracy 98.77 %, 98.50 % in 2 finals\n"
    )
    pruned = make_record(3, reason="below others", accuracies=(0.2, 0.875), screened=0.1)
    assert note(pruned).startswith("**pruned**: below others, held-out accuracy 87.50 % after epoch 2\n")
    screened = make_record(3, reason="below others", accuracies=(), screened=0.1)
    assert note(screened).startswith("**pruned**: below others, held-out accuracy 10.00 % in screening\n")
    assert note(make_record(3, verdict="waiting", notation="")) == ""


def test_no_line_of_a_note_is_too_wide_and_nothing_is_lost(make_record):
    record = make_record(0, 0.9, notation="c4k1 relu " * 60 + "gap c10k1")
    lines = note(record).splitlines()
    assert max(map(len, lines)) <= 110
    assert record.notation in " ".join(line.strip() for line in lines)


def test_nothing_that_a_note_quotes_is_markdown(make_record):
    first = note(
        make_record(1, verdict="failed", reason="KeyError: '<b>*x*</b>' | [a](b)\n# c", accuracies=())
    ).splitlines()[0]
    assert first == r"**failed**: KeyError: '\<b\>\*x\*\</b\>' \| \[a\]\(b\) \# c"


@pytest.mark.parametrize("accuracies", [(0.1, 0.9, 0.985, 0.9931), (0.5,), (1.0, 1.0), tuple(0.9 for _ in range(40))])
def test_a_curve_has_a_point_an_epoch_and_rises_with_accuracy(make_record, accuracies):
    picture = ElementTree.fromstring(curve(make_record(0, 0.9, accuracies=accuracies, training_accuracies=())))
    line = picture.find(f"{SVG}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    assert len(points) == len(accuracies)
    assert all(0 < x < 480 and 0 < y < 300 for x, y in points)
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    heights = [-y for _, y in points]
    assert heights == sorted(heights)
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert f"held-out {100 * accuracies[-1]:.2f} %" in texts
    assert len([text for text in texts if re.fullmatch(r"\d+", text)]) <= 15


@pytest.mark.parametrize(
    ("recipe", "name"), [(PLAIN_RECIPE, "training, augmented"), (replace(PLAIN_RECIPE, augmentation=()), "training")]
)
def test_a_curve_says_whether_training_images_were_augmented(make_record, recipe, name):
    picture = ElementTree.fromstring(curve(make_record(0, 0.9, recipe=recipe)))
    assert f"{name} 40.00 %" in [text.text for text in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize("epochs", [1, 15, 16, 32, 50, 100, 1_000])
def test_no_two_epochs_below_a_curve_stand_in_one_place(make_record, epochs):
    record = make_record(0, 0.9, accuracies=(0.9,) * epochs, training_accuracies=(0.4,) * epochs)
    below = [text for text in ElementTree.fromstring(curve(record)).iter(f"{SVG}text") if text.get("y") == "274"]
    numbers = [text.text for text in below]
    assert (numbers[0], numbers[-1]) == ("1", f"{epochs:,}")
    ends = [
        (float(text.get("x")) - 3.5 * len(text.text), float(text.get("x")) + 3.5 * len(text.text)) for text in below
    ]
    assert all(end < begin for (_, end), (begin, _) in pairwise(ends))


def test_no_line_of_a_curve_stands_for_all_where_some_are_wrong(make_record):
    record = make_record(0, 0.99996, accuracies=(0.99996,), training_accuracies=(0.99998,))
    texts = [text.text for text in ElementTree.fromstring(curve(record)).iter(f"{SVG}text")]
    assert "100 %" not in texts
    assert texts.count("99.99 %") == 2
