"""Imports of libraries that change what is the whole process's when they are loaded."""

import importlib
import os
import random
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from train.shared import Shared


@contextmanager
def _deprecations_left_out() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


_filters = Shared(_deprecations_left_out)  # which all threads of a process have together


def without_deprecations() -> AbstractContextManager[None]:
    """Has nothing told of what a library uses that is deprecated, which would end the process of a caller who has
    warnings be errors; afterwards the warnings' filters are as they were."""
    return _filters.within()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Has imports leave Python's random state, the warnings' filters and the environment as they were.

    scikit-learn 1.9 draws random numbers and sets a variable when it is loaded; torch, SciPy and plotly add filters.
    What of theirs is deprecated is not told.
    """
    state, environment = random.getstate(), dict(os.environ)
    try:
        with without_deprecations():
            yield
    finally:
        random.setstate(state)
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]


def load(*modules: str) -> None:
    """Imports the modules, where they are not loaded yet, as within `undisturbed`."""
    with undisturbed():
        for module in modules:
            importlib.import_module(module)
