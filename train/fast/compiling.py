# pyright: reportCallIssue=false
"""Compiles the loops of this folder (numba), and stores them for the next process.

Where they are stored is a folder for these sources, versions and this processor, so that nothing else is ever run:
numba itself notices a change of a loop's own file, not of files that it takes inlined functions from.
"""

import hashlib
import os
import platform
import stat
import tempfile
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding
import numba
import numpy as np
from numba import config, njit

from train.fast.uncompiled import CannotCompile
from train.files.user_cache import user_cache

# Where a loop begins. What is called with a 0 as it is written is compiled once more for this one number; what is
# called with a number of numpy's is not.
START = np.int64(0)


def compiled(function):
    """Compiles a loop when it is first called, or reads it where that was done before."""
    loop = njit(error_model="numpy", no_cfunc_wrapper=True)(function)
    own, config.CACHE_DIR = config.CACHE_DIR, str(folder())  # type: ignore[attr-defined]
    try:
        loop.enable_caching()
    finally:
        config.CACHE_DIR = own  # type: ignore[attr-defined]
    return loop


def inlined(function):
    """Compiles a piece of a loop, which is put where it is called: blocks are not handed over through memory."""
    return njit(error_model="numpy", forceinline=True, no_cfunc_wrapper=True, no_cpython_wrapper=True)(function)


@cache
def folder() -> Path:
    """Returns the folder of compiled loops: beside the sources, or in the user's cache where that cannot be written.

    Where neither can it is one for temporary files.

    Raises:
        CannotCompile: Nor can that.
    """
    name = f"engine-{_key()}"
    for place in places():
        found = place / name
        try:
            found.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=found).close()
        except OSError:
            continue
        return found
    try:
        return _temporary(name)
    except OSError as error:
        raise CannotCompile(
            f"the compiled engine can be stored neither in {' nor '.join(map(str, places()))} nor in a folder for "
            f"temporary files ({error.strerror or error}); make room there, or name a folder in NUMBA_CACHE_DIR"
        ) from None


def places() -> list[Path]:
    """Returns the folders that compiled loops may be stored below, the best first."""
    own: str = config.CACHE_DIR  # type: ignore[attr-defined]
    return [Path(own)] if own else [Path(__file__).parent / "__pycache__", user_cache()]


def _key() -> str:
    """Returns a name of all that compiled code follows from."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    processor = llvmlite.binding.get_host_cpu_name(), llvmlite.binding.get_host_cpu_features().flatten()
    allowed = config.CPU_NAME, config.CPU_FEATURES  # type: ignore[attr-defined]
    told = repr((numba.__version__, llvmlite.__version__, platform.python_version(), *processor, *allowed))
    digest = hashlib.sha256(told.encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _temporary(name: str) -> Path:
    """Returns a folder that only this user can have written to, as what lies there will be run."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    found = Path(tempfile.gettempdir()) / f"thimble-{user}" / name
    found.parent.mkdir(mode=0o700, exist_ok=True)
    facts = found.parent.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != user or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return Path(tempfile.mkdtemp(prefix="thimble-"))
    found.mkdir(exist_ok=True)
    return found
