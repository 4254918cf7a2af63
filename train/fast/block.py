# pyright: reportCallIssue=false, reportArgumentType=false, reportAttributeAccessIssue=false
# ruff: noqa: ARG001, ARG005, an intrinsic has the arguments of what it stands for
"""A block of images as one value of compiled loops: so many float32 numbers side by side, with arithmetic.

numba knows numbers and arrays; here it learns of a vector of LLVM's, which that cuts into the machine's registers. An
array is flat, and a block lies at an offset in it.
"""

from typing import Any

from llvmlite import ir
from numba import float32, int64, types, uint32
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

from train.fast.machine import LANES

INT8, INT16, INT32, INT64, FLOAT, DOUBLE = (
    ir.IntType(8),
    ir.IntType(16),
    ir.IntType(32),
    ir.IntType(64),
    ir.FloatType(),
    ir.DoubleType(),
)
VECTOR = ir.VectorType(FLOAT, LANES)
BITS = ir.VectorType(INT32, LANES)
DOUBLES = ir.VectorType(DOUBLE, LANES)


class _Block(types.Type):
    """The type of a block, for numba."""

    def __init__(self) -> None:
        super().__init__("Block")


block = _Block()


@register_model(_Block)
class _BlockModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)


def element(context, builder, array_type, array, offset):
    """Returns where the array's element of that number lies."""
    return builder.gep(context.make_array(array_type)(context, builder, array).data, [offset])


def vectors(builder, place, vector=VECTOR):
    """Returns a place as that of vectors."""
    return builder.bitcast(place, vector.as_pointer())


def spread(builder, number, lanes=LANES):
    """Returns a vector that has the number in every lane."""
    vector = ir.VectorType(number.type, lanes)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, ir.Constant(INT32, 0))
    zeros = ir.Constant(ir.VectorType(INT32, lanes), [0] * lanes)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)


def constant(number, vector=VECTOR):
    """Returns a vector that has the known number in every lane."""
    return ir.Constant(vector, [number] * vector.count)


def multiply_add(builder, x, y, z):
    """Returns x * y + z, rounded once; by the intrinsic's name, as LLVM makes calls of a bare `fma` of vectors."""
    kind = ir.FunctionType(x.type, [x.type] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{x.type.count}f32")
    return builder.call(function, [x, y, z])


def read_numbers(builder, place, lanes=LANES):
    """Returns as many float32 numbers side by side, of as many bfloat16's where the place is of 16 bits."""
    if place.type.pointee == FLOAT:
        return builder.load(vectors(builder, place, ir.VectorType(FLOAT, lanes)), align=4)
    bits = builder.load(vectors(builder, place, ir.VectorType(INT16, lanes)), align=2)
    wide = ir.VectorType(INT32, lanes)
    return builder.bitcast(builder.shl(builder.zext(bits, wide), constant(16, wide)), ir.VectorType(FLOAT, lanes))


def write_numbers(builder, x, place):
    """Writes a vector of float32 numbers, rounded to bfloat16 where the place is of 16 bits."""
    lanes = x.type.count
    if place.type.pointee == FLOAT:
        builder.store(x, vectors(builder, place, x.type), align=4)
        return
    bits = builder.trunc(rounded(builder, x), ir.VectorType(INT16, lanes))
    builder.store(bits, vectors(builder, place, bits.type), align=2)


def rounded(builder, x):
    """Returns the bits of bfloat16 numbers, in 32 bits each: the nearest, ties to even."""
    wide = ir.VectorType(INT32, x.type.count)
    bits, half = builder.bitcast(x, wide), constant(16, wide)
    odd = builder.and_(builder.lshr(bits, half), constant(1, wide))
    return builder.lshr(builder.add(bits, builder.add(odd, constant(0x7FFF, wide))), half)


@intrinsic
def bits_of(typing, number):
    """Returns the bits of a float32 number rounded to bfloat16."""

    def build(context, builder, signature, arguments):
        one = builder.insert_element(
            ir.Constant(ir.VectorType(FLOAT, 1), ir.Undefined), arguments[0], ir.Constant(INT32, 0)
        )
        return builder.extract_element(rounded(builder, one), ir.Constant(INT32, 0))

    return uint32(float32), build


@intrinsic
def load(typing, array, offset):
    """Returns the block at the offset."""

    def build(context, builder, signature, arguments):
        return read_numbers(builder, element(context, builder, signature.args[0], *arguments))

    return block(array, int64), build


@intrinsic
def store(typing, array, offset, x):
    """Writes the block to the offset."""

    def build(context, builder, signature, arguments):
        write_numbers(builder, arguments[2], element(context, builder, signature.args[0], *arguments[:2]))
        return context.get_dummy_value()

    return types.void(array, int64, block), build


@intrinsic
def filled(typing, number):
    """Returns a block that has the number for every image."""
    return block(float32), lambda context, builder, signature, arguments: spread(builder, arguments[0])


@intrinsic
def add(typing, x, y):
    return block(block, block), lambda context, builder, signature, arguments: builder.fadd(*arguments)


@intrinsic
def multiply(typing, x, y):
    return block(block, block), lambda context, builder, signature, arguments: builder.fmul(*arguments)


@intrinsic
def fma(typing, x, y, z):
    """Returns x * y + z, rounded once."""
    signature = block(block, block, block)
    return signature, lambda context, builder, signature, arguments: multiply_add(builder, *arguments)


@intrinsic
def bent(typing, x, slope):
    """Returns x where it is above zero, and slope * x below: a relu of slope 0, parametric or leaky otherwise."""

    def build(context, builder, signature, arguments):
        x, slope = arguments
        return builder.select(builder.fcmp_ordered("<", x, constant(0.0)), builder.fmul(x, slope), x)

    return block(block, block), build


@intrinsic
def positive(typing, x):
    """Returns x where it is above zero, and zero below; a nan stays one."""

    def build(context, builder, signature, arguments):
        return builder.select(builder.fcmp_ordered("<", arguments[0], constant(0.0)), constant(0.0), arguments[0])

    return block(block), build


@intrinsic
def where_positive(typing, x, yes, no):
    """Returns `yes` where x is above zero, else `no`."""

    def build(context, builder, signature, arguments):
        x, yes, no = arguments
        return builder.select(builder.fcmp_ordered(">", x, constant(0.0)), yes, no)

    return block(block, block, block), build


@intrinsic
def sigmoid(typing, x):
    """Returns 1 / (1 + exp(-x)), to about 2 units in the last place."""
    return block(block), lambda context, builder, signature, arguments: _sigmoid(builder, arguments[0])


def _sigmoid(builder, x):
    # exp(-x) = 2**n exp(r): n is -x / ln 2 rounded, r what is left, and its exponential a polynomial (Cephes, expf).
    low, high = constant(-87.0), constant(87.0)
    y = builder.fneg(x)
    y = builder.select(builder.fcmp_ordered("<", y, low), low, y)
    y = builder.select(builder.fcmp_ordered(">", y, high), high, y)
    shift = constant(float(3 << 22))  # adding it leaves a whole number in the last bits
    rounded = builder.fsub(multiply_add(builder, y, constant(1.44269504088896341), shift), shift)
    rest = multiply_add(builder, rounded, constant(-0.693359375), y)
    rest = multiply_add(builder, rounded, constant(2.12194440e-4), rest)
    power = constant(1.9875691500e-4)
    for factor in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1):
        power = multiply_add(builder, power, rest, constant(factor))
    power = multiply_add(builder, power, builder.fmul(rest, rest), builder.fadd(rest, constant(1.0)))
    whole = builder.fptosi(rounded, BITS)
    scale = builder.bitcast(builder.shl(builder.add(whole, constant(127, BITS)), constant(23, BITS)), VECTOR)
    return builder.fdiv(constant(1.0), multiply_add(builder, power, scale, constant(1.0)))


@intrinsic
def draw(typing, place, key0, key1, threshold):
    """Returns for the elements of a block whether dropout lets them pass, a bit each; place: of the first of them.

    It is a hash with two multiplications (lowbias32 of Chris Wellons, nullprogram.com/blog/2018/07/31), the second
    key between them, and lets pass what is not below the threshold.
    """

    def build(context, builder, signature, arguments):
        place, key0, key1, threshold = arguments
        lane = ir.Constant(BITS, list(range(LANES)))
        bits = builder.xor(builder.add(spread(builder, place), lane), spread(builder, key0))
        bits = builder.xor(bits, builder.lshr(bits, constant(16, BITS)))
        bits = builder.mul(bits, constant(0x7FEB352D, BITS))
        bits = builder.xor(bits, builder.lshr(bits, constant(15, BITS)))
        bits = builder.mul(builder.add(bits, spread(builder, key1)), constant(0x846CA68B, BITS))
        passes = builder.bitcast(builder.icmp_unsigned(">=", bits, spread(builder, threshold)), ir.IntType(LANES))
        return passes if LANES == 32 else builder.zext(passes, INT32)

    return uint32(uint32, uint32, uint32, uint32), build


@intrinsic
def passed(typing, x, bits, gain):
    """Returns x * gain where the image's bit is set, else zero."""

    def build(context, builder, signature, arguments):
        x, bits, gain = arguments
        bits = bits if LANES == 32 else builder.trunc(bits, ir.IntType(LANES))
        passes = builder.bitcast(bits, ir.VectorType(ir.IntType(1), LANES))
        return builder.select(passes, builder.fmul(x, spread(builder, gain)), constant(0.0))

    return block(block, uint32, float32), build


@intrinsic
def add_doubles(typing, array, offset, x):
    """Adds the block to as many float64 numbers at the offset."""

    def build(context, builder, signature, arguments):
        place = vectors(builder, element(context, builder, signature.args[0], *arguments[:2]), DOUBLES)
        total = builder.fadd(builder.load(place, align=8), builder.fpext(arguments[2], DOUBLES))
        builder.store(total, place, align=8)
        return context.get_dummy_value()

    return types.void(array, int64, block), build
