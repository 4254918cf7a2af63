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

from train.fast import pairs
from train.fast.block import (
    FLOAT,
    INT64,
    VECTOR,
    constant,
    element,
    multiply_add,
    read_numbers,
    spread,
    write_numbers,
)
from train.fast.machine import LANES, PAIRS, REGISTER, TILE

OUTER = (4, 6) if TILE == 12 else (3, 3)  # outgoing channels, and incoming places, of a tile of weight gradients
HALF = ir.VectorType(FLOAT, REGISTER)


def number(value):
    """Returns the known whole number as LLVM has it."""
    return ir.Constant(INT64, value)


def zero_half():
    """Returns half a block of zeros."""
    return constant(0.0, HALF)


def read_half(builder, place, offset):
    """Returns the half block, which fills a register, that lies `offset` numbers further."""
    return read_numbers(builder, builder.gep(place, [offset]), REGISTER)


def write_half(builder, value, place, offset):
    """Writes half a block to the place `offset` numbers further."""
    write_numbers(builder, value, builder.gep(place, [offset]))


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


class _Blocks:
    """Sums of blocks, in float32."""

    def __init__(self, builder, count: int) -> None:
        self.builder = builder
        self.sums = [cgutils.alloca_once(builder, VECTOR) for _ in range(count)]

    def begin(self, bias, biased) -> None:
        """Begins at zero, or at the numbers of `bias`."""
        builder = self.builder
        for total in self.sums:
            builder.store(constant(0.0), total)
        with builder.if_then(biased):
            for place, total in enumerate(self.sums):
                builder.store(spread(builder, builder.load(builder.gep(bias, [number(place)]))), total)

    def add(self, x, w, channels, stride) -> None:
        """Adds the products of so many blocks of x with the numbers of w, which are `stride` apart."""
        builder = self.builder
        with cgutils.for_range(builder, channels) as c:
            value = read_numbers(builder, builder.gep(x, [builder.mul(c.index, number(LANES))]))
            numbers = builder.gep(w, [builder.mul(c.index, stride)])
            for place, total in enumerate(self.sums):
                factor = spread(builder, builder.load(builder.gep(numbers, [number(place)]), align=4))
                builder.store(multiply_add(builder, value, factor, builder.load(total)), total)

    def write(self, y) -> None:
        for place, total in enumerate(self.sums):
            builder = self.builder
            write_numbers(builder, builder.load(total), builder.gep(y, [number(place * LANES)]))


class _Pairs:
    """Sums of blocks of bfloat16 numbers, of two channels at a time; w has pairs, of each number with the next."""

    def __init__(self, builder, count: int) -> None:
        self.builder = builder
        self.sums = [[cgutils.alloca_once(builder, HALF) for _ in range(2)] for _ in range(count)]

    def begin(self, bias, biased) -> None:
        builder = self.builder
        for half in (half for both in self.sums for half in both):
            builder.store(zero_half(), half)
        with builder.if_then(biased):
            for place, both in enumerate(self.sums):
                value = spread(builder, builder.load(builder.gep(bias, [number(place)])), REGISTER)
                for half in both:
                    builder.store(value, half)

    def add(self, x, w, channels, stride) -> None:
        builder = self.builder
        with cgutils.for_range(builder, builder.lshr(channels, number(1))) as c:
            at = builder.mul(c.index, number(2))
            one = builder.gep(x, [builder.mul(at, number(LANES))])
            other = pairs.read_bits(builder, builder.gep(one, [number(LANES)]))
            self._add(pairs.read_bits(builder, one), other, builder.gep(w, [builder.mul(at, stride)]))
        odd = builder.icmp_signed("!=", builder.and_(channels, number(1)), number(0))
        with builder.if_then(odd):
            at = builder.sub(channels, number(1))
            one = pairs.read_bits(builder, builder.gep(x, [builder.mul(at, number(LANES))]))
            self._add(one, constant(0, pairs.NUMBERS), builder.gep(w, [builder.mul(at, stride)]))

    def _add(self, one, other, w) -> None:
        builder = self.builder
        values = pairs.side_by_side(builder, one, other)
        for place, both in enumerate(self.sums):
            factor = pairs.everywhere(builder, builder.load(builder.gep(w, [number(place)]), align=4))
            for half, value in zip(both, values, strict=True):
                builder.store(pairs.add_products(builder, builder.load(half), value, factor), half)

    def write(self, y) -> None:
        builder = self.builder
        for place, both in enumerate(self.sums):
            pairs.write_sums(builder, [builder.load(half) for half in both], builder.gep(y, [number(place * LANES)]))


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
            make = _Pairs if kinds[13].dtype == types.uint32 else _Blocks
            sums = make(builder, count)
            with cgutils.for_range(builder, pixels) as p:
                sums.begin(begin, builder.icmp_signed(">", biased, number(0)))
                with cgutils.for_range(builder, rows) as r, cgutils.for_range(builder, taps) as t:
                    line = builder.and_(builder.add(first, builder.mul(r.index, apart)), mask)
                    u = builder.gep(source, [times((p.index, step), (line, row), (t.index, tap))])
                    v = builder.gep(weights, [times((r.index, w_row), (t.index, w_tap))])
                    sums.add(u, v, channels, stride)
                sums.write(builder.gep(target, [builder.mul(p.index, y_step)]))

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
        sizes = [o * (most_in + 1) + i for o in range(1, most_out + 1) for i in range(1, most_in + 1)]
        in_pairs = PAIRS and kinds[2].dtype == types.uint16

        def tile(size):
            wide, deep = divmod(size, most_in + 1)
            place = {
                (o, i): builder.add(builder.mul(stride, number(o)), number(i * REGISTER))
                for o in range(wide)
                for i in range(deep)
            }
            kept = {pair: cgutils.alloca_once(builder, HALF) for pair in place}
            for pair, offset in place.items():
                builder.store(read_half(builder, totals, offset), kept[pair])
            with cgutils.for_range(builder, count) as pixel:
                u = builder.gep(above, [builder.mul(pixel.index, g_step)])
                v = builder.gep(below, [builder.mul(pixel.index, x_step)])
                for part in range(0, LANES, LANES if in_pairs else REGISTER):
                    inputs = [_part(builder, v, i * LANES + part, in_pairs) for i in range(deep)]
                    for o in range(wide):
                        gradient = _part(builder, u, o * LANES + part, in_pairs)
                        for i, value in enumerate(inputs):
                            made = pairs.add_products if in_pairs else _add_product
                            builder.store(made(builder, builder.load(kept[o, i]), gradient, value), kept[o, i])
            for pair, offset in place.items():
                write_half(builder, builder.load(kept[pair]), totals, offset)

        with cases(builder, which, sizes) as built:
            built(tile)
        return context.get_dummy_value()

    return signature, build


def _part(builder, place, offset, in_pairs):
    """Returns what a product takes at once: half a block of numbers, or a whole one of bfloat16's bits."""
    if in_pairs:
        return pairs.read_bits(builder, builder.gep(place, [number(offset)]))
    return read_half(builder, place, number(offset))


def _add_product(builder, total, x, y):
    return multiply_add(builder, x, y, total)
