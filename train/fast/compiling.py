"""Compiles the loops of this folder (numba), and stores them for the next process."""

from numba import njit


def compiled(function):
    """Compiles a loop, and stores it on disk for the next process where there is a folder for it.

    That is beside the function's file or in the user's cache; where neither can be written it is compiled anew,
    which takes seconds. numba notices a change of the function's own file only, not of files that it takes inlined
    functions from: after a change in bfloat16.py, remove what is in train/fast/__pycache__.
    """
    try:
        return njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(error_model="numpy")(function)


def inlined(function):
    """Compiles a piece of a loop, which is put where it is called: blocks are not handed over through memory."""
    return njit(error_model="numpy", forceinline=True)(function)
