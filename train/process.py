"""What a process that trains sets once, where it starts."""

import ctypes

import torch

_MALLOPT = {"M_TRIM_THRESHOLD": -1, "M_TOP_PAD": -2, "M_MMAP_THRESHOLD": -3}  # numbers in glibc's malloc.h
_KEPT_BYTES = 1 << 29


def prepare() -> None:
    """One thread, and freed memory kept for the next step.

    glibc gives large blocks back to the kernel when they are freed, and the next step pays for touching
    fresh pages: a quarter of an epoch (docs/log.md). Other C libraries are left as they are.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for number in _MALLOPT.values():
            mallopt(number, _KEPT_BYTES)
