"""Shares in words: what is written as all or none is all or none."""

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
    ("typed", "words"),
    [("99.4", "99.40 %"), ("99.425", "99.425 %"), ("100", "100.00 %"), ("50", "50.00 %"), ("99.9999", "99.9999 %")],
)
def test_a_target_has_the_decimals_that_it_was_given_with(typed, words):
    assert in_full(float(typed) / 100) == words
