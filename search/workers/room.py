"""What this machine has room for: the cores and the free memory that this process may use."""

import contextlib
import os
import re
from pathlib import Path

from search.errors import UserError

WORKER_BYTES = 800 * 2**20  # of resident memory, at its peak (docs/log.md)
_CONTROL_GROUP = Path("/sys/fs/cgroup")


def parse_workers(text: str, *, here: bool = True) -> int:
    """Read a number of workers, of which `auto` is one for each core that this process may use, as far as they fit
    into free memory, which counts only for workers that are to run `here`.

    Raises:
        UserError: No such number, or more workers than fit.
    """
    free = free_bytes() if here else None
    fit = 999 if free is None else max(1, free // WORKER_BYTES)
    if text == "auto":
        return min(cores(), fit)
    if not re.fullmatch("[0-9]{1,3}", text) or int(text) < 1:
        raise UserError(f"`workers` must be `auto` or a whole number from 1 to 999, not {text!r}")
    if free is not None and int(text) > fit:
        raise UserError(
            f"`workers` {text} need about {int(text) * WORKER_BYTES / 2**30:.1f} GiB of memory and "
            f"{free / 2**30:.1f} GiB are free, which is enough for {fit}; use `workers` {fit} or fewer"
        )
    return int(text)


def cores() -> int:
    """Count the cores that this process may use, or those of the machine where the system tells no more."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_bytes() -> int | None:
    """Measure the memory that is free, or is left to this control group where that is less; None where unknown."""
    known = [size for size in (_of_machine(), _of_control_group()) if size is not None]
    return min(known, default=None)


def _of_machine() -> int | None:
    with contextlib.suppress(ImportError, NotImplementedError, OSError):  # psutil or its files are missing
        import psutil

        return psutil.virtual_memory().available
    return None


def _of_control_group() -> int | None:
    """Read version 2 of Linux's control groups; caches that can be dropped count as free."""
    with contextlib.suppress(OSError, ValueError, KeyError):  # ValueError where the limit is "max"
        limit, used = (int((_CONTROL_GROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        caches = dict(line.split() for line in (_CONTROL_GROUP / "memory.stat").read_text().splitlines())
        return limit - used + int(caches["inactive_file"])
    return None
