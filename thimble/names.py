"""Our packages and a user's own modules in one process: each finds its own under the same names.

A user may have a `train.py`, `space.py`, `results/` or `search/`. During a call of ours the names `space`, `train`,
`results` and `search` are our packages'; between two calls, and during callbacks, they are whatever the user has. The
names are those of the whole process: while one thread is within a call, they are ours in every thread.
"""

import contextlib
import importlib.machinery
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("space", "train", "results", "search")


class _Nesting(threading.local):
    """How many calls of ours the current thread is within."""

    depth = 0


class _Names:
    """Who has the names: ours while any thread is within a call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # for the time of a change, never for that of a call
        self._within = 0  # calls, of all threads
        self._taken: list[str] = []  # names that are the user's between two calls
        self._theirs: dict[str, ModuleType] = {}  # modules of theirs, while the names are ours
        self._ours: dict[str, ModuleType] = {}  # the other way round
        self.leaving: list[Callable[[Iterable[tuple[str, ModuleType]]], None]] = []

    def enter(self, calls: int = 1) -> None:
        """Counts so many calls more; the first has our packages bear their names."""
        with self._lock:
            if self._within == 0 and calls:
                self._taken = [name for name in _PACKAGES if _is_the_users(name)]
                if self._taken:
                    self._theirs = _take_out(self._taken)
                    sys.modules.update(self._ours)
                    sys.path.insert(0, str(_ROOT))
            self._within += calls

    def leave(self, calls: int = 1) -> None:
        """Counts so many calls less; the last gives the names back."""
        with self._lock:
            self._within -= calls
            if self._within or not calls:
                return
            for look in self.leaving:
                look((name, sys.modules[name]) for name in list(sys.modules) if name.partition(".")[0] in _PACKAGES)
            if self._taken:
                with contextlib.suppress(ValueError):  # a call may have emptied the path
                    sys.path.remove(str(_ROOT))
                self._ours.update(_take_out(self._taken))
                sys.modules.update(self._theirs)
                self._taken, self._theirs = [], {}


_nesting, _names = _Nesting(), _Names()


def on_leaving(look: Callable[[Iterable[tuple[str, ModuleType]]], None]) -> None:
    """Has `look` called with our modules, by name, whenever no call is under way any more."""
    _names.leaving.append(look)


@contextlib.contextmanager
def with_ours() -> Iterator[None]:
    """Has our packages bear their names meanwhile, where a module of the user's own has one of them or would be found
    under it; where none does, they bear them for good, as any package. No other thread waits for it."""
    _names.enter()
    _nesting.depth += 1
    try:
        yield
    finally:
        _nesting.depth -= 1
        _names.leave()


@contextlib.contextmanager
def with_theirs() -> Iterator[None]:
    """Gives the names back meanwhile, within a call of ours, for a callback of the user's; as long as another thread
    is within a call, they stay ours."""
    depth, _nesting.depth = _nesting.depth, 0
    _names.leave(depth)
    try:
        yield
    finally:
        _names.enter(depth)
        _nesting.depth = depth


def _is_the_users(name: str) -> bool:
    loaded = sys.modules.get(name)
    spec = getattr(loaded, "__spec__", None) or importlib.machinery.PathFinder.find_spec(name)
    if spec is None:
        return loaded is not None  # a module made by hand
    places = [spec.origin] if spec.origin else [*(spec.submodule_search_locations or ())]
    return not any(Path(place).resolve().is_relative_to(_ROOT / name) for place in places)


def _take_out(packages: list[str]) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in packages]
    return {name: sys.modules.pop(name) for name in names}
