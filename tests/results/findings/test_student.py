"""Noise between seeds, against scipy."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from results.findings.student import noise


def test_noise_is_the_interval_of_a_difference():
    rng = np.random.default_rng(0)
    one, other = rng.normal(0.98, 0.01, 4), rng.normal(0.97, 0.01, 3)
    interval = stats.ttest_ind(one, other).confidence_interval(0.95)
    assert noise(one, other) == pytest.approx((interval.high - interval.low) / 2)


@pytest.mark.parametrize("seeds", [1, 3])
def test_noise_is_never_below_that_of_such_networks(seeds):
    assert noise((0.99,) * seeds, (0.98,) * seeds) == pytest.approx(1.96 * 0.0004 * (2 / seeds) ** 0.5)


def test_noise_loads_no_scipy_stats():
    """Which takes as long as a third of a report."""
    script = (
        "import sys; from results.findings.student import noise; noise((0.9, 0.8), (0.7, 0.6)); "
        "print('scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
