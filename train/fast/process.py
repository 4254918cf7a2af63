"""Sets how a process computes while it trains: on one thread, without denormal numbers, retaining its memory."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch

_Step = TypeVar("_Step")
_MALLOPT = {"M_TRIM_THRESHOLD": -1, "M_TOP_PAD": -2, "M_MMAP_THRESHOLD": -3}  # numbers in glibc's malloc.h
_RETAINED_BYTES = 1 << 29
_PRIMITIVES = 200  # compiled convolutions that oneDNN retains: two networks' worth; its own default is 1,024


def prepare() -> None:
    """Sets up a process of our own to train, for ever: one thread, and freed memory retained for the next step.

    glibc gives large blocks back to the kernel when they are freed, and the next step pays for touching
    fresh pages: a quarter of an epoch (docs/log.md). Other C libraries are left as they are.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(_PRIMITIVES))  # read at the first convolution
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if mallopt := _c_function("mallopt"):
        for number in _MALLOPT.values():
            mallopt(number, _RETAINED_BYTES)


@contextmanager
def prepared() -> Iterator[None]:
    """Computes within it what a prepared process would, bit for bit, and puts back what it set.

    For a process that is somebody else's. Only what changes results is set, the number of threads and denormal
    numbers, and of the latter those of the calling thread; the allocator and oneDNN's cache, which change speed and
    cannot be put back, are left alone.
    """
    threads, flushed = torch.get_num_threads(), _denormals_are_flushed()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(flushed)
        torch.set_num_threads(threads)


def prepared_steps(steps: Iterator[_Step]) -> Iterator[_Step]:
    """Yields what `steps` does, each of them computed as within `prepared`; between two nothing is left changed."""
    while True:
        with prepared():
            try:
                step = next(steps)
            except StopIteration:
                return
        yield step


def _denormals_are_flushed() -> bool:
    """Returns what `torch.set_flush_denormal` was last given; torch has no function that says so."""
    return (torch.tensor([1e-39]) * 0.5).item() == 0  # float32's smallest normal number is 1.2e-38


def tidy() -> None:
    """Gives back the memory that a training has left; call it between two.

    Or memory grows with the largest network so far, and with the gaps between blocks of different ones.
    """
    gc.collect()
    if trim := _c_function("malloc_trim"):
        trim(0)


def _c_function(name: str) -> Any:
    """Returns a function of glibc's, or None where the C library is another or cannot be asked."""
    try:
        import ctypes

        return getattr(ctypes.CDLL(None), name, None)
    except (ImportError, OSError, TypeError):  # Windows has no library of all that is loaded: a TypeError
        return None
