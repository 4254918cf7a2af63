"""What proposals are expected to gain, in cases that have one answer."""

import math
from statistics import fmean

import pytest

from search.proposals.gain import expected_gains, figures
from space.architecture import Architecture
from space.design import Design
from space.recipe import DEFAULT_RECIPE

NARROW, WIDE = (
    figures(Design(Architecture.parse(f"c{n} bn relu mp c{n} bn relu gap c10k1"), DEFAULT_RECIPE)) for n in (8, 32)
)


def test_more_work_is_expected_to_gain_more_before_anything_was_tried():
    narrow, wide = expected_gains([NARROW, WIDE], [])
    assert 0 < narrow < wide


def test_what_was_tried_changes_that():
    """Where small networks were better again and again, a small one is expected to be."""
    tried = [(NARROW, -4.0), (WIDE, -2.0)] * 5
    narrow, wide = expected_gains([NARROW, WIDE], tried)
    assert narrow > 10 * wide > 0


def test_the_gain_is_that_of_the_best_so_far():
    """The better it is, the less there is to gain; a second opinion by sampling is beside it."""
    gains = [expected_gains([WIDE], [(NARROW, best), (WIDE, -3.0)])[0] for best in (-3.0, -4.0, -5.0)]
    assert gains[0] > gains[1] > gains[2] > 0


def test_the_best_stays_the_best_however_many_came_after_it():
    latest = [(WIDE, -3.0)] * 200
    assert expected_gains([WIDE], [(NARROW, -5.0), *latest])[0] < expected_gains([WIDE], latest)[0] / 10


def test_the_improvement_is_what_normal_numbers_improve_by():
    import random

    from search.proposals.gain import _improvement

    rng = random.Random(0)
    drawn = fmean(max(0.0, -1.0 - rng.gauss(-0.8, 0.5)) for _ in range(200_000))
    assert _improvement(-0.8, 0.5, best=-1.0) == pytest.approx(drawn, rel=0.02)


def test_thousands_of_trials_are_looked_at_in_no_time_and_figures_are_finite():
    gains = expected_gains([NARROW] * 8, [(WIDE, -3.0 + 1e-4 * n) for n in range(5_000)])
    assert len(gains) == 8
    assert all(map(math.isfinite, (*gains, *WIDE)))
