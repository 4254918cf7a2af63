"""Noise between seeds, against scipy."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from results.findings.student import gap_noise, noise


def test_noise_is_the_interval_of_a_difference():
    rng = np.random.default_rng(0)
    one, other = rng.normal(0.98, 0.01, 4), rng.normal(0.97, 0.01, 3)
    interval = stats.ttest_ind(one, other).confidence_interval(0.95)
    assert noise(one, other) == pytest.approx((interval.high - interval.low) / 2)


def test_a_difference_on_few_images_is_noisier():
    """Seeds that agree leave the images': twice the share's variance, with two right and two wrong ones added."""
    rng = np.random.default_rng(1)
    one, other = rng.normal(0.98, 0.01, 4), rng.normal(0.97, 0.01, 3)
    alone = noise((0.96,) * 3, (0.96,) * 2, 250)
    square = stats.norm.ppf(0.975) ** 2
    share = (240 + square / 2) / (250 + square)
    assert alone == pytest.approx((2 * square * share * (1 - share) / (250 + square)) ** 0.5, rel=1e-5)
    assert noise((1.0, 1.0), (1.0, 1.0), 250) > 0.005
    images = [noise((share, share), (share, share), 250) / 2**0.5 for share in (one.mean(), other.mean())]
    assert noise(one, other, 250) == pytest.approx(np.sqrt(noise(one, other) ** 2 + images[0] ** 2 + images[1] ** 2))
    assert noise(one, other, 10_000) < noise(one, other, 250)


def test_one_seed_shows_no_noise():
    for one, other in (((0.99,), (0.98,)), ((0.99,), (0.98, 0.97))):
        assert noise(one, other) is noise(other, one, 10_000) is None
    assert gap_noise((0.99,), (0.98,), 10_000) is None


def test_the_noise_of_a_gap_is_that_of_paired_seeds():
    rng = np.random.default_rng(2)
    training, held_out = rng.normal(0.98, 0.01, 4), rng.normal(0.97, 0.01, 4)
    interval = stats.ttest_rel(training, held_out).confidence_interval(0.95)
    assert gap_noise(training, held_out, None) == pytest.approx((interval.high - interval.low) / 2)
    assert gap_noise(training, held_out, 250) > gap_noise(training, held_out, None)


def test_noise_loads_no_scipy_stats():
    """Which takes as long as a third of a report."""
    script = (
        "import sys; from results.findings.student import noise; noise((0.9, 0.8), (0.7, 0.6)); "
        "print('scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
