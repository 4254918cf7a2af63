# pyright: reportCallIssue=false, reportArgumentType=false, reportAttributeAccessIssue=false
"""Products of bfloat16 numbers, two at a time: `vdpbf16ps`, which adds them to 16 sums.

A pair are the same image's numbers in two channels, which lie in two blocks and are brought side by side here, or two
images' numbers in one channel, which lie side by side as they are.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils

from train.fast.block import FLOAT, INT16, INT32, rounded, spread
from train.fast.machine import LANES, REGISTER

_QUARTERS = range(0, LANES, 8)  # of a register of 16-bit numbers, within which its instructions stay


class _BFloat(ir.types.Type):
    """LLVM's type of bfloat16 numbers, which llvmlite has not."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, type(self))

    def __hash__(self) -> int:
        return hash("bfloat")


NUMBERS = ir.VectorType(INT16, LANES)
SUMS = ir.VectorType(FLOAT, REGISTER)
_PAIRS = ir.VectorType(_BFloat(), LANES)
_WORDS = ir.VectorType(INT32, REGISTER)


def read_bits(builder, place):
    """Returns the bits of the block at a place of 16-bit numbers."""
    return builder.load(builder.bitcast(place, NUMBERS.as_pointer()), align=2)


def side_by_side(builder, x, y):
    """Returns the pairs of two blocks: those of half of the images, and those of the others."""
    return [
        builder.shuffle_vector(x, y, _places(quarter + half + k for quarter in _QUARTERS for k in range(4)))
        for half in (0, 4)
    ]


def _places(images):
    places = [place for image in images for place in (image, LANES + image)]
    return ir.Constant(ir.VectorType(INT32, LANES), places)


def add_products(builder, sums, x, y):
    """Returns sums with the products of the pairs added."""
    kind = ir.FunctionType(SUMS, [SUMS, _PAIRS, _PAIRS])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512bf16.dpbf16ps.512")
    return builder.call(function, [sums, builder.bitcast(x, _PAIRS), builder.bitcast(y, _PAIRS)])


def everywhere(builder, pair):
    """Returns the pair, 32 bits, in every place."""
    return spread(builder, pair, REGISTER)


def write_sums(builder, sums, place):
    """Writes sums that were made of the pairs of `side_by_side` to a place of 16-bit numbers, in their order."""
    kind = ir.FunctionType(NUMBERS, [_WORDS, _WORDS])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.packusdw.512")
    bits = builder.call(function, [rounded(builder, half) for half in sums])
    builder.store(bits, builder.bitcast(place, NUMBERS.as_pointer()), align=2)
