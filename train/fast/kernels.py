# pyright: reportCallIssue=false, reportRedeclaration=false, reportOperatorIssue=false
"""Compiled loops over activations (numba), for `train.fast.fused`.

Activations come as rows of a whole number of pixels, channels fastest, so that the inner loops are long and free
of branches and the compiler makes vector instructions of them. uint16 arrays hold the bits of bfloat16. Every
sum has a fixed order: equal inputs give equal results.

first, last: the activations before and after the normalisation, which maps its input to scale * x + shift, with a
number a channel. Of an activation False is none, True a relu, and a float32 array the slopes of a parametric one
below zero; the compiler makes a function for each. dropped: dropout's rate in units of 1 / LEVELS; key0 and key1
choose its bits.
"""

import numpy as np
from llvmlite import ir
from numba import float32, njit, types, uint32
from numba.extending import intrinsic, overload

LEVELS = 1 << 32
_PARTIAL = 32  # rows that are summed up in float32 before float64 takes over


def compiled(function):
    """numba's njit, kept on disk for the next process where there is a folder for it: beside this file or in the
    user's cache; compiled anew (seconds) where neither can be written."""
    try:
        return njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(error_model="numpy")(function)


@intrinsic
def _as_float(_context, _bits):
    return float32(uint32), lambda _c, builder, _s, args: builder.bitcast(args[0], ir.FloatType())


@intrinsic
def _as_bits(_context, _value):
    return uint32(float32), lambda _c, builder, _s, args: builder.bitcast(args[0], ir.IntType(32))


def _read(number):
    """A stored number as float32."""


def _write(value, numbers, place):
    """Stores a float32, rounded to the nearest (ties to even) where bfloat16 is stored."""


@overload(_read, inline="always")
def _read_as(number):
    if number == types.uint16:
        return lambda number: _as_float(uint32(uint32(number) << uint32(16)))
    return lambda number: number


@overload(_write, inline="always")
def _write_as(value, numbers, place):
    if numbers.dtype != types.uint16:

        def write(value, numbers, place):
            numbers[place] = value
    else:

        def write(value, numbers, place):
            bits = _as_bits(float32(value))
            half = uint32(0x7FFF) + uint32(uint32(bits >> uint32(16)) & uint32(1))
            numbers[place] = np.uint16(uint32(bits + half) >> uint32(16))

    return write


@njit(inline="always")
def _kept(place, key0, key1, dropped):
    """Whether dropout keeps the element: a hash with two multiplications (lowbias32 of Chris Wellons,
    nullprogram.com/blog/2018/07/31), the second key between them."""
    x = uint32(place ^ key0)
    x = uint32((x ^ (x >> uint32(16))) * uint32(0x7FEB352D))
    x = uint32((x ^ (x >> uint32(15))) + key1)
    return uint32(x * uint32(0x846CA68B)) >= dropped


def _bend(activation, width):
    """An activation as `_bent` takes it: the floor, or a slope for each float of a row."""


def _bent(value, bend, j):
    """The activation's result; a nan stays one."""


def _passed(grad, value, bend, j):
    """The gradient of the activation's input, which is `value`."""


def _gather(sums, grad, value, bend, j):
    """Adds to the gradient of the activation's slopes."""


@overload(_bend, jit_options={"forceinline": True})
def _bend_as(activation, width):
    if isinstance(activation, types.Array):
        return lambda activation, width: _tiled(activation, width)
    return lambda activation, width: float32(0) if activation else float32(-np.inf)


@overload(_bent, jit_options={"forceinline": True})
def _bent_as(value, bend, j):
    if isinstance(bend, types.Array):
        return lambda value, bend, j: value * bend[j] if value < float32(0) else value
    return lambda value, bend, j: bend if value < bend else value


@overload(_passed, jit_options={"forceinline": True})
def _passed_as(grad, value, bend, j):
    if isinstance(bend, types.Array):
        return lambda grad, value, bend, j: grad if value > float32(0) else grad * bend[j]
    return lambda grad, value, bend, j: grad if value > bend else float32(0)


@overload(_gather, jit_options={"forceinline": True})
def _gather_as(sums, grad, value, bend, j):
    if isinstance(bend, types.Array):

        def gather(sums, grad, value, bend, j):
            sums[j] += grad * min(value, float32(0))
    else:

        def gather(sums, grad, value, bend, j):
            pass

    return gather


@njit(inline="always")
def _tiled(vector, width):
    """A vector with one number a channel as one with one number a float of a row."""
    tiled = np.empty(width, np.float32)
    for j in range(width):
        tiled[j] = vector[j % len(vector)]
    return tiled


@njit(inline="always")
def _folded(sums, out):
    """The other way round, by addition."""
    for c in range(len(out)):
        total = 0.0
        for j in range(c, len(sums), len(out)):
            total += sums[j]
        out[c] = total


@compiled
def moments(rows, first, mean, var):
    """Mean and biased variance a channel, from sums about the first pixel's value lest they cancel."""
    width, count = rows.shape[1], rows.size // len(mean)
    bend = _bend(first, width)
    pivot = _tiled(mean, width)
    total, squares = np.zeros(width, np.float64), np.zeros(width, np.float64)
    for j in range(width):
        pivot[j] = _bent(_read(rows[0, j % len(mean)]), bend, j)
    for start in range(0, len(rows), _PARTIAL):
        one, two = np.zeros(width, np.float32), np.zeros(width, np.float32)
        for i in range(start, min(start + _PARTIAL, len(rows))):
            row = rows[i]
            for j in range(width):
                v = _bent(_read(row[j]), bend, j) - pivot[j]
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
    """Scale and shift of a normalisation; `var` becomes one over the deviation."""
    for c in range(len(mean)):
        var[c] = 1 / np.sqrt(var[c] + eps)
        scale[c] = weight[c] * var[c]
        shift[c] = bias[c] - mean[c] * scale[c]


@compiled
def apply(rows, first, scale, shift, last, dropped, key0, key1, y):
    width = rows.shape[1]
    before, after = _bend(first, width), _bend(last, width)
    slope, offset = _tiled(scale, width), _tiled(shift, width)
    key0, key1, threshold, gain = uint32(key0), uint32(key1), uint32(dropped), float32(LEVELS / (LEVELS - dropped))
    for i in range(len(rows)):
        row, out, place = rows[i], y[i], uint32(i * width)
        for j in range(width):
            v = _bent(_bent(_read(row[j]), before, j) * slope[j] + offset[j], after, j)
            if dropped:
                v = v * gain if _kept(uint32(place + uint32(j)), key0, key1, threshold) else float32(0)
            _write(v, out, j)


@compiled
def reduce(above, rows, first, scale, shift, last, dropped, key0, key1, mean, inverse, of_weight, of_bias, of_last):
    """The gradients of a normalisation's weight and bias, and of the slopes of the activation after it."""
    width = rows.shape[1]
    before, after = _bend(first, width), _bend(last, width)
    slope, offset, centre = _tiled(scale, width), _tiled(shift, width), _tiled(mean, width)
    key0, key1, threshold, gain = uint32(key0), uint32(key1), uint32(dropped), float32(LEVELS / (LEVELS - dropped))
    total, products, bent = np.zeros(width, np.float64), np.zeros(width, np.float64), np.zeros(width, np.float64)
    for start in range(0, len(rows), _PARTIAL):
        one, two, three = np.zeros(width, np.float32), np.zeros(width, np.float32), np.zeros(width, np.float32)
        for i in range(start, min(start + _PARTIAL, len(rows))):
            row, grad, place = rows[i], above[i], uint32(i * width)
            for j in range(width):
                g = _read(grad[j]) * gain
                if dropped:
                    g = g if _kept(uint32(place + uint32(j)), key0, key1, threshold) else float32(0)
                v = _bent(_read(row[j]), before, j)
                u = v * slope[j] + offset[j]
                _gather(three, g, u, after, j)
                g = _passed(g, u, after, j)
                one[j] += g
                two[j] += g * (v - centre[j])
        total += one
        products += two
        bent += three
    _folded(total, of_bias)
    _folded(products, of_weight)
    _folded(bent, of_last)
    for c in range(len(inverse)):
        of_weight[c] *= inverse[c]


@compiled
def back(
    above, rows, first, scale, shift, last, dropped, key0, key1, mean, inverse, of_weight, of_bias, of_first, dx
):
    """The gradient of the input: the one above, less what the normalisation takes out of it (the mean, and the
    mean product with the normalised input; `reduce` has their sums, which are zero without one); and that of the
    slopes of the activation before it."""
    count = float32(rows.size // len(mean))
    sway, level, width = of_weight / count, of_bias / count, rows.shape[1]
    before, after = _bend(first, width), _bend(last, width)
    slope, offset = _tiled(scale, width), _tiled(shift, width)
    linear, constant = _tiled(-scale * sway * inverse, width), _tiled(scale * (sway * inverse * mean - level), width)
    key0, key1, threshold, gain = uint32(key0), uint32(key1), uint32(dropped), float32(LEVELS / (LEVELS - dropped))
    bent = np.zeros(width, np.float64)
    for start in range(0, len(rows), _PARTIAL):
        one = np.zeros(width, np.float32)
        for i in range(start, min(start + _PARTIAL, len(rows))):
            row, grad, out, place = rows[i], above[i], dx[i], uint32(i * width)
            for j in range(width):
                g = _read(grad[j]) * gain
                if dropped:
                    g = g if _kept(uint32(place + uint32(j)), key0, key1, threshold) else float32(0)
                x = _read(row[j])
                v = _bent(x, before, j)
                g = _passed(g, v * slope[j] + offset[j], after, j)
                d = slope[j] * g + linear[j] * v + constant[j]
                _gather(one, d, x, before, j)
                _write(_passed(d, x, before, j), out, j)
        bent += one
    _folded(bent, of_first)


@njit(inline="always")
def _larger(value, place, other, other_place):
    return (other, other_place) if other > value or other != other else (value, place)


@compiled
def pool(x, y, winners):
    n, height, width, channels = y.shape
    for i in range(n):
        for r in range(height):
            for s in range(width):
                a, b = x[i, 2 * r, 2 * s], x[i, 2 * r, 2 * s + 1]
                c, d = x[i, 2 * r + 1, 2 * s], x[i, 2 * r + 1, 2 * s + 1]
                out, place = y[i, r, s], winners[i, r, s]
                for k in range(channels):
                    v, p = _read(a[k]), 0
                    v, p = _larger(v, p, _read(b[k]), 1)
                    v, p = _larger(v, p, _read(c[k]), 2)
                    v, p = _larger(v, p, _read(d[k]), 3)
                    _write(v, out, k)
                    place[k] = p


@compiled
def unpool(grad, winners, dx):
    n, height, width, channels = grad.shape
    for i in range(n):
        for r in range(height):
            for s in range(width):
                g, place = grad[i, r, s], winners[i, r, s]
                for q in range(4):
                    out = dx[i, 2 * r + q // 2, 2 * s + q % 2]
                    for k in range(channels):
                        out[k] = g[k] if place[k] == q else 0
