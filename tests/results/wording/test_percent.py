"""Shares in words: what is written as all or none is all or none."""

import random

import pytest

from results.findings.estimate import estimate_confirmed
from results.wording.percent import in_full, percent, spread
from results.wording.selection import sure


@pytest.mark.parametrize(
    ("share", "digits", "words"),
    [
        (1.0, 2, "100.00 %"),
        (1 - 1e-15, 2, "100.00 %"),  # as sums of floats come out
        (0.99996, 2, "99.99 %"),
        (0.9999996, 3, "99.999 %"),
        (0.99996, 3, "99.996 %"),
        (0.9996, 1, "99.9 %"),
        (0.994, 2, "99.40 %"),
        (0.00004, 2, "0.01 %"),
        (0.0004, 1, "0.1 %"),
        (0.0, 2, "0.00 %"),
        (None, 2, "-"),
    ],
)
def test_nothing_but_all_is_written_as_100_and_nothing_but_none_as_0(share, digits, words):
    assert percent(share, digits) == words


def test_a_spread_and_an_interval_do_not_reach_100_either():
    assert spread((0.99996, 1.0)) == "99.99 % (99.99 % to 100.00 %)"
    assert sure(estimate_confirmed((0.999999,), 10**9)) == "95 % interval 99.99 to 99.99 %"
    assert sure(estimate_confirmed((1.0,), 100)) == "95 % interval 96.30 to 100.00 %"


@pytest.mark.parametrize(
    ("share", "target", "words"),
    [
        (0.99396, 0.994, "99.396 %"),
        (0.9939999, 0.994, "99.39999 %"),
        (0.994, 0.994, "99.40 %"),
        (0.994 - 1e-15, 0.994, "99.40 %"),  # as sums of floats come out
        (0.99404, 0.994, "99.40 %"),
        (0.99425, 0.99425, "99.425 %"),
        (0.99425001, 0.99424, "99.43 %"),
        (0.9942, 0.99425, "99.42 %"),
        (0.99996, 1.0, "99.996 %"),
        (1.0, 1.0, "100.00 %"),
    ],
)
def test_what_stands_beside_a_target_is_on_its_own_side_of_it(share, target, words):
    assert percent(share, target=target) == words


def test_whatever_is_drawn_reads_as_it_is_beside_a_target():
    draw = random.Random(0)
    for _ in range(2_000):
        target = round(draw.uniform(0.5, 1), draw.randint(2, 6))
        share = min(1.0, max(0.0, target + draw.choice((-1, 1)) * 10 ** draw.uniform(-8.9, -1)))
        shown = float(percent(share, target=target).removesuffix(" %"))
        assert (shown >= float(in_full(target).removesuffix(" %"))) == (share >= target), (share, target)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("99.4", "99.40 %"), ("99.425", "99.425 %"), ("100", "100.00 %"), ("50", "50.00 %"), ("99.9999", "99.9999 %")],
)
def test_a_target_has_the_decimals_that_it_was_given_with(typed, words):
    assert in_full(float(typed) / 100) == words
