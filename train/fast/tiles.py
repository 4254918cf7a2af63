# pyright: reportCallIssue=false, reportArgumentType=false, reportAttributeAccessIssue=false
# ruff: noqa: ARG001, an intrinsic has the arguments of what it stands for
"""Sums of products that stay in registers: the innermost loops of convolutions, for each size of a tile.

The size is known when the loops run. LLVM gets a switch with a branch for every size, generated from a range, in each
of which all loops over the tile are unrolled.
"""

from contextlib import contextmanager

from llvmlite import ir
from numba import int64, types
from numba.core import cgutils
from numba.extending import intrinsic

from train.fast.block import FLOAT, INT64, VECTOR, constant, element, multiply_add, spread, vectors
from train.fast.machine import LANES, REGISTER, TILE

OUTER = (4, 6) if TILE == 12 else (3, 3)  # outgoing channels, and incoming places, of a tile of weight gradients
_HALF = ir.VectorType(FLOAT, REGISTER)


def number(value):
    """Returns the known whole number as LLVM has it."""
    return ir.Constant(INT64, value)


def halves(builder, place, offset):
    """Returns the place `offset` further as that of half blocks, which fill a register."""
    return vectors(builder, builder.gep(place, [offset]), _HALF)


def zero_half():
    """Returns half a block of zeros."""
    return constant(0.0, _HALF)


def read(builder, place):
    """Returns what lies at the place, wherever numbers may lie."""
    return builder.load(place, align=4)


def write(builder, value, place):
    """Writes to the place, wherever numbers may lie."""
    builder.store(value, place, align=4)


@contextmanager
def cases(builder, value, sizes):
    """Yields a function that builds a branch for each size; the last one is taken where no other is."""
    after = builder.append_basic_block("after")
    blocks = {size: builder.append_basic_block(f"size{size}") for size in sizes}
    switch = builder.switch(value, blocks[sizes[-1]])
    for size in sizes[:-1]:
        switch.add_case(number(size), blocks[size])

    def built(build):
        for size, branch in blocks.items():
            builder.position_at_end(branch)
            build(size)
            builder.branch(after)

    yield built
    builder.position_at_end(after)


@intrinsic
def sum_products(
    typing, size, pixels, x, at, step, first, apart, mask, rows, row, taps, tap, channels, w, of, w_row, w_tap,
    stride, y, to, y_step, bias, biased,
):  # fmt: skip
    """Writes `size` blocks to y for each of so many pixels: sums over rows, taps and channels of x times w.

    Of pixel p, row r, tap t and channel c, a block of x is read at `at` + p * `step` + ((`first` + r * `apart`) &
    `mask`) * `row` + t * `tap` + c * LANES, and `size` numbers of w from `of` + r * `w_row` + t * `w_tap` + c *
    `stride` on; the sums are written from `to` + p * `y_step` on. Where `biased` is above 0, they begin at the
    numbers of `bias` from `biased` - 1 on.
    """
    signature = types.void(
        int64, int64, x, int64, int64, int64, int64, int64, int64, int64, int64, int64, int64, w, int64, int64, int64,
        int64, y, int64, int64, bias, int64,
    )  # fmt: skip

    def build(context, builder, signature, arguments):
        (
            size, pixels, x, at, step, first, apart, mask, rows, row, taps, tap, channels, w, of, w_row, w_tap,
            stride, y, to, y_step, bias, biased,
        ) = arguments  # fmt: skip
        kinds = signature.args
        source = element(context, builder, kinds[2], x, at)
        weights = element(context, builder, kinds[13], w, of)
        target = element(context, builder, kinds[18], y, to)
        begin = element(context, builder, kinds[21], bias, builder.sub(biased, number(1)))

        def times(*pairs):
            """Returns the sum of products of pairs of whole numbers."""
            total = number(0)
            for a, b in pairs:
                total = builder.add(total, builder.mul(a, b))
            return total

        def tile(count):
            sums = [cgutils.alloca_once(builder, VECTOR) for _ in range(count)]
            with cgutils.for_range(builder, pixels) as p:
                for total in sums:
                    builder.store(constant(0.0), total)
                with builder.if_then(builder.icmp_signed(">", biased, number(0))):
                    for place, total in enumerate(sums):
                        builder.store(spread(builder, builder.load(builder.gep(begin, [number(place)]))), total)
                with cgutils.for_range(builder, rows) as r, cgutils.for_range(builder, taps) as t:
                    line = builder.and_(builder.add(first, builder.mul(r.index, apart)), mask)
                    u = builder.gep(source, [times((p.index, step), (line, row), (t.index, tap))])
                    v = builder.gep(weights, [times((r.index, w_row), (t.index, w_tap))])
                    with cgutils.for_range(builder, channels) as c:
                        value = builder.gep(u, [builder.mul(c.index, number(LANES))])
                        value = builder.load(vectors(builder, value), align=4)
                        numbers = builder.gep(v, [builder.mul(c.index, stride)])
                        for place, total in enumerate(sums):
                            factor = read(builder, builder.gep(numbers, [number(place)]))
                            builder.store(
                                multiply_add(builder, value, spread(builder, factor), builder.load(total)), total
                            )
                out = builder.gep(target, [builder.mul(p.index, y_step)])
                for place, total in enumerate(sums):
                    builder.store(
                        builder.load(total), vectors(builder, builder.gep(out, [number(place * LANES)])), align=4
                    )

        with cases(builder, size, range(1, TILE + 1)) as built:
            built(tile)
        return context.get_dummy_value()

    return signature, build


@intrinsic
def add_outer(typing, outs, ins, g, of, g_step, x, at, x_step, count, sums, to, stride):
    """Adds to outs x ins half blocks of sums the products of blocks of g and of x, over `count` pixels.

    g is read at `of` + pixel * `g_step` + out * LANES, x at `at` + pixel * `x_step` + in * LANES; a sum has REGISTER
    lanes, to which both halves of a block are added, and lies at `to` + out * `stride` + in * REGISTER.
    """
    signature = types.void(int64, int64, g, int64, int64, x, int64, int64, int64, sums, int64, int64)

    def build(context, builder, signature, arguments):
        outs, ins, g, of, g_step, x, at, x_step, count, sums, to, stride = arguments
        kinds = signature.args
        above = element(context, builder, kinds[2], g, of)
        below = element(context, builder, kinds[5], x, at)
        totals = element(context, builder, kinds[9], sums, to)
        most_out, most_in = OUTER
        which = builder.add(builder.mul(outs, number(most_in + 1)), ins)

        def half(place, offset):
            return vectors(builder, builder.gep(place, [offset]), _HALF)

        with cases(
            builder, which, [o * (most_in + 1) + i for o in range(1, most_out + 1) for i in range(1, most_in + 1)]
        ) as built:

            def tile(size):
                pairs = [(o, i) for o in range(size // (most_in + 1)) for i in range(size % (most_in + 1))]
                place = {
                    (o, i): half(totals, builder.add(builder.mul(stride, number(o)), number(i * REGISTER)))
                    for o, i in pairs
                }
                kept = {pair: cgutils.alloca_once(builder, _HALF) for pair in pairs}
                for pair in pairs:
                    builder.store(builder.load(place[pair], align=4), kept[pair])
                with cgutils.for_range(builder, count) as pixel:
                    u = builder.gep(above, [builder.mul(pixel.index, g_step)])
                    v = builder.gep(below, [builder.mul(pixel.index, x_step)])
                    for part in range(0, LANES, REGISTER):
                        read = [
                            builder.load(half(v, number(i * LANES + part)), align=4)
                            for i in range(size % (most_in + 1))
                        ]
                        for o in range(size // (most_in + 1)):
                            grad = builder.load(half(u, number(o * LANES + part)), align=4)
                            for i, value in enumerate(read):
                                total = builder.load(kept[o, i])
                                builder.store(multiply_add(builder, grad, value, total), kept[o, i])
                for pair in pairs:
                    builder.store(builder.load(kept[pair]), place[pair], align=4)

            built(tile)
        return context.get_dummy_value()

    return signature, build
