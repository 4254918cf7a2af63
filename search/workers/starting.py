"""How processes of ours start beside a script of the user's."""

import contextlib
import sys
import types
from collections.abc import Iterator


@contextlib.contextmanager
def without_main() -> Iterator[None]:
    """Have processes that start meanwhile not run the caller's script again, as they do to find what it defines
    (get_preparation_data in multiprocessing/spawn.py): they need nothing of it, and it may search without asking
    whether it is `__main__`."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
