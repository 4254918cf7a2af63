"""Compiles the whole engine before the first training of an installation, by one process while others wait."""

from collections.abc import Iterator

import torch
from filelock import Timeout

from space.architecture import Architecture
from train.device import Precision
from train.fast.compiling import folder, places
from train.fast.engine import BlockNetwork
from train.fast.process import prepared
from train.fast.uncompiled import CannotCompile
from train.files.locks import one_at_a_time
from train.model import build

_ONE_OF_EACH = (
    "1x12x12 c4 prelu bn silu do0.1 c6k5p2g2b gbn2 relu d2d0.1 mp [ c6k3p1g6 bn relu c6k1 bn ] relu mpb ap1 "
    "[ c6k1 ] { c4k1 } bn c3k1b gap"
)


def make_ready(precision: Precision) -> Iterator[str]:
    """Compiles what is not compiled yet; yields a line on what will take a while before it does.

    One process compiles and others wait for it. A process that does not call this compiles as it goes, for itself.

    Raises:
        CannotCompile: Compiled code cannot be stored.
    """
    try:
        yield from _made_ready(precision)
    except OSError as error:  # a full disk, or a folder that may no longer be written
        raise CannotCompile(
            f"the compiled engine cannot be stored in {folder()} ({error.strerror or error}); make room there, see "
            f"that you may write there, or name another folder in NUMBA_CACHE_DIR"
        ) from None


def _made_ready(precision: Precision) -> Iterator[str]:
    done = folder() / f"{precision}.compiled"
    if done.exists():
        return
    if done.parent.parent not in places():
        yield f"compiled code cannot be stored in {' or '.join(map(str, places()))}, and goes to {done.parent}"
    lock = one_at_a_time(folder() / "engine")  # for both precisions: numba's index of what it stored has no lock
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield "waiting for another process that compiles the engine"
        lock.acquire()
    try:
        if not done.exists():
            yield f"compiling the engine for {precision} on this processor, once an installation: 20 to 40 s"
            _compile(precision)
            done.touch()
    finally:
        lock.release()


def _compile(precision: Precision) -> None:
    """Runs one of each layer forward and back, which compiles every loop for the numbers of that precision."""
    architecture = Architecture.parse(_ONE_OF_EACH)
    with prepared():  # the process may be the caller's, who has set torch otherwise
        network = BlockNetwork(build(architecture, seed=0), architecture.image, torch.Generator(), precision)
        images = torch.zeros(3, *architecture.image)
        network.train()(images).sum().backward()
        network.eval()(images)
