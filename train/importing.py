"""Imports of libraries that change what is the whole process's when they are loaded."""

import importlib
import os
import random
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class _Shared:
    """The filters of warnings, which all threads of a process have together, as they were before the first came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # for the time of a change, never for that of an import
        self._within = 0  # threads, or blocks of one
        self._before = warnings.catch_warnings()

    @contextmanager
    def without_deprecations(self) -> Iterator[None]:
        """Has them leave out what is deprecated as long as anybody is within; the last to leave puts them back."""
        with self._lock:
            if self._within == 0:
                self._before = warnings.catch_warnings()
                self._before.__enter__()
                warnings.simplefilter("ignore", DeprecationWarning)
            self._within += 1
        try:
            yield
        finally:
            with self._lock:
                self._within -= 1
                if self._within == 0:
                    self._before.__exit__(None, None, None)


_shared = _Shared()


@contextmanager
def without_deprecations() -> Iterator[None]:
    """Has nothing told of what a library uses that is deprecated, which would end the process of a caller who has
    warnings be errors; afterwards the warnings' filters are as they were."""
    with _shared.without_deprecations():
        yield


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
