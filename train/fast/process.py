"""What a process that trains sets once, where it starts."""

import ctypes
import gc
import os
from typing import Any

import torch

_MALLOPT = {"M_TRIM_THRESHOLD": -1, "M_TOP_PAD": -2, "M_MMAP_THRESHOLD": -3}  # numbers in glibc's malloc.h
_KEPT_BYTES = 1 << 29
_PRIMITIVES = 200  # compiled convolutions that oneDNN keeps: two networks' worth; its own default is 1,024


def prepare() -> None:
    """One thread, and freed memory kept for the next step.

    glibc gives large blocks back to the kernel when they are freed, and the next step pays for touching
    fresh pages: a quarter of an epoch (docs/log.md). Other C libraries are left as they are.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(_PRIMITIVES))  # read at the first convolution
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if mallopt := _c_library("mallopt"):
        for number in _MALLOPT.values():
            mallopt(number, _KEPT_BYTES)


def tidy() -> None:
    """Gives back what a training has left: call between two, or memory grows with the largest network so far and
    with the gaps between blocks of different ones."""
    gc.collect()
    if trim := _c_library("malloc_trim"):
        trim(0)


def _c_library(name: str) -> Any:
    """A function of glibc's, or None where the C library is another."""
    return getattr(ctypes.CDLL(None), name, None)
