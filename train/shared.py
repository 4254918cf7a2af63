"""`Shared`: a context of a whole process, for any number of its threads at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager


class Shared:
    """A context for what all threads of a process have one of: the first to come enters it, the last to go leaves it.

    make: Makes the context, anew whenever somebody is the first.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[None]]) -> None:
        self._make = make
        self._lock = threading.Lock()  # for the time of a change, never for that of what is done within
        self._within = 0  # threads, or blocks of one

    @contextmanager
    def within(self) -> Iterator[None]:
        """Is in the context for as long as the block runs."""
        with self._lock:
            if self._within == 0:
                self._context = self._make()
                self._context.__enter__()
            self._within += 1
        try:
            yield
        finally:
            with self._lock:
                self._within -= 1
                if self._within == 0:
                    self._context.__exit__(None, None, None)
