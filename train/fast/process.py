"""Sets how a process computes while it trains: on one thread, without denormal numbers, retaining its memory."""

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import torch

from train.shared import Shared

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
def _one_thread_and_float32() -> Iterator[None]:
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_default_dtype(dtype)


_shared = Shared(_one_thread_and_float32)  # by all threads of a process


@contextmanager
def prepared() -> Iterator[None]:
    """Computes within it what a prepared process would, bit for bit, and puts back what it set.

    For a process that is somebody else's, who may have set torch otherwise. Only what changes results is set: of the
    process the number of threads and the default type, of the calling thread denormal numbers, gradients, autocast
    and the default device. The allocator and oneDNN's cache, which change speed and cannot be put back, are left.
    """
    with _shared.within(), ExitStack() as own:
        own.callback(torch.set_flush_denormal, _denormals_are_flushed())
        torch.set_flush_denormal(True)
        own.enter_context(torch.inference_mode(False))
        own.enter_context(torch.enable_grad())
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                own.enter_context(torch.autocast(device, enabled=False))
        if torch.get_default_device().type != "cpu":
            own.enter_context(torch.device("cpu"))
        yield


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
    small = torch.tensor([1e-39], dtype=torch.float32, device="cpu")
    return (small * 0.5).item() == 0  # float32's smallest normal number is 1.2e-38


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
