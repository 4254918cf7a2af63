"""Imports of libraries that change what is the whole process's when they are loaded."""

import importlib
import os
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Has imports leave Python's random state, the warnings' filters and the environment as they were.

    scikit-learn 1.9 draws random numbers and sets a variable when it is loaded; torch, SciPy and plotly add filters.
    What of theirs is deprecated is not told, which would end the process of a caller who has warnings be errors.
    """
    state, environment = random.getstate(), dict(os.environ)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
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
