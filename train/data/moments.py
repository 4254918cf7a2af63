"""Reckons the moments of pixels, by which images are normalised."""

import numpy as np


def moments(images: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Returns mean and deviation of pixels in [0, 1], each a channel and rounded to four digits.

    Args:
        images: uint8 (N, C, H, W).
    """
    values = np.arange(256)
    means, deviations = [], []
    for channel in range(images.shape[1]):
        counts = np.zeros(256, np.int64)  # of each grey value, from which both follow without rounding on the way
        for start in range(0, len(images), 1024):
            counts += np.bincount(images[start : start + 1024, channel].reshape(-1), minlength=256)
        n = counts.sum()
        mean = (counts * values).sum() / n
        variance = (counts * (values - mean) ** 2).sum() / max(n - 1, 1)
        means.append(round(float(mean) / 255, 4))
        deviations.append(round(float(variance) ** 0.5 / 255, 4))
    return tuple(means), tuple(deviations)
