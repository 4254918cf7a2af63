"""What a ladder says of its figures."""

from dataclasses import replace

import pytest

from results.findings.ladder import Ladder, Rung
from results.wording.ladder import analysis, as_markdown, noise_in_words, undone


def rung(
    held_out, training=(0.99, 0.99, 0.99), *, parameters=1000, macs=10_000, seconds=10.0, diverged=0, name="step"
):
    return Rung(
        name=name,
        target="To see.",
        notation="c4 relu gap c10k1",
        recipe="as it is",
        parameters=parameters,
        macs=macs,
        receptive_field=28,
        best_training=tuple(training),
        training=tuple(training),
        best_held_out=tuple(held_out),
        held_out=tuple(held_out),
        seconds=seconds,
        diverged=diverged,
    )


def ladder(*rungs, without=()):
    return Ladder(name="a design", dataset="digits", seeds=2, epochs=3, hold=2, rungs=rungs, without=tuple(without))


@pytest.mark.parametrize(
    ("training", "words"),
    [((0.999,) * 3, "overfits by 0.90 points"), ((0.98,) * 3, "underfits"), ((0.991,) * 3, "fits both alike")],
)
def test_fit_is_judged_by_the_gap(training, words):
    assert words in analysis(rung((0.99,) * 3, training), None)


def test_a_change_is_judged_by_the_noise():
    before = rung((0.990, 0.991, 0.992))
    assert "within noise" in analysis(rung((0.991, 0.992, 0.993)), before)
    assert "gains beyond noise: +0.60 points" in analysis(rung((0.996, 0.997, 0.998)), before)
    assert "loses beyond noise: -0.60 points" in analysis(rung((0.984, 0.985, 0.986)), before)


def test_few_images_are_noise_too():
    """Three of 250 images are no gain, thirty of 10,000 are; nor is that overfitting."""
    before, after = rung((0.980, 0.980, 0.980)), rung((0.992, 0.992, 0.992), (0.999,) * 3)
    assert "The change, +1.20 points, is within noise (2." in analysis(after, before, 250)
    assert "fits both alike" in analysis(after, before, 250)
    assert "gains beyond noise: +1.20 points" in analysis(after, before, 10_000)
    assert "overfits by 0.70 points" in analysis(after, before, 10_000)


def test_one_seed_shows_nothing_but_figures():
    before, after = rung((0.90,), (0.99,)), rung((0.99,), (0.999,))
    for images in (None, 250, 10_000):
        told = analysis(after, before, images)
        assert "One seed cannot show whether the change, +9.00 points, is more than noise" in told
        assert "One seed cannot show whether it over- or underfits (training 99.90 %, held-out 99.00 %)" in told
    whole = Ladder(name="it", dataset="digits", seeds=1, epochs=3, hold=1, rungs=(before, after), without=(before,))
    assert undone(whole) == [("step", "1,000", "90.00 %", "-9.00", "-", "one seed cannot show")]
    assert "three seeds" in noise_in_words(whole)
    assert "--" not in noise_in_words(whole), "it is read in notebooks, too"
    text = as_markdown(whole)
    assert not [word for word in ("overfits", "gains", "loses", "within noise", "±", "worse") if word in text]


def test_a_ladder_says_of_how_many_images_it_is():
    steps = (rung((0.98, 0.982)), rung((0.99, 0.992)))
    text = as_markdown(replace(ladder(*steps), images=250))
    assert "on the same 250 held-out images, no test image" in text
    assert "from seed to seed, and by there being 250 held-out images." in text
    assert "on held-out images, no test image" in as_markdown(ladder(*steps))  # of one made before that was kept


def test_a_change_has_its_price():
    before = rung((0.99,))
    dear = rung((0.99,), parameters=1500, macs=20_000, seconds=15.0)
    assert "+500 parameters, +100 % multiply-adds, 1.5 times the training time" in analysis(dear, before)
    for macs, words in ((10_100, "+1 %"), (10_016, "+16"), (9_980, "-20"), (9_900, "-1 %")):
        gate = rung((0.99,), parameters=1010, macs=macs)
        assert f"+10 parameters, {words} multiply-adds, 1.0 times" in analysis(gate, before)
    one = analysis(rung((0.99,), parameters=1001, macs=9_999), before)
    assert "+1 parameter, -1 multiply-add, 1.0 times" in one
    assert "costs no parameter" in analysis(rung((0.99,), seconds=30.0), before)
    assert "diverged in 2 of 3 seeds" in analysis(rung((0.99, 0, 0), diverged=2), before)


def test_the_story_has_every_step_and_what_is_undone():
    steps = (rung((0.98, 0.982), name="skeleton"), rung((0.99, 0.992), name="schedule"))
    less = (rung((0.97, 0.972), name="without schedule"),)
    text = as_markdown(ladder(*steps, without=less))
    assert text.count("**Target.**") == text.count("**Result.**") == text.count("**Analysis.**") == 2
    assert "held-out best 99.10 ± 0.14 %, last 99.10 ± 0.14 %" in text
    assert "| without schedule | 1,000 | 97.10 ± 0.14 % | -2.00 |" in text
    bars = [line.count("█") for line in text.splitlines() if "█" in line]
    assert bars[0] < bars[1]


def test_a_ladder_of_steps_without_an_error_has_bars():
    text = as_markdown(ladder(rung((1.0, 1.0)), rung((1.0, 1.0))))
    assert [line.count("█") for line in text.splitlines() if "█" in line] == [1, 1]
