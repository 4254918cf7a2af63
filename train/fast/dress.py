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
from numba import float32, float64, uint32

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


BEFORE, AFTER, PIVOT = range(3)  # rows of what a channel has one number of
SCALE, SHIFT, LINEAR, CONSTANT, MAPS = range(5)  # rows of what a lane has one number of


class Dress(NamedTuple):
    """What is done to a layer's sums before the next layer has them: few arrays, as handing over each takes time.

    Attributes:
        kinds: int64: the activation before the normalisation, whether there is one, the activation after it, whether
            whole maps are dropped, and whether dropout's bits are drawn, or are known.
        bits: uint32: two keys of dropout, and its rate in units of 2**-32, 0 for none.
        of_channels: float32 (3, channels): slopes of the activations before and after, if they have any; and about
            what products are summed up lest they cancel.
        of_lanes: float32 (5, lanes): scale and shift of the normalisation; by what it changes gradients beside the
            scale, linear and constant; and by what whole maps are multiplied.
        passes: What dropout lets pass, uint32, a number a block with a bit an image.
        sums: float64, (4, lanes): of gradients; of their products with what is normalised; of the gradients of the
            slopes after, and before. In the forward pass the first two have moments.
    """

    kinds: np.ndarray
    bits: np.ndarray
    of_channels: np.ndarray
    of_lanes: np.ndarray
    passes: np.ndarray
    sums: np.ndarray


@inlined
def _gain(threshold):
    """Returns by what grows what dropout lets pass."""
    return float32(4294967296.0 / (4294967296.0 - float64(threshold)))


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
    scale, shift, maps, passes = dress.of_lanes[SCALE], dress.of_lanes[SHIFT], dress.of_lanes[MAPS], dress.passes
    before_slopes, after_slopes, gain = dress.of_channels[BEFORE], dress.of_channels[AFTER], _gain(threshold)
    for i in range(width):
        for c in range(channels):
            p, q = (i * channels + c) * LANES, (n * channels + c) * LANES
            v = _activated(load(z, at + p), before, before_slopes, c)
            if normed:
                v = fma(v, load(scale, q), load(shift, q))
            v = _activated(v, after, after_slopes, c)
            if threshold:
                place = (at + p) // LANES
                if draws:
                    passes[place] = draw(uint32(at + p), key0, key1, threshold)
                v = passed(v, passes[place], gain)
            if drops_maps:
                v = multiply(v, load(maps, q))
            store(y, to + p, v)


@compiled
def add_moments(z, at, n, width, channels, dress):
    """Adds to the sums of moments a row of block n of z, about the pivot."""
    before, slopes, pivots = dress.kinds[0], dress.of_channels[BEFORE], dress.of_channels[PIVOT]
    for c in range(channels):
        one, two = filled(float32(0)), filled(float32(0))
        pivot = filled(-pivots[c])
        for i in range(width):
            v = add(_activated(load(z, at + (i * channels + c) * LANES), before, slopes, c), pivot)
            one = add(one, v)
            two = fma(v, v, two)
        q = (n * channels + c) * LANES
        add_doubles(dress.sums[0], q, one)
        add_doubles(dress.sums[1], q, two)


@compiled
def take_gradient(g, z, at, n, width, channels, dress):
    """Makes of a row of gradients, of what `dress_row` made of z, those of what the normalisation gives, in place,
    and adds to the sums of gradients."""
    before, normed, after, drops_maps, _ = dress.kinds
    threshold = dress.bits[2]
    changes = after or threshold or drops_maps
    if not (normed or changes):
        return
    scales, shifts, maps = dress.of_lanes[SCALE], dress.of_lanes[SHIFT], dress.of_lanes[MAPS]
    before_slopes, after_slopes, pivots = (
        dress.of_channels[BEFORE],
        dress.of_channels[AFTER],
        dress.of_channels[PIVOT],
    )
    gain = _gain(threshold)
    for c in range(channels):
        one, two = filled(float32(0)), filled(float32(0))
        pivot, q = filled(-pivots[c]), (n * channels + c) * LANES
        scale, shift = load(scales, q), load(shifts, q)
        for i in range(width):
            p = at + (i * channels + c) * LANES
            d = load(g, p)
            if threshold:
                d = passed(d, dress.passes[p // LANES], gain)
            if drops_maps:
                d = multiply(d, load(maps, q))
            v = _activated(load(z, p), before, before_slopes, c)
            if after:
                u = fma(v, scale, shift)
                if after == SLOPES:  # summed up in a register, each turn would take four times as long
                    add_doubles(dress.sums[2], q, multiply(d, _negative(u)))
                d = _gradient(u, d, after, after_slopes, c)
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
    scales, linears, constants = dress.of_lanes[SCALE], dress.of_lanes[LINEAR], dress.of_lanes[CONSTANT]
    slopes = dress.of_channels[BEFORE]
    for i in range(width):
        for c in range(channels):
            p, q = at + (i * channels + c) * LANES, (n * channels + c) * LANES
            x, d = load(z, p), load(g, p)
            if normed:
                v = _activated(x, before, slopes, c)
                d = fma(d, load(scales, q), fma(v, load(linears, q), load(constants, q)))
            if before == SLOPES:
                add_doubles(dress.sums[3], q, multiply(d, _negative(x)))
            store(dz, to + i * step + c * LANES, _gradient(x, d, before, slopes, c))
