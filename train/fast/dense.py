# pyright: reportCallIssue=false
"""Convolutions of all kinds but depthwise, a row at a time: the sums, and the gradients of the weights.

An activation is flat, [block of images][row][column][channel][image]; functions of a row are told where the rows of
their block of images begin, and a mask: row r lies at the place of r & mask, so that a ring of rows can stand for all
of them (-1: every row has its own place). The gradient of the input is a convolution of the gradient, too, with the
weights turned round.
"""

from numba import uint32

from train.fast.block import bits_of
from train.fast.compiling import START, compiled, inlined
from train.fast.machine import LANES, REGISTER, TILE
from train.fast.tiles import OUTER, add_outer, sum_products

_OUT, _IN = OUTER


@inlined
def window(place, side, padding, kernel, apart, stride):
    """Returns the first tap of a kernel that lies within a line of `side` elements, and the one after the last, which
    is the first where none does."""
    start = place * stride - padding
    first = max(0, -(start // apart))
    return first, max(first, min(kernel, (side - 1 - start) // apart + 1))


@compiled
def convolve_row(x, base, mask, w, bias, y, to, r, form):
    """Writes row r of a convolution to y at `to`.

    w: [tap row][tap column][incoming channel of a group][outgoing channel]; bias: of the outgoing channels, or empty.
    form: incoming channels, height, width; outgoing channels, height, width; kernel's height and width; padding of
    rows and columns; stride; dilation; groups.
    """
    ic, h, wide, oc, _, ow, kh, kw, ph, pw, stride, apart, groups = form
    top, bottom = window(r, h, ph, kh, apart, stride)
    i = START
    while i < ow:
        left, right = window(i, wide, pw, kw, apart, stride)
        many = 1
        if right - left == kw:  # and so have those to the right, up to the border
            many = (wide - 1 - apart * (kw - 1) + pw) // stride + 1 - i
            many = max(1, min(many, ow - i))
        whole = apart == 1 and groups == 1  # the taps of a row and their channels lie side by side
        taps, channels = (1, (right - left) * ic) if whole else (right - left, ic // groups)
        for g in range(groups):
            start = ((i * stride - pw + left * apart) * ic + g * (ic // groups)) * LANES
            done, end = g * (oc // groups), (g + 1) * (oc // groups)
            tiles = (end - done + TILE - 1) // TILE
            while tiles:
                size = (end - done + tiles - 1) // tiles
                sum_products(
                    size, many, x, base + start, stride * ic * LANES, r * stride - ph + top * apart, apart, mask,
                    bottom - top, wide * ic * LANES, taps, apart * ic * LANES, channels,
                    w, (top * kw + left) * (ic // groups) * oc + done, kw * (ic // groups) * oc, (ic // groups) * oc,
                    oc, y, to + (i * oc + done) * LANES, oc * LANES, bias, done + 1 if len(bias) else 0,
                )  # fmt: skip
                done += size
                tiles -= 1
        i += many


@compiled
def _add_outers(g, of, g_step, x, at, x_step, count, sums, to, outs, ins, stride):
    o, left = 0, (outs + _OUT - 1) // _OUT
    while left:
        these = (outs - o + left - 1) // left
        i, more = 0, (ins + _IN - 1) // _IN
        while more:
            those = (ins - i + more - 1) // more
            add_outer(
                these, those, g, of + o * LANES, g_step, x, at + i * LANES, x_step, count,
                sums, to + o * stride + i * REGISTER, stride,
            )  # fmt: skip
            i += those
            more -= 1
        o += these
        left -= 1


@compiled
def add_weight_gradient(x, base, mask, g, of, g_step, sums, r, form):
    """Adds to sums what row r of a gradient, at `of` with pixels `g_step` apart, gives the gradient of the weights.

    sums: [outgoing channel][tap row][tap column][incoming channel of a group][REGISTER images].
    """
    ic, h, wide, oc, _, ow, kh, kw, ph, pw, stride, apart, groups = form
    ig, og = ic // groups, oc // groups
    each = kh * kw * ig * REGISTER
    top, bottom = window(r, h, ph, kh, apart, stride)
    for k in range(top, bottom):
        line = base + ((r * stride - ph + k * apart) & mask) * wide * ic * LANES
        if pw == 0 and apart == 1 and groups == 1:
            _add_outers(
                g, of, g_step, x, line, stride * ic * LANES, ow, sums, k * kw * ig * REGISTER, oc, kw * ig, each
            )
            continue
        for t in range(kw):
            begin = max(0, -((t * apart - pw) // stride))
            end = min(ow, (wide - 1 + pw - t * apart) // stride + 1)
            for n in range(groups):
                at = line + ((begin * stride - pw + t * apart) * ic + n * ig) * LANES
                to = n * og * each + (k * kw + t) * ig * REGISTER
                _add_outers(
                    g, of + begin * g_step + n * og * LANES, g_step, x, at, stride * ic * LANES, end - begin,
                    sums, to, og, ig, each,
                )  # fmt: skip


@compiled
def fold_sums(sums, gradient, form):
    """Adds to the gradient of the weights, [outgoing channel][incoming of a group][tap row][tap column], flat."""
    ic, _, _, oc, _, _, kh, kw, _, _, _, _, groups = form
    ig = ic // groups
    for o in range(oc):
        for k in range(kh * kw):
            for i in range(ig):
                total = 0.0
                for lane in range(REGISTER):
                    total += sums[((o * kh * kw + k) * ig + i) * REGISTER + lane]
                gradient[(o * ig + i) * kh * kw + k] += total


@compiled
def arrange_weights(weights, forward, backward, form):
    """Writes weights, as torch has them, as `convolve_row` takes them, and turned round for the input's gradient."""
    ic, _, _, oc, _, _, kh, kw, _, _, _, _, groups = form
    ig, og, taps = ic // groups, oc // groups, kh * kw
    for o in range(oc):
        for i in range(ig):
            for k in range(taps):
                number = weights[(o * ig + i) * taps + k]
                forward[(k * ig + i) * oc + o] = number
                backward[((taps - 1 - k) * og + o % og) * ic + o // og * ig + i] = number


@compiled
def arrange_pairs(weights, pairs, row, channels):
    """Writes arranged weights as pairs of bfloat16 numbers, each with the one that follows in its row of taps.

    weights: [tap row][`row` places][`channels`]; the last place of a row is followed by zero.
    """
    for place in range(len(weights) // channels):
        for o in range(channels):
            pair = bits_of(weights[place * channels + o])
            if place % row < row - 1:
                pair |= bits_of(weights[(place + 1) * channels + o]) << uint32(16)
            pairs[place * channels + o] = pair
