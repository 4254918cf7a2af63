# pyright: reportCallIssue=false, reportArgumentType=false, reportAttributeAccessIssue=false
# ruff: noqa: ARG001, an intrinsic has the arguments of what it stands for
"""Which of some blocks was the largest, a byte an image: what a max pool notes for the way back."""

from llvmlite import ir
from numba import int64
from numba.extending import intrinsic

from train.fast.block import INT8, block, constant, element, spread, vectors
from train.fast.machine import LANES

BYTES = ir.VectorType(INT8, LANES)


@intrinsic
def store_choice(typing, codes, offset, x, best, code):
    """Returns the larger of `best` and x, and writes the code, a byte, for the images where x is larger."""

    def build(context, builder, signature, arguments):
        codes, offset, x, best, code = arguments
        place = vectors(builder, element(context, builder, signature.args[0], codes, offset), BYTES)
        above = builder.or_(builder.fcmp_ordered(">", x, best), builder.fcmp_unordered("uno", x, x))
        byte = spread(builder, builder.trunc(code, INT8))
        builder.store(builder.select(above, byte, builder.load(place, align=1)), place, align=1)
        return builder.select(above, x, best)

    return block(codes, int64, block, block, int64), build


@intrinsic
def where_chosen(typing, x, codes, offset, shift, code):
    """Returns x for the images whose byte at the offset has the code in the two bits from `shift` on, else zero."""

    def build(context, builder, signature, arguments):
        x, codes, offset, shift, code = arguments
        place = vectors(builder, element(context, builder, signature.args[1], codes, offset), BYTES)
        bits = builder.lshr(builder.load(place, align=1), spread(builder, builder.trunc(shift, INT8)))
        same = builder.icmp_unsigned(
            "==", builder.and_(bits, constant(3, BYTES)), spread(builder, builder.trunc(code, INT8))
        )
        return builder.select(same, x, constant(0.0))

    return block(block, codes, int64, int64, int64), build
