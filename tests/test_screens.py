"""The screens in docs/screens/ and in the README are what the program shows."""

import pytest

from tests.screens import BLOCK, FOLDER, comparable, in_page, render, written
from tests.source import ROOT


@pytest.mark.slow
def test_the_screens_are_those_of_the_program(tmp_path):
    """Rendered anew, but for times and what depends on how floats round; `python -m tests.screens` writes them."""
    anew, kept = render(tmp_path), written()
    assert anew.keys() == kept.keys()
    for name, screen in anew.items():
        assert comparable(screen) == comparable(kept[name]), name


def test_the_first_line_says_what_comes_and_stages_are_told_apart():
    kept = written()
    first = " ".join(kept["run-first"].split())
    assert "loading torch and scikit-learn's digits; then 8 trials" in first
    assert "first screened by a training of 1 epoch, the best quarter of them trained whole, for 5 epochs" in first
    assert "    4  screening  0 / 1 " in kept["run-middle"]
    assert "  final      0 / 5 " in kept["run-finals"]


def test_the_screens_fit_a_terminal():
    for file in FOLDER.glob("*.txt"):
        lines = file.read_text().splitlines()
        assert max(map(len, lines)) <= 80, file.name
        assert len(lines) <= 24 or not file.stem.startswith("run-"), file.name


def test_the_readmes_screens_are_those():
    text = (ROOT / "README.md").read_text()
    assert len(BLOCK.findall(text)) >= 2
    assert in_page(text, written()) == text


def test_the_comparison_can_fail():
    """Times, figures and curves may differ; words, counts and designs may not."""
    one = "4 of 8 trials: 1 trained\n12 s gone, about 17 s left\ntrial 0  80.00 %  ▁▂█ c8 gap"
    other = "4 of 8 trials: 1 trained\n1 min 09 s gone, time left not known yet\ntrial 0   9.60 %  ▁▁█ c8 gap"
    assert comparable(one) == comparable(other)
    assert comparable(one) != comparable(one.replace("8 trials", "9 trials"))
    assert comparable(one) != comparable(one.replace("c8", "c9"))
    assert comparable(one) != comparable(one.replace("gone", "left"))
