# pyright: reportCallIssue=false, reportArgumentType=false, reportAttributeAccessIssue=false
# ruff: noqa: ARG001, an intrinsic has the arguments of what it stands for
"""Depthwise convolutions, a row at a time: every map by a kernel of its own.

A pixel takes as many reads as products, so that reading is what costs: several pixels side by side are summed up
together, and share what they read. Arguments are as in `train.fast.dense`.
"""

from numba import float32, int64, types
from numba.core import cgutils
from numba.extending import intrinsic

from train.fast.block import element, filled, multiply_add, spread, store
from train.fast.compiling import START, compiled
from train.fast.dense import window
from train.fast.machine import LANES, REGISTER
from train.fast.tiles import HALF, cases, number, read_half, write_half, zero_half

_SIDE_BY_SIDE = 4  # pixels
_PARTS = range(0, LANES, REGISTER)  # of a block, each in a register
_MAPS = 4  # whose rows are in the nearest cache at once
_UNROLLED = (3, 5)  # taps of a row, of kernels whose rows are done without a loop
_TAPS = 7  # of a row, at most, that a tile has; wider kernels take their taps in several turns


def _for_each_size(builder, taps, pixels, tile):
    """Builds the tile for each number of taps and of pixels, and enters the one that is asked for."""
    sizes = [t * (_SIDE_BY_SIDE + 1) + p for t in range(1, _TAPS + 1) for p in (1, _SIDE_BY_SIDE)]
    with cases(builder, builder.add(builder.mul(taps, number(_SIDE_BY_SIDE + 1)), pixels), sizes) as built:
        built(lambda size: tile(*divmod(size, _SIDE_BY_SIDE + 1)))


def _rows_of_maps(builder, rows, wide, many, each_map, add_row):
    """Builds the rows of taps of each map: one after the other where they are as many as taps, else in a loop."""

    def looped(*of):
        with cgutils.for_range(builder, rows) as r:
            add_row(r.index, *of)

    def unrolled(*of):
        for r in range(wide):
            add_row(number(r), *of)

    if many == 1 or wide not in _UNROLLED:
        each_map(looped)
        return
    with builder.if_else(builder.icmp_signed("==", rows, number(wide))) as (whole, part):
        with whole:
            each_map(unrolled)
        with part:
            each_map(looped)


def _begin_sums(builder, sums, target, outs, adds):
    """Sets sums to zero, or to what is there already where they are added to it."""
    for total in sums:
        builder.store(zero_half(), total)
    with builder.if_then(builder.icmp_signed("!=", adds, number(0))):
        for total, out in zip(sums, outs, strict=True):
            builder.store(read_half(builder, target, out), total)


def _side_values(builder, place, step, count, part):
    """Reads the part of so many blocks side by side, which lie `step` apart."""
    offsets = [builder.add(builder.mul(step, number(p)), number(part)) for p in range(count)]
    return [read_half(builder, place, offset) for offset in offsets]


@intrinsic
def _sum_taps(
    typing, pixels, taps, rows, maps, x, at, step, first, apart, mask, row, w, of, w_row, w_map, y, to, adds
):
    """Writes sums of so many pixels side by side over rows and taps of some maps to y; adds them, where `adds`.

    `pixels` is 1 or _SIDE_BY_SIDE; they are `step` apart in x and y. Numbers of a map lie w_map apart in w.
    """
    signature = types.void(*[int64] * 4, x, *[int64] * 6, w, *[int64] * 3, y, *[int64] * 2)

    def build(context, builder, signature, arguments):
        pixels, taps, rows, maps, x, at, step, first, apart, mask, row, w, of, w_row, w_map, y, to, adds = arguments
        sources, kernels, targets = (
            element(context, builder, signature.args[kind], array, place)
            for kind, array, place in ((4, x, at), (11, w, of), (15, y, to))
        )

        def tile(wide, many):
            outs = [builder.add(builder.mul(step, number(p)), number(part)) for part in _PARTS for p in range(many)]
            sums = [cgutils.alloca_once(builder, HALF) for _ in outs]

            def add_row(index, source, weights):
                line = builder.and_(builder.add(first, builder.mul(index, apart)), mask)
                u = builder.gep(source, [builder.mul(line, row)])
                v = builder.gep(weights, [builder.mul(index, w_row)])
                factors = [spread(builder, builder.load(builder.gep(v, [number(t)])), REGISTER) for t in range(wide)]
                for half, part in enumerate(_PARTS):
                    values = _side_values(builder, u, step, wide + many - 1, part)
                    for p, total in enumerate(sums[half * many : (half + 1) * many]):
                        made = builder.load(total)
                        for t, factor in enumerate(factors):
                            made = multiply_add(builder, values[p + t], factor, made)
                        builder.store(made, total)

            def each_map(add_rows):
                with cgutils.for_range(builder, maps) as k:
                    to_map = builder.mul(k.index, number(LANES))
                    source, target = (builder.gep(place, [to_map]) for place in (sources, targets))
                    _begin_sums(builder, sums, target, outs, adds)
                    add_rows(source, builder.gep(kernels, [builder.mul(k.index, w_map)]))
                    for total, out in zip(sums, outs, strict=True):
                        write_half(builder, builder.load(total), target, out)

            _rows_of_maps(builder, rows, wide, many, each_map, add_row)

        _for_each_size(builder, taps, pixels, tile)
        return context.get_dummy_value()

    return signature, build


@intrinsic
def _add_products(
    typing, pixels, taps, rows, maps, g, of, g_step, x, at, step, first, apart, mask, row, sums, to, s_row, s_map
):
    """Adds to sums of rows of so many taps the products of gradients of pixels side by side with what they read.

    Sums of a row of taps lie s_row apart, and those of a map s_map; the rest is as for `_sum_taps`.
    """
    signature = types.void(*[int64] * 4, g, *[int64] * 2, x, *[int64] * 6, sums, *[int64] * 3)

    def build(context, builder, signature, arguments):
        pixels, taps, rows, maps, g, of, g_step, x, at, step, first, apart, mask, row, sums, to, s_row, s_map = (
            arguments
        )
        gradients_of, inputs_of, totals = (
            element(context, builder, signature.args[kind], array, place)
            for kind, array, place in ((4, g, of), (7, x, at), (14, sums, to))
        )

        def tile(wide, many):
            def each_map(add_rows):
                with cgutils.for_range(builder, maps) as k:
                    to_map = builder.mul(k.index, number(LANES))
                    above, below = (builder.gep(place, [to_map]) for place in (gradients_of, inputs_of))
                    gradients = [_side_values(builder, above, g_step, many, part) for part in _PARTS]
                    add_rows(gradients, below, builder.gep(totals, [builder.mul(k.index, s_map)]))

            def add_row(index, gradients, below, total):
                line = builder.and_(builder.add(first, builder.mul(index, apart)), mask)
                u = builder.gep(below, [builder.mul(line, row)])
                v = builder.gep(total, [builder.mul(index, s_row)])
                places = [number(t * REGISTER) for t in range(wide)]
                made = [read_half(builder, v, place) for place in places]
                for part, half in zip(_PARTS, gradients, strict=True):
                    inputs = _side_values(builder, u, step, wide + many - 1, part)
                    for p, gradient in enumerate(half):
                        for t in range(wide):
                            made[t] = multiply_add(builder, gradient, inputs[p + t], made[t])
                for place, one in zip(places, made, strict=True):
                    write_half(builder, one, v, place)

            _rows_of_maps(builder, rows, wide, many, each_map, add_row)

        _for_each_size(builder, taps, pixels, tile)
        return context.get_dummy_value()

    return signature, build


@compiled
def _side_by_side(i, width, out, padding, kernel, apart, stride):
    """Returns how many pixels from the i-th on are done together."""
    if apart != 1 or stride != 1 or kernel > _TAPS or i < padding:
        return 1
    end = i + _SIDE_BY_SIDE
    return _SIDE_BY_SIDE if end <= out and end - 1 - padding + kernel <= width else 1


@compiled
def convolve_maps_row(x, base, mask, w, bias, y, to, r, form):
    """Writes row r of a depthwise convolution to y. w: [channel][tap row][tap column]."""
    c, h, wide, _, _, ow, kh, kw, ph, pw, stride, apart, _ = form
    top, bottom = window(r, h, ph, kh, apart, stride)
    pixel = c * LANES
    for k in range(0, c, _MAPS):
        maps, i = min(_MAPS, c - k), 0
        while i < ow:
            many = _side_by_side(i, wide, ow, pw, kw, apart, stride)
            left, right = window(i, wide, pw, kw, apart, stride)
            out, adds = to + i * pixel + k * LANES, 0
            if len(bias) or right <= left or bottom <= top:
                for one in range(maps):
                    fill(y, out + one * LANES, many, pixel, bias[k + one] if len(bias) else 0.0)
                adds = 1
            t = left
            while t < right:
                # Taps that are apart, or more than a tile has, are taken in turns.
                turn = min(right - t, _TAPS) if apart == 1 else 1
                at = base + (i * stride - pw + t * apart) * pixel + k * LANES
                _sum_taps(
                    many, turn, bottom - top, maps, x, at, pixel, r * stride - ph + top * apart, apart, mask,
                    wide * pixel, w, (k * kh + top) * kw + t, kw, kh * kw, y, out, adds,
                )  # fmt: skip
                t += turn
                adds = 1
            i += many


@compiled
def add_maps_gradient(x, base, mask, g, of, g_step, sums, r, form):
    """Adds to sums what row r of a gradient gives the gradient of the weights.

    sums: [channel][tap row][tap column][REGISTER images].
    """
    c, h, wide, _, _, ow, kh, kw, ph, pw, stride, apart, _ = form
    top, bottom = window(r, h, ph, kh, apart, stride)
    pixel = c * LANES
    for k in range(0, c, _MAPS):
        i = START
        while i < ow:
            many = _side_by_side(i, wide, ow, pw, kw, apart, stride)
            left, right = window(i, wide, pw, kw, apart, stride)
            t = left
            while t < right:
                turn = min(right - t, _TAPS) if apart == 1 else 1
                at = base + (i * stride - pw + t * apart) * pixel + k * LANES
                _add_products(
                    many, turn, bottom - top, min(_MAPS, c - k), g, of + i * g_step + k * LANES, g_step, x, at, pixel,
                    r * stride - ph + top * apart, apart, mask, wide * pixel,
                    sums, ((k * kh + top) * kw + t) * REGISTER, kw * REGISTER, kh * kw * REGISTER,
                )  # fmt: skip
                t += turn
            i += many


@compiled
def fill(y, to, pixels, step, value):
    """Writes the number to so many blocks."""
    for p in range(pixels):
        store(y, to + p * step, filled(float32(value)))


@compiled
def arrange_maps(weights, turned, taps):
    """Writes the kernels of a depthwise convolution turned round, for the input's gradient."""
    for k in range(len(weights)):
        turned[k] = weights[k // taps * taps + taps - 1 - k % taps]
