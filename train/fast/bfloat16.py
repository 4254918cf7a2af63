# pyright: reportCallIssue=false, reportRedeclaration=false
# ruff: noqa: ARG001, an overload has the arguments of what it stands for
"""Reads and writes activations in memory, float32 or bfloat16, as torch has them and as compiled loops do.

numpy knows no bfloat16: uint16 arrays hold its bits.
"""

import numpy as np
import torch
from llvmlite import ir
from numba import float32, types, uint32
from numba.extending import intrinsic, overload
from torch import Tensor


def numbers_of(x: Tensor) -> np.ndarray:
    """Returns the memory of x: float32, or uint16 with the bits of bfloat16."""
    x = x.detach()
    return x.view(torch.int16).numpy().view(np.uint16) if x.dtype == torch.bfloat16 else x.numpy()


def tensor_of(numbers: np.ndarray) -> Tensor:
    """Returns the tensor whose memory `numbers` is."""
    if numbers.dtype == np.uint16:
        return torch.from_numpy(numbers.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(numbers)


@intrinsic
def _as_float(_context, _bits):
    return float32(uint32), lambda _c, builder, _s, args: builder.bitcast(args[0], ir.FloatType())


@intrinsic
def _as_bits(_context, _value):
    return uint32(float32), lambda _c, builder, _s, args: builder.bitcast(args[0], ir.IntType(32))


def read(number):
    """Returns a stored number as float32; for compiled loops."""


def write(value, numbers, index):
    """Stores a float32, rounded to the nearest (ties to even) where bfloat16 is stored; for compiled loops."""


@overload(read, inline="always")
def _read_as(number):
    if number == types.uint16:
        return lambda number: _as_float(uint32(uint32(number) << uint32(16)))
    return lambda number: number


@overload(write, inline="always")
def _write_as(value, numbers, index):
    if numbers.dtype != types.uint16:

        def store(value, numbers, index):
            numbers[index] = value
    else:

        def store(value, numbers, index):
            bits = _as_bits(float32(value))
            half = uint32(0x7FFF) + uint32(uint32(bits >> uint32(16)) & uint32(1))
            numbers[index] = np.uint16(uint32(bits + half) >> uint32(16))

    return store
