# pyright: reportCallIssue=false, reportRedeclaration=false, reportOperatorIssue=false

"""Computes a fused block's passes over activations, in compiled loops (numba); `train.fast.fused` calls them.

Activations come as rows of a whole number of pixels, channels fastest, so that the inner loops are long and free
of branches and the compiler makes vector instructions of them. Every sum has a fixed order: equal inputs give equal
results.

first, last: the activations before and after the normalisation, which maps its input to scale * x + shift, with a
number a channel. Of an activation False is none, True a relu, and a float32 array the slopes of a parametric one
below zero; the compiler makes a function for each. dropped: dropout's rate in units of 1 / LEVELS; key0 and key1
choose its bits.
"""

import numpy as np
from numba import float32, njit, types, uint32
from numba.extending import overload

from train.fast.bfloat16 import read, write
from train.fast.compiling import compiled

LEVELS = 1 << 32
_PARTIAL = 32  # rows that are summed up in float32 before float64 takes over


@njit(inline="always")
def _survives(index, key0, key1, dropped):
    """Returns whether dropout lets the element of that index pass.

    It is a hash with two multiplications (lowbias32 of Chris Wellons, nullprogram.com/blog/2018/07/31), the second
    key between them.
    """
    x = uint32(index ^ key0)
    x = uint32((x ^ (x >> uint32(16))) * uint32(0x7FEB352D))
    x = uint32((x ^ (x >> uint32(15))) + key1)
    return uint32(x * uint32(0x846CA68B)) >= dropped


def _rule(activation, width):
    """Returns what an activation does below zero: the floor of values, or a slope for each float of a row."""


def _activated(value, rule, j):
    """Returns the activation's result; a nan stays one."""


def _input_gradient(grad, value, rule, j):
    """Returns the gradient of the activation's input, which is `value`."""


def _add_slope_gradient(sums, grad, value, rule, j):
    """Adds to the gradient of the activation's slopes."""


@overload(_rule, jit_options={"forceinline": True})
def _rule_as(activation, width):
    if isinstance(activation, types.Array):
        return lambda activation, width: _tiled(activation, width)
    return lambda activation, width: float32(0) if activation else float32(-np.inf)


@overload(_activated, jit_options={"forceinline": True})
def _activated_as(value, rule, j):
    if isinstance(rule, types.Array):
        return lambda value, rule, j: value * rule[j] if value < float32(0) else value
    return lambda value, rule, j: rule if value < rule else value


@overload(_input_gradient, jit_options={"forceinline": True})
def _input_gradient_as(grad, value, rule, j):
    if isinstance(rule, types.Array):
        return lambda grad, value, rule, j: grad if value > float32(0) else grad * rule[j]
    return lambda grad, value, rule, j: grad if value > rule else float32(0)


@overload(_add_slope_gradient, jit_options={"forceinline": True})
def _add_slope_gradient_as(sums, grad, value, rule, j):
    if isinstance(rule, types.Array):

        def add(sums, grad, value, rule, j):
            sums[j] += grad * min(value, float32(0))
    else:

        def add(sums, grad, value, rule, j):
            pass

    return add


@njit(inline="always")
def _tiled(vector, width):
    """Returns a vector with one number a channel as one with one number a float of a row."""
    tiled = np.empty(width, np.float32)
    for j in range(width):
        tiled[j] = vector[j % len(vector)]
    return tiled


@njit(inline="always")
def _folded(sums, out):
    """Adds up numbers a float of a row to numbers a channel: `_tiled` the other way round."""
    for c in range(len(out)):
        total = 0.0
        for j in range(c, len(sums), len(out)):
            total += sums[j]
        out[c] = total


@compiled
def moments(rows, first, mean, var):
    """Writes mean and biased variance a channel, from sums about the first pixel's value lest they cancel."""
    width, count = rows.shape[1], rows.size // len(mean)
    rule = _rule(first, width)
    pivot = _tiled(mean, width)
    total, squares = np.zeros(width, np.float64), np.zeros(width, np.float64)
    for j in range(width):
        pivot[j] = _activated(read(rows[0, j % len(mean)]), rule, j)
    for start in range(0, len(rows), _PARTIAL):
        one, two = np.zeros(width, np.float32), np.zeros(width, np.float32)
        for i in range(start, min(start + _PARTIAL, len(rows))):
            row = rows[i]
            for j in range(width):
                v = _activated(read(row[j]), rule, j) - pivot[j]
                one[j] += v
                two[j] += v * v
        total += one
        squares += two
    _folded(total, mean)
    _folded(squares, var)
    for c in range(len(mean)):
        mean[c] /= count
        var[c] = max(var[c] / count - mean[c] * mean[c], float32(0))
        mean[c] += pivot[c]


@compiled
def track(running_mean, running_var, means, variances, counts, momentum):
    """Moves running statistics as nn.BatchNorm2d does: by the mean over the parts of a batch, variances unbiased."""
    for c in range(len(running_mean)):
        mean, var = 0.0, 0.0
        for part in range(len(counts)):
            mean += means[part, c]
            var += variances[part, c] * counts[part] / (counts[part] - 1)
        running_mean[c] += momentum * (mean / len(counts) - running_mean[c])
        running_var[c] += momentum * (var / len(counts) - running_var[c])


@compiled
def affine(mean, var, eps, weight, bias, scale, shift):
    """Writes scale and shift of a normalisation; `var` becomes one over the deviation."""
    for c in range(len(mean)):
        var[c] = 1 / np.sqrt(var[c] + eps)
        scale[c] = weight[c] * var[c]
        shift[c] = bias[c] - mean[c] * scale[c]


@compiled
def apply(rows, first, scale, shift, last, dropped, key0, key1, y):
    """Writes the block's result to y: activation, scale and shift, activation, dropout."""
    width = rows.shape[1]
    before, after = _rule(first, width), _rule(last, width)
    slope, offset = _tiled(scale, width), _tiled(shift, width)
    key0, key1, threshold, gain = uint32(key0), uint32(key1), uint32(dropped), float32(LEVELS / (LEVELS - dropped))
    for i in range(len(rows)):
        row, out, index = rows[i], y[i], uint32(i * width)
        for j in range(width):
            v = _activated(_activated(read(row[j]), before, j) * slope[j] + offset[j], after, j)
            if dropped:
                v = v * gain if _survives(uint32(index + uint32(j)), key0, key1, threshold) else float32(0)
            write(v, out, j)


@compiled
def reduce(above, rows, first, scale, shift, last, dropped, key0, key1, mean, inverse, of_weight, of_bias, of_last):
    """Writes the gradients of a normalisation's weight and bias, and of the slopes of the activation after it."""
    width = rows.shape[1]
    before, after = _rule(first, width), _rule(last, width)
    slope, offset, centre = _tiled(scale, width), _tiled(shift, width), _tiled(mean, width)
    key0, key1, threshold, gain = uint32(key0), uint32(key1), uint32(dropped), float32(LEVELS / (LEVELS - dropped))
    total, products, by_slope = np.zeros(width, np.float64), np.zeros(width, np.float64), np.zeros(width, np.float64)
    for start in range(0, len(rows), _PARTIAL):
        one, two, three = np.zeros(width, np.float32), np.zeros(width, np.float32), np.zeros(width, np.float32)
        for i in range(start, min(start + _PARTIAL, len(rows))):
            row, grad, index = rows[i], above[i], uint32(i * width)
            for j in range(width):
                g = read(grad[j]) * gain
                if dropped:
                    g = g if _survives(uint32(index + uint32(j)), key0, key1, threshold) else float32(0)
                v = _activated(read(row[j]), before, j)
                u = v * slope[j] + offset[j]
                _add_slope_gradient(three, g, u, after, j)
                g = _input_gradient(g, u, after, j)
                one[j] += g
                two[j] += g * (v - centre[j])
        total += one
        products += two
        by_slope += three
    _folded(total, of_bias)
    _folded(products, of_weight)
    _folded(by_slope, of_last)
    for c in range(len(inverse)):
        of_weight[c] *= inverse[c]


@compiled
def back(
    above, rows, first, scale, shift, last, dropped, key0, key1, mean, inverse, of_weight, of_bias, of_first, dx
):
    """Writes the gradients of the input and of the slopes of the activation before the normalisation.

    The input's is the one above less what the normalisation takes out of it: the mean, and the mean product with the
    normalised input. `reduce` has their sums, which are zero without a normalisation.
    """
    count = float32(rows.size // len(mean))
    mean_product, mean_gradient, width = of_weight / count, of_bias / count, rows.shape[1]
    before, after = _rule(first, width), _rule(last, width)
    slope, offset = _tiled(scale, width), _tiled(shift, width)
    linear = _tiled(-scale * mean_product * inverse, width)
    constant = _tiled(scale * (mean_product * inverse * mean - mean_gradient), width)
    key0, key1, threshold, gain = uint32(key0), uint32(key1), uint32(dropped), float32(LEVELS / (LEVELS - dropped))
    by_slope = np.zeros(width, np.float64)
    for start in range(0, len(rows), _PARTIAL):
        one = np.zeros(width, np.float32)
        for i in range(start, min(start + _PARTIAL, len(rows))):
            row, grad, out, index = rows[i], above[i], dx[i], uint32(i * width)
            for j in range(width):
                g = read(grad[j]) * gain
                if dropped:
                    g = g if _survives(uint32(index + uint32(j)), key0, key1, threshold) else float32(0)
                x = read(row[j])
                v = _activated(x, before, j)
                g = _input_gradient(g, v * slope[j] + offset[j], after, j)
                d = slope[j] * g + linear[j] * v + constant[j]
                _add_slope_gradient(one, d, x, before, j)
                write(_input_gradient(d, x, before, j), out, j)
        by_slope += one
    _folded(by_slope, of_first)
