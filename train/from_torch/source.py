"""Finds the class, function or module that `net.py:Net` or `package.module:Net` names."""

import difflib
import importlib
import inspect
import os
import sys
from types import ModuleType
from typing import Any

from torch import nn

from train.from_torch.bad_code import BadCode, Place
from train.from_torch.named import FILE, MODULE
from train.from_torch.surroundings import Surroundings, inside

_HOW = "name a class or function of a file as net.py:Net, or of a module as package.module:Net"


class Source:
    """What a text such as net.py:Net names.

    Attributes:
        text: As it came.
        surroundings: Where its code runs.
        found: The class, function or module.

    Raises:
        BadCode: It is not there, or its file fails when it is imported.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if match := FILE.fullmatch(os.path.expanduser(text)):
            self._file: str | None = match["file"]
            if not os.path.isfile(match["file"]):
                came = "is a folder" if os.path.isdir(match["file"]) else "does not exist"
                raise BadCode(f"the file {match['file']} {came}; {_HOW}")
            self.surroundings = Surroundings(os.path.dirname(os.path.abspath(match["file"])))
            where = match["file"]
        elif match := MODULE.fullmatch(text):
            self._file, where = None, match["module"]
            self.surroundings = Surroundings(os.path.abspath(os.curdir))
        else:
            raise BadCode(f"{text} names no code; {_HOW}")
        with self.surroundings.entered():
            module = self._imported(where)
            self.found = self._member(module, match["name"] or "", where)

    def _imported(self, where: str) -> ModuleType:
        try:
            return importlib.import_module(where) if self._file is None else _run(self._file)
        except (Exception, SystemExit) as error:  # whatever code of the user's raises
            ends = " when it is imported; put what it does below `if __name__ == '__main__':`"
            if isinstance(error, SystemExit):
                raise BadCode(f"{where} ends the program{self._line(error)}{ends}") from None
            missing = isinstance(error, ModuleNotFoundError) and error.name and error.name == where.split(".")[0]
            if self._file is None and missing:
                raise BadCode(f"no module is called {where}; {_HOW}") from None
            raise BadCode(f"{where} could not be imported{self._line(error)}: {reason(error)}") from None

    def _line(self, error: BaseException) -> str:
        if isinstance(error, SyntaxError) and error.lineno is not None and error.filename is not None:
            place: Place | None = Place(error.filename, error.lineno)
        else:
            place = self.surroundings.place(error.__traceback__)
        return f" ({self.shown(place)})" if place else ""

    def _member(self, module: ModuleType, name: str, where: str) -> Any:
        networks = [
            key
            for key, value in vars(module).items()
            if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
        ]
        if not name and len(networks) == 1:
            name = networks[0]
        if not name:
            which = f"it has {', '.join(networks[:8])}" if networks else "it has no torch module of its own"
            raise BadCode(f"{where} does not say which network is meant; {which}; {_HOW}")
        found: Any = module
        for part in name.split("."):
            if not hasattr(found, part):
                raise BadCode(f"{where} has no {name}{_nearest(part, found, networks)}")
            found = getattr(found, part)
        return found

    def shown(self, place: Place | None) -> str:
        """Returns a place as people read it, such as net.py:12."""
        if place is None:
            return self.text
        if self._file is not None and os.path.realpath(place.file) == os.path.realpath(self._file):
            return f"{self._file}:{place.line}"
        return f"{_short(place.file, self.surroundings.folder)}:{place.line}"


def _short(file: str, folder: str | None) -> str:
    """Returns a file's path from the folder on, where it is in it, else with the folder it stands in."""
    if folder is not None and inside(file, folder):
        return os.path.relpath(os.path.realpath(file), os.path.realpath(folder))
    return os.path.join(os.path.basename(os.path.dirname(file)), os.path.basename(file))


def _run(file: str) -> ModuleType:
    """Returns the module that a file makes, under a name that no other has; it is not kept as bytecode."""
    name = f"{os.path.splitext(os.path.basename(file))[0]} of a user"
    module = ModuleType(name)
    module.__file__ = os.path.abspath(file)
    sys.modules[name] = module  # which dataclasses look up; the surroundings take it out again
    with open(file, "rb") as opened:
        exec(compile(opened.read(), module.__file__, "exec"), module.__dict__)
    return module


def _nearest(name: str, found: Any, networks: list[str]) -> str:
    names = [key for key in dir(found) if not key.startswith("_")]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    near = near or difflib.get_close_matches(name.lower(), [key for key in names if key.lower() == name.lower()], n=1)
    if near:
        return f"; the nearest is {near[0]}"
    return f"; it has {', '.join(networks[:8])}" if networks else "; it has no torch module of its own"


def reason(error: BaseException) -> str:
    """Returns what an error says, in one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:300]}" if said else type(error).__name__


def needed(found: Any) -> list[str]:
    """Returns the arguments without a default that a class or function needs."""
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return []
    by_hand = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    )
    return [one.name for one in parameters if one.default is one.empty and one.kind in by_hand]
