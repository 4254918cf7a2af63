"""How sure shares are, against scipy and statsmodels' formulas."""

import math
from statistics import stdev

import pytest
from scipy.stats import binomtest

from results.findings.shares import interval, standard_error, wilson


@pytest.mark.parametrize(("right", "images"), [(0, 10), (5, 10), (250, 250), (9943, 10_000)])
def test_wilsons_interval_is_scipys(right, images):
    known = binomtest(right, images).proportion_ci(method="wilson")
    assert wilson(right / images, images) == pytest.approx((known.low, known.high), abs=1e-6)
    assert interval((right / images,), images) == pytest.approx((known.low, known.high), abs=1e-6)


def test_a_perfect_score_is_not_certain():
    assert standard_error((1.0,), 250) > 0.005
    assert interval((1.0, 1.0, 1.0), 250)[0] == pytest.approx(binomtest(750, 750).proportion_ci(method="wilson").low)


def test_trainings_that_differ_by_more_than_their_images_explain_are_less_sure():
    close, apart = (0.99, 0.991), (0.9, 0.99)
    assert standard_error(close, 250) > stdev(close) / math.sqrt(2)
    assert standard_error(apart, 250) == pytest.approx(stdev(apart) / math.sqrt(2))
    low, high = interval(apart, 250)
    assert high - low > 2 * (wilson(0.945, 500)[1] - wilson(0.945, 500)[0])


def test_images_that_several_trainings_are_scored_on_count_once():
    """Three finals on the same 500 images, four on 750 each of 1,500, and as many as are there at most."""
    known = binomtest(490, 500).proportion_ci(method="wilson")
    assert interval((0.98,) * 3, 500, 500) == pytest.approx((known.low, known.high), abs=1e-6)
    assert standard_error((0.98,) * 3, 500, 500) == standard_error((0.98,), 500)
    assert interval((0.98,) * 4, 750, 1_500) == pytest.approx(wilson(0.98, 1_500))
    assert interval((0.98,) * 3, 10_000, 60_000) == interval((0.98,) * 3, 10_000) == wilson(0.98, 30_000)
