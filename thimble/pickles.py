"""Pickles of our values that load wherever `import thimble` works, whatever the user's own modules are called.

A pickle names the module of each class in it, and the user's modules may be called as ours are. So a value of ours is
pickled as bytes, written and read while the names are ours; around them stands `thimble` alone. Copies go this way.
"""

import copyreg
import dataclasses
import io
import pickle
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from thimble.names import on_leaving, with_ours

_seen: set[str] = set()  # modules whose classes are known


def restored(content: bytes) -> Any:
    """Returns the value that was pickled."""
    with with_ours():
        return pickle.loads(content)


def _reduced(value: Any) -> tuple[Any, tuple[bytes]]:
    content = io.BytesIO()
    pickler = pickle.Pickler(content, protocol=4)
    pickler.dispatch_table = {kind: by for kind, by in copyreg.dispatch_table.items() if by is not _reduced}
    with with_ours():
        pickler.dump(value)
    return restored, (content.getvalue(),)


def _register(modules: Iterable[tuple[str, ModuleType]]) -> None:
    """Has values of the classes in these modules of ours, dataclasses, networks and errors, pickled so."""
    torch = sys.modules.get("torch.nn")
    network = getattr(torch, "Module", Exception)
    for name, module in modules:
        if name in _seen:
            continue
        _seen.add(name)
        for one in list(vars(module).values()):
            own = isinstance(one, type) and one.__module__ == name
            if own and (dataclasses.is_dataclass(one) or issubclass(one, (network, Exception))):
                copyreg.pickle(one, _reduced)  # type: ignore[arg-type]


on_leaving(_register)
