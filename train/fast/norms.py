# pyright: reportCallIssue=false
"""Batch and ghost normalisation between two passes: scale and shift of sums of moments, and gradients of sums back.

Sums and lanes are those of a `Dress` (`train.fast.dress`).
"""

import numpy as np
from numba import float32

from train.fast.compiling import compiled
from train.fast.dress import CONSTANT, LINEAR, PIVOT, SCALE, SHIFT
from train.fast.machine import LANES


@compiled
def normalise(dress, parts, images, pixels, weight, bias, eps, momentum, mean, inverse, running_mean, running_var):
    """Makes scale and shift of the sums of moments, about the running means, and moves the running statistics.

    parts: int64 (lanes of a channel,), the part of the batch that each image is normalised in, -1 for those that fill
    up. images: int64 (parts,), how many each has. mean, inverse: written, (parts, channels), with one over the
    deviation. Running statistics move as nn.BatchNorm2d's do, by the mean over the parts, variances unbiased.
    """
    channels, number, pivots = len(weight), len(images), dress.of_channels[PIVOT]
    ones, twos = _of_parts(dress.sums, parts, number, channels)
    for c in range(channels):
        new_mean, new_var = 0.0, 0.0
        for part in range(number):
            count = images[part] * pixels
            m, var = ones[part, c] / count, twos[part, c] / count
            var = var if np.isnan(var) else max(var - m * m, 0.0)
            mean[part, c] = m + pivots[c]
            inverse[part, c] = 1 / np.sqrt(var + eps)
            new_mean += mean[part, c] / number
            new_var += var * count / (count - 1) / number
        running_mean[c] += momentum * (new_mean - running_mean[c])
        running_var[c] += momentum * (new_var - running_var[c])
        pivots[c] = new_mean
    scales, shifts = np.empty((number, channels), np.float32), np.empty((number, channels), np.float32)
    for part in range(number):
        for c in range(channels):
            scales[part, c] = weight[c] * inverse[part, c]
            shifts[part, c] = bias[c] - mean[part, c] * scales[part, c]
    _to_lanes(scales, parts, dress.of_lanes[SCALE])
    _to_lanes(shifts, parts, dress.of_lanes[SHIFT])


@compiled
def _of_parts(sums, parts, number, channels):
    """Returns the first two sums over the images of each part, (parts, channels)."""
    ones, twos = np.zeros((number, channels)), np.zeros((number, channels))
    for n in range(len(parts) // LANES):
        for c in range(channels):
            for lane in range(LANES):
                part, q = parts[n * LANES + lane], (n * channels + c) * LANES + lane
                if part >= 0:
                    ones[part, c] += sums[0, q]
                    twos[part, c] += sums[1, q]
    return ones, twos


@compiled
def _to_lanes(numbers, parts, lanes):
    """Writes numbers (parts, channels) to the lanes of the images of each part; 0 to those that fill up."""
    channels = numbers.shape[1]
    for n in range(len(parts) // LANES):
        for c in range(channels):
            for lane in range(LANES):
                part = parts[n * LANES + lane]
                lanes[(n * channels + c) * LANES + lane] = numbers[part, c] if part >= 0 else float32(0)


@compiled
def by_running_statistics(dress, weight, bias, eps, mean, var):
    """Makes scale and shift of the running statistics, for an evaluation."""
    scales, shifts = dress.of_lanes[SCALE], dress.of_lanes[SHIFT]
    for lane in range(len(scales)):
        c = lane // LANES % len(weight)
        scales[lane] = weight[c] / np.sqrt(var[c] + eps)
        shifts[lane] = bias[c] - mean[c] * scales[lane]


@compiled
def finish_gradient(dress, parts, images, pixels, weight, mean, inverse, of_weight, of_bias):
    """Writes the gradients of a normalisation's weight and bias, and by what it changes gradients that pass it.

    A gradient loses its mean over the part, and its mean product with what is normalised.
    """
    channels, number, pivots = len(weight), len(images), dress.of_channels[PIVOT]
    ones, twos = _of_parts(dress.sums, parts, number, channels)
    linear, constant = np.empty((number, channels), np.float32), np.empty((number, channels), np.float32)
    for c in range(channels):
        for part in range(number):
            one, count, scale = ones[part, c], images[part] * pixels, weight[c] * inverse[part, c]
            two = (twos[part, c] - (mean[part, c] - pivots[c]) * one) * inverse[part, c]
            of_bias[c] += one
            of_weight[c] += two
            linear[part, c] = -scale * two / count * inverse[part, c]
            constant[part, c] = scale * (two / count * inverse[part, c] * mean[part, c] - one / count)
    _to_lanes(linear, parts, dress.of_lanes[LINEAR])
    _to_lanes(constant, parts, dress.of_lanes[CONSTANT])


@compiled
def add_slopes(sums, channels, gradient):
    """Adds lanes of sums to a gradient (channels,), or to that of one slope for all of them, (1,)."""
    for lane in range(len(sums)):
        gradient[lane // LANES % channels % len(gradient)] += sums[lane]
