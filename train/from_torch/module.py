"""Builds somebody's module without memory, and notes the line of each part."""

import contextlib
import copy
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from train.from_torch.bad_code import BadCode, Place
from train.from_torch.source import needed, reason
from train.from_torch.surroundings import Surroundings

Shown = Callable[[Place | None], str]
"""Writes a place as people read it."""


def built(found: Any, name: str, surroundings: Surroundings, shown: Shown) -> tuple[nn.Module, dict[str, Place]]:
    """Returns the module that a class, a function or a module stands for, on the meta device and apart from one that
    was given, and the lines at which its parts were made, by their dotted names.

    name: What it is called in messages.

    Raises:
        BadCode: It is none of these, needs arguments, or fails.
    """
    if isinstance(found, nn.Module):
        _check_open(found, name)
        return without_memory(found, name), {}
    if not callable(found):
        raise BadCode(
            f"{name} must be a torch.nn.Module, its class, or a function that returns one, not {_kind(found)}"
        )
    if arguments := needed(found):
        listed = " and ".join(arguments)
        raise BadCode(
            f"{name} needs {'an argument' if len(arguments) == 1 else 'arguments'} without a default, {listed}; give "
            f"{'it' if len(arguments) == 1 else 'them'} a default, or name a function without arguments that returns "
            "the module"
        )
    with surroundings.entered():
        made, lines = _called(found, name, surroundings, shown)
    if not isinstance(made, nn.Module):
        raise BadCode(f"{name} must give a torch.nn.Module, not {_kind(made)}")
    _check_open(made, name)
    places = {path: lines[module] for path, module in made.named_modules() if module in lines}
    if all(parameter.is_meta for parameter in made.parameters()):
        return made.train(), places
    return without_memory(made, name), places


def _check_open(module: nn.Module, name: str) -> None:
    """Raises BadCode where a part is compiled by torch.jit, whose calls nobody sees."""
    for path, part in module.named_modules():
        if isinstance(part, torch.jit.ScriptModule):
            raise BadCode(
                f"{path or name} is compiled by torch.jit, which hides its layers; name the module that was given to "
                "torch.jit"
            )


def _called(
    found: Callable[[], Any], name: str, surroundings: Surroundings, shown: Shown
) -> tuple[Any, dict[nn.Module, Place]]:
    """Calls it on the meta device or, where it reads numbers that are not there, on the CPU."""
    for device in ("meta", "cpu"):
        try:
            with torch.device(device), _lines_noted(surroundings) as lines:
                return found(), lines
        except (Exception, SystemExit) as error:  # whatever code of the user's raises
            if device == "cpu":
                place = surroundings.place(error.__traceback__)
                line = f" ({shown(place)})" if place else ""
                raise BadCode(f"{name} could not be built{line}: {reason(error)}") from None
    raise AssertionError


@contextlib.contextmanager
def _lines_noted(surroundings: Surroundings) -> Iterator[dict[nn.Module, Place]]:
    """Has each module that is made meanwhile noted with the line at which it is made."""
    lines: dict[nn.Module, Place] = {}
    original = nn.Module.__init__

    def noted(self: nn.Module, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if place := surroundings.place(sys._getframe(1)):
            lines[self] = place

    nn.Module.__init__ = noted  # type: ignore[method-assign]  # torch has no hook there
    try:
        yield lines
    finally:
        nn.Module.__init__ = original  # type: ignore[method-assign]


def without_memory(module: nn.Module, name: str) -> nn.Module:
    """Returns a copy of a module whose numbers take no memory, in training; what is shared in it stays shared."""
    memo: dict[int, Any] = {}
    for parameter in module.parameters():
        if not is_lazy(parameter):
            memo[id(parameter)] = nn.Parameter(parameter.detach().to("meta"), parameter.requires_grad)
    try:
        return copied(module, memo).to("meta").train()
    except Exception as error:  # whatever a module of the user's holds
        raise BadCode(f"{name} cannot be copied: {reason(error)}") from None


def copied(module: nn.Module, memo: dict[int, Any]) -> nn.Module:
    """Returns a copy of a module; what is shared in it stays shared. memo: what stands for tensors, by identity."""
    for buffer in module.buffers():
        if is_lazy(buffer):  # which torch copies of parameters alone
            kind: Any = nn.UninitializedBuffer  # whose arguments are not in torch's types
            memo[id(buffer)] = kind(device=buffer.device, dtype=buffer.dtype)
    return copy.deepcopy(module, memo)


def _kind(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
