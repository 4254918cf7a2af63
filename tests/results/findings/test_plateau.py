"""How long a search has brought nothing, beside a count by hand."""

import math

import pytest

from results.findings.plateau import trainings_in_vain
from results.findings.shares import standard_error

IMAGES = 1_000


def counted(*scores, merits=None, budgets=None):
    return trainings_in_vain(zip(scores, merits or scores, budgets or [0] * len(scores), strict=True), IMAGES)


def test_what_is_within_noise_is_counted():
    """The noise of 90 % of 1,000 images is about 0.95 points, by the binomial."""
    assert math.isclose(standard_error((0.9,), IMAGES), math.sqrt(0.9 * 0.1 / IMAGES), rel_tol=0.05)
    assert counted() == 0
    assert counted(0.9) == 0
    assert counted(0.9, 0.905) == 1
    assert counted(0.9, 0.85, 0.905, 0.2) == 3
    assert counted(0.9, 0.905, 0.92) == 0
    assert counted(0.9, 0.92, 0.9, 0.925) == 2


def test_each_budget_is_compared_with_itself():
    """The third is far better than the first of its budget, though the second is better still."""
    assert counted(0.7, 0.9, 0.8, budgets=[2000, 8000, 2000]) == 0
    assert counted(0.7, 0.9, 0.7, 0.9, 0.7, budgets=[2000, 8000, 2000, 8000, 2000]) == 3


def test_small_gains_add_up():
    """Each is within noise of the one before, and the third is beyond that of the first."""
    assert counted(0.9, 0.906) == 1
    assert counted(0.9, 0.906, 0.912) == 0
    assert counted(0.9, 0.906, 0.912, 0.913) == 1


@pytest.mark.parametrize(("merits", "expected"), [((0.9, 1.2), 0), ((1.2, 1.3), 0), ((1.3, 1.2), 1), ((1.2, 0.9), 1)])
def test_where_the_smallest_network_is_sought_a_smaller_one_is_a_gain(merits, expected):
    """A merit above any accuracy is that of a network that reaches the target."""
    scores = [merit if merit < 1 else 0.95 for merit in merits]
    assert counted(*scores, merits=merits) == expected
