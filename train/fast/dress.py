# pyright: reportCallIssue=false
"""What stands between two layers that mix pixels or channels: activation, normalisation, activation, dropout.

A layer writes its sums as they are; the next one has them dressed, row by row, when it reads them, so that a
normalised activation is never stored. On the way back it hands down the gradient of what it read: `take_gradient`
undoes dropout and second activation in place and sums up what the normalisation needs, and `undress_row`, once that
is known, makes the gradient of the sums of it.

Lanes: a number for each image, and so for each part of the batch that is normalised by itself, [block][channel]
[image]. An image that fills up the last block has zeros, and takes no part.
"""

from typing import NamedTuple

import numpy as np
from numba import float32, uint32

from train.fast.block import (
    add,
    add_doubles,
    bent,
    draw,
    filled,
    fma,
    load,
    multiply,
    passed,
    positive,
    sigmoid,
    store,
    where_positive,
)
from train.fast.compiling import compiled, inlined
from train.fast.machine import LANES

NOTHING, RELU, SLOPES, SILU = range(4)  # kinds of activation; slopes below zero, a number a channel


class Dress(NamedTuple):
    """What is done to a layer's sums before the next layer has them.

    Attributes:
        kinds: int64: the activation before the normalisation, whether there is one, the activation after it, whether
            whole maps are dropped, and whether dropout's bits are drawn, or are known.
        before, after: Slopes of activations that have them, float32 (channels,).
        scale, shift: Of the normalisation, float32 lanes.
        linear, constant: By which it changes gradients beside `scale`, float32 lanes.
        pivot: About which products are summed up lest they cancel, float32 (channels,).
        bits: uint32: two keys of dropout, and its rate in units of 2**-32, 0 for none.
        gain: By which what passes grows, float32 (1,).
        passes: What dropout lets pass, uint32, a number a block with a bit an image.
        maps: By what whole maps are multiplied, float32 lanes.
        sums: float64, (4, lanes): of gradients; of their products with what is normalised; of the gradients of the
            slopes after, and before. In the forward pass the first two have moments.
    """

    kinds: np.ndarray
    before: np.ndarray
    after: np.ndarray
    scale: np.ndarray
    shift: np.ndarray
    linear: np.ndarray
    constant: np.ndarray
    pivot: np.ndarray
    bits: np.ndarray
    gain: np.ndarray
    passes: np.ndarray
    maps: np.ndarray
    sums: np.ndarray


@inlined
def _activated(x, kind, slopes, c):
    if kind == RELU:
        x = positive(x)
    elif kind == SLOPES:
        x = bent(x, filled(slopes[c]))
    elif kind == SILU:
        x = multiply(x, sigmoid(x))
    return x


@inlined
def _gradient(x, above, kind, slopes, c):
    """Returns the gradient of what goes into an activation, x, from that of what comes out."""
    if kind == RELU:
        above = where_positive(x, above, filled(float32(0)))
    elif kind == SLOPES:
        above = where_positive(x, above, multiply(above, filled(slopes[c])))
    elif kind == SILU:
        s = sigmoid(x)  # whose derivative is s (1 - s)
        inner = fma(x, fma(multiply(s, s), filled(float32(-1)), s), s)
        above = multiply(above, inner)
    return above


@inlined
def _negative(x):
    return add(x, multiply(positive(x), filled(float32(-1))))


@compiled
def dress_row(z, at, n, width, channels, dress, y, to):
    """Writes a row of block n of z, dressed, to y."""
    before, normed, after, drops_maps, draws = dress.kinds
    key0, key1, threshold = dress.bits
    gain = dress.gain[0]
    for i in range(width):
        for c in range(channels):
            p, q = (i * channels + c) * LANES, (n * channels + c) * LANES
            v = _activated(load(z, at + p), before, dress.before, c)
            if normed:
                v = fma(v, load(dress.scale, q), load(dress.shift, q))
            v = _activated(v, after, dress.after, c)
            if threshold:
                place = (at + p) // LANES
                if draws:
                    dress.passes[place] = draw(uint32(at + p), key0, key1, threshold)
                v = passed(v, dress.passes[place], gain)
            if drops_maps:
                v = multiply(v, load(dress.maps, q))
            store(y, to + p, v)


@compiled
def add_moments(z, at, n, width, channels, dress):
    """Adds to the sums of moments a row of block n of z, about the pivot."""
    before = dress.kinds[0]
    for c in range(channels):
        one, two = filled(float32(0)), filled(float32(0))
        pivot = filled(-dress.pivot[c])
        for i in range(width):
            v = add(_activated(load(z, at + (i * channels + c) * LANES), before, dress.before, c), pivot)
            one = add(one, v)
            two = fma(v, v, two)
        q = (n * channels + c) * LANES
        add_doubles(dress.sums[0], q, one)
        add_doubles(dress.sums[1], q, two)


@compiled
def _add_slopes_after(g, z, at, n, width, channels, dress):
    """Adds to the sums of the second activation's slopes, of a row of gradients that are still those of what is read.

    A loop of its own: with these sums within that of `take_gradient` each turn took four times as long.
    """
    before, drops_maps = dress.kinds[0], dress.kinds[3]
    threshold = dress.bits[2]
    for c in range(channels):
        three, q = filled(float32(0)), (n * channels + c) * LANES
        for i in range(width):
            p = at + (i * channels + c) * LANES
            d = load(g, p)
            if threshold:
                d = passed(d, dress.passes[p // LANES], dress.gain[0])
            if drops_maps:
                d = multiply(d, load(dress.maps, q))
            v = _activated(load(z, p), before, dress.before, c)
            three = fma(d, _negative(fma(v, load(dress.scale, q), load(dress.shift, q))), three)
        add_doubles(dress.sums[2], q, three)


@compiled
def take_gradient(g, z, at, n, width, channels, dress):
    """Makes of a row of gradients, of what `dress_row` made of z, those of what the normalisation gives, in place,
    and adds to the sums of gradients."""
    before, normed, after, drops_maps, _ = dress.kinds
    threshold = dress.bits[2]
    gain = dress.gain[0]
    changes = after or threshold or drops_maps
    if not (normed or changes):
        return
    if after == SLOPES:
        _add_slopes_after(g, z, at, n, width, channels, dress)
    for c in range(channels):
        one, two = filled(float32(0)), filled(float32(0))
        pivot, q = filled(-dress.pivot[c]), (n * channels + c) * LANES
        scale, shift = load(dress.scale, q), load(dress.shift, q)
        for i in range(width):
            p = at + (i * channels + c) * LANES
            d = load(g, p)
            if threshold:
                d = passed(d, dress.passes[p // LANES], gain)
            if drops_maps:
                d = multiply(d, load(dress.maps, q))
            v = _activated(load(z, p), before, dress.before, c)
            if after:
                d = _gradient(fma(v, scale, shift), d, after, dress.after, c)
            if changes:
                store(g, p, d)
            one = add(one, d)
            two = fma(d, add(v, pivot), two)
        if normed:
            add_doubles(dress.sums[0], q, one)
            add_doubles(dress.sums[1], q, two)


@compiled
def undress_row(g, z, at, n, width, channels, dress, dz, to, step):
    """Writes the gradient of a row of z, pixels `step` apart, from what `take_gradient` left of it in g."""
    before, normed, _, _, _ = dress.kinds
    for c in range(channels):
        four, q = filled(float32(0)), (n * channels + c) * LANES
        for i in range(width):
            p = at + (i * channels + c) * LANES
            x, d = load(z, p), load(g, p)
            if normed:
                v = _activated(x, before, dress.before, c)
                d = fma(d, load(dress.scale, q), fma(v, load(dress.linear, q), load(dress.constant, q)))
            if before == SLOPES:
                four = fma(d, _negative(x), four)
            store(dz, to + i * step + c * LANES, _gradient(x, d, before, dress.before, c))
        if before == SLOPES:
            add_doubles(dress.sums[3], q, four)


@compiled
def normalise(dress, parts, images, pixels, weight, bias, eps, momentum, mean, inverse, running_mean, running_var):
    """Makes scale and shift of the sums of moments, and moves the running statistics.

    parts: int64 (lanes of a channel,), the part of the batch that each image is normalised in, -1 for those that fill
    up. images: int64 (parts,), how many each has. mean, inverse: written, (parts, channels), with one over the
    deviation. Running statistics move as nn.BatchNorm2d's do, by the mean over the parts, variances unbiased.
    """
    channels, number = len(weight), len(images)
    ones, twos = _of_parts(dress.sums, parts, number, channels)
    for c in range(channels):
        new_mean, new_var = 0.0, 0.0
        for part in range(number):
            count = images[part] * pixels
            m, var = ones[part, c] / count, twos[part, c] / count
            var = var if np.isnan(var) else max(var - m * m, 0.0)
            mean[part, c] = m + dress.pivot[c]
            inverse[part, c] = 1 / np.sqrt(var + eps)
            new_mean += mean[part, c] / number
            new_var += var * count / (count - 1) / number
        running_mean[c] += momentum * (new_mean - running_mean[c])
        running_var[c] += momentum * (new_var - running_var[c])
        dress.pivot[c] = new_mean
    for place in range(len(parts)):
        part, lane = parts[place], place // LANES * channels * LANES + place % LANES
        for c in range(channels):
            scale = weight[c] * inverse[part, c] if part >= 0 else float32(0)
            dress.scale[lane + c * LANES] = scale
            dress.shift[lane + c * LANES] = bias[c] - mean[part, c] * scale if part >= 0 else float32(0)


@compiled
def _of_parts(sums, parts, number, channels):
    """Returns the first two sums over the images of each part, (parts, channels)."""
    ones, twos = np.zeros((number, channels)), np.zeros((number, channels))
    for place in range(len(parts)):
        part, lane = parts[place], place // LANES * channels * LANES + place % LANES
        if part >= 0:
            for c in range(channels):
                ones[part, c] += sums[0, lane + c * LANES]
                twos[part, c] += sums[1, lane + c * LANES]
    return ones, twos


@compiled
def by_running_statistics(dress, weight, bias, eps, mean, var):
    """Makes scale and shift of the running statistics, for an evaluation."""
    channels = len(weight)
    for lane in range(len(dress.scale)):
        c = lane // LANES % channels
        dress.scale[lane] = weight[c] / np.sqrt(var[c] + eps)
        dress.shift[lane] = bias[c] - mean[c] * dress.scale[lane]


@compiled
def finish_gradient(dress, parts, images, pixels, weight, mean, inverse, of_weight, of_bias):
    """Writes the gradients of a normalisation's weight and bias, and by what it changes gradients that pass it.

    A gradient loses its mean over the part, and its mean product with what is normalised.
    """
    channels, number = len(weight), len(images)
    ones, twos = _of_parts(dress.sums, parts, number, channels)
    linear, constant = np.empty((number, channels), np.float32), np.empty((number, channels), np.float32)
    for c in range(channels):
        for part in range(number):
            one, count, scale = ones[part, c], images[part] * pixels, weight[c] * inverse[part, c]
            two = (twos[part, c] - (mean[part, c] - dress.pivot[c]) * one) * inverse[part, c]
            of_bias[c] += one
            of_weight[c] += two
            linear[part, c] = -scale * two / count * inverse[part, c]
            constant[part, c] = scale * (two / count * inverse[part, c] * mean[part, c] - one / count)
    for place in range(len(parts)):
        part, lane = parts[place], place // LANES * channels * LANES + place % LANES
        if part >= 0:
            for c in range(channels):
                dress.linear[lane + c * LANES], dress.constant[lane + c * LANES] = linear[part, c], constant[part, c]


@compiled
def add_slopes(sums, channels, gradient):
    """Adds lanes of sums to a gradient (channels,), or to that of one slope for all of them, (1,)."""
    for lane in range(len(sums)):
        gradient[lane // LANES % channels % len(gradient)] += sums[lane]
