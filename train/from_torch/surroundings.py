"""Runs a user's code as their own: their folder first for imports, our names theirs, and no trace left."""

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType, TracebackType

import torch

from train.from_torch.bad_code import Place
from train.importing import undisturbed

_OURS = ("space", "train", "results", "search", "thimble")
_ROOT = str(Path(__file__).resolve().parents[2])
_HERE = os.path.dirname(__file__) + os.sep
_NOT_THEIRS = (os.path.dirname(torch.__file__) + os.sep, _HERE, "<frozen ")


class Surroundings:
    """The folder in which somebody's code is at home, and the modules that it has loaded from there.

    folder: An absolute path, or None for code that is loaded already.
    """

    def __init__(self, folder: str | None) -> None:
        self.folder = folder
        self._modules: dict[str, ModuleType] = {}

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Has the code find its own modules meanwhile; afterwards path, modules, arguments, random states, warnings
        and environment are as they were, and what it printed is gone."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(undisturbed())
            warnings.simplefilter("ignore")
            stack.enter_context(torch.random.fork_rng(devices=()))
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            if self.folder is not None:
                stack.enter_context(self._at_home(self.folder))
            yield

    @contextlib.contextmanager
    def _at_home(self, folder: str) -> Iterator[None]:
        path, arguments = list(sys.path), sys.argv
        ours = _take_out([name for name in _OURS if _has_another(folder, name)])
        before = set(sys.modules)
        sys.modules.update(self._modules)
        sys.path.insert(0, folder)
        sys.argv = [folder]  # a file that reads options when it is imported finds none
        try:
            yield
        finally:
            sys.path[:], sys.argv = path, arguments
            self._modules |= {
                name: module
                for name, module in list(sys.modules.items())
                if name not in before and _is_below(_home(module), folder)
            }
            for name in self._modules:
                sys.modules.pop(name, None)
            sys.modules.update(ours)

    def place(self, frame: FrameType | TracebackType | None) -> Place | None:
        """Returns the innermost line of the user's own that a frame or a traceback has, or, where none is, the
        innermost that is neither torch's nor ours."""
        places = list(_lines(frame))  # the innermost first
        own = (place for place in places if self.folder is not None and _is_below(place.file, self.folder))
        return next(own, None) or next((place for place in places if not place.file.startswith(_NOT_THEIRS)), None)


def _lines(frame: FrameType | TracebackType | None) -> Iterator[Place]:
    if isinstance(frame, TracebackType):
        chain = []
        while frame is not None:
            chain.append(Place(frame.tb_frame.f_code.co_filename, frame.tb_lineno))
            frame = frame.tb_next
        yield from reversed(chain)
        return
    while frame is not None and not frame.f_code.co_filename.startswith(_HERE):  # who called us is of no interest
        yield Place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back


def _has_another(folder: str, name: str) -> bool:
    """Whether the folder has a module or package of that name which is not ours."""
    if os.path.realpath(folder) == _ROOT:
        return False
    return os.path.isfile(os.path.join(folder, f"{name}.py")) or os.path.isdir(os.path.join(folder, name))


def _take_out(packages: list[str]) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in packages]
    return {name: sys.modules.pop(name) for name in names}


def _home(module: ModuleType) -> str | None:
    """Returns the file of a module, or the folder of a package without one."""
    return getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)


def _is_below(file: str | None, folder: str) -> bool:
    """Whether a file is somebody's own in the folder, not of a library that is installed there, nor of ours."""
    if file is None or "site-packages" in file or file.startswith(_NOT_THEIRS):
        return False
    return inside(file, folder)


def inside(file: str, folder: str) -> bool:
    """Returns whether a file lies in the folder or below it, links followed."""
    return os.path.realpath(file).startswith(os.path.join(os.path.realpath(folder), ""))
