"""How a caller in Python reaches ours: under our names, with errors that speak of arguments."""

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ParamSpec, TypeVar

from results.findings.selection import NothingFinished
from search.api.arguments import check_kind
from search.errors import CALLS, StorageAway, UserError
from space.invalid import InvalidDesign
from thimble import pickles as pickles  # whose values are pickled so
from thimble.names import with_ours
from train.data.bad_data import BadData
from train.device import BadDevice
from train.fast.uncompiled import CannotCompile
from train.importing import load

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_FIELD = re.compile(r"`([a-z][a-z_]*)`")
_CALL = re.compile(r"`([a-z]+)\(([^`]*)\)`")
_ARGUMENTS = {"study": "folder", "dataset": "data"}  # of a search, where they are not called as the fields are
_CALLS = {
    "run": "thimble.Search({}).run()",
    "table": "study.leaderboard()",
    "list": "thimble.studies()",
}  # what a message recommends, as a caller in Python has it


def public(function: Callable[P, R]) -> Callable[P, R]:
    """Makes a function one of those that users call: it runs under our names, and its errors speak of arguments."""

    code = getattr(inspect.unwrap(function), "__code__", None)
    own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
    placed = own[: code.co_argcount] if code else ()
    arguments = {field: argument for field, argument in _ARGUMENTS.items() if field not in own}
    kinds: dict[str, Any] = getattr(function, "__annotations__", {})

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with with_ours():
            try:
                for name, value in (*zip(placed, args, strict=False), *kwargs.items()):
                    check_kind(name, value, kinds.get(name))
                return function(*args, **kwargs)
            except (UserError, BadData, BadDevice, CannotCompile, InvalidDesign, StorageAway) as error:
                error.args = (in_arguments(str(error), arguments),)
                raise
            except NothingFinished as error:
                said = f"study {error.study} has {error.has}; `run()` goes on with it"
                error.args = (in_arguments(said, arguments),)
                raise

    if "." not in getattr(function, "__qualname__", "."):  # a pickle names it as the user does
        call.__module__ = "thimble"
    return call


def steps(function: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """Makes a function whose result is iterated one of those that users call: it begins at once, each step is such a
    call, and between two of them nothing is of ours."""

    @public
    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return _steps(function(*args, **kwargs))

    return call


def _steps(every: Iterator[T]) -> Iterator[T]:
    step = public(functools.partial(next, every, _END))
    while (value := step()) is not _END:
        yield value  # type: ignore[misc]


_END = object()


def load_heavy(*more: str) -> None:
    """Imports what a call that trains or reads networks needs, without a trace in what is the caller's."""
    load("torch", "optuna", "scipy.stats", *more)


def in_arguments(message: str, arguments: Mapping[str, str] = _ARGUMENTS) -> str:
    """Returns the message as a caller in Python reads it: fields in backticks as arguments, calls as Python's."""
    message = _CALL.sub(_call, message)
    return _FIELD.sub(lambda field: f"`{arguments.get(field[1], field[1])}`", message)


def _call(found: re.Match[str]) -> str:
    if found[1] not in CALLS:
        return found[0]
    return f"`{_CALLS[found[1]].format('...' if 'study=' in found[2] else found[2] or '...')}`"
