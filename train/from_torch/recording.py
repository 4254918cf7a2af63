"""Runs a module once on images without pixels and writes down each call of a torch function.

What a module is made of is seen where torch's own functions are called, whether by a layer, as `F.relu`, or as a
method: a choice by the shape, a loop or a view is simply run. torch.fx sees less: it cannot follow a choice by shape.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from space.layers import Shape
from space.notation import format_shape
from train.from_torch.arguments import as_view, by_name, operation_of, without_move
from train.from_torch.bad_code import BadCode, FailsOnImages, Place
from train.from_torch.module import Shown
from train.from_torch.source import reason
from train.from_torch.surroundings import Surroundings

BATCH = 2  # images; of one alone, norms of 1x1 maps refuse to be trained
RESHAPES = {
    "flatten",
    "view",
    "view_as",
    "reshape",
    "reshape_as",
    "squeeze",
    "unsqueeze",
    "unflatten",
}  # which keep the elements' order


@dataclass(eq=False, slots=True)
class Call:
    """A call of a torch function with activations.

    Attributes:
        operation: What is done, as torch calls it without underscores: conv2d, relu, add.
        arguments: Its arguments by name; activations among them too.
        inputs: The calls whose activations come in, in the arguments' order.
        shape: Of what leaves it, the batch first.
        owner: The dotted name and the class of the layer of torch's within which it was called; None where the
            user's own code called it.
        place: The line of the user's own.
        maps: Those that leave it, also where rows and columns are one dimension; a row of numbers is maps of 1x1;
            None where neither leaves it.
    """

    operation: str
    arguments: dict[str, Any]
    inputs: tuple["Call", ...]
    shape: tuple[int, ...]
    owner: tuple[str, str] | None
    place: Place | None
    maps: Shape | None = None

    def __post_init__(self) -> None:
        self.maps = self._maps()

    @property
    def flat(self) -> bool:
        """Whether a row of numbers leaves it for each image."""
        return len(self.shape) == 2

    def _maps(self) -> Shape | None:
        before = self.inputs[0].maps if self.inputs else None
        match self.shape:
            case (batch, *_) if batch != BATCH:
                return None
            case _, numbers:
                return numbers, 1, 1
            case _, maps, rows, columns:
                kept = self.operation not in RESHAPES or before in (None, (maps, rows, columns))
                return (maps, rows, columns) if kept else None
            case _, maps, places if before is not None and before[:1] == (maps,):
                as_it_was = self.operation in RESHAPES and places == before[1] * before[2]
                return before if as_it_was or self.shape == self.inputs[0].shape else None
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """What a module did with images. calls: in their order; first: the images; last: whose activations it returns;
    parameters: their names by the identity that they have in arguments; shown: writes a place."""

    calls: tuple[Call, ...]
    first: Call
    last: Call
    parameters: dict[int, str]
    shown: Shown

    def where(self, call: Call) -> str:
        """Returns the line of a call, and the layer that makes it, as people read them."""
        return _where(self.shown, call.place, call.owner, call.operation)


def _where(shown: Shown, place: Place | None, owner: tuple[str, str] | None, operation: str) -> str:
    if owner is None:
        return f"{shown(place)}: {operation}"
    path, kind = owner
    return f"{shown(place)}: {kind}" + (f" ({path})" if path else "")


def record(
    module: nn.Module, image: Shape, *, places: dict[str, Place], surroundings: Surroundings, shown: Shown, name: str
) -> Recording:
    """Runs a module on the meta device.

    Args:
        module: On the meta device; hooks are left on it for the time of the run.
        places: The lines at which its parts were made, by their dotted names.
        name: What it is called in messages.

    Raises:
        BadCode: It fails on images of that shape, chooses by pixels, or returns something else than a tensor.
    """
    recorder = _Recorder(module, places, surroundings, shown)
    _count_batches(module)
    images = torch.empty((BATCH, *image), device="meta")
    first = recorder.begin(images)
    with surroundings.entered(), recorder.hooked():
        try:
            with torch.device("meta"), recorder:
                given = module(images)
        except BadCode:
            raise
        except Exception as error:  # whatever code of the user's raises
            raise _trouble(error, recorder, surroundings.place(error.__traceback__), shown, image, name) from None
    if not isinstance(given, Tensor):
        raise BadCode(f"{name} must return logits, one tensor, from its forward, not a {type(given).__name__}")
    last = recorder.call_of(given)
    if last is None:
        raise BadCode(f"{name} returns something that does not follow from the images")
    parameters = {id(parameter): path for path, parameter in module.named_parameters()}
    return Recording(calls=tuple(recorder.calls), first=first, last=last, parameters=parameters, shown=shown)


def _trouble(
    error: Exception, recorder: "_Recorder", place: Place | None, shown: Shown, image: Shape, name: str
) -> BadCode:
    """Returns what a run says that failed."""
    said, images = str(error), f"images of {format_shape(image)}"
    if "meta tensor" in said or "data-dependent" in said:
        return BadCode(f"{shown(place)}: {name} decides by what pixels, weights or a buffer are, which no layer does")
    if recorder.failing is not None:
        operation, owner, at, numbers = recorder.failing
        where = _where(shown, at, owner, operation)
        if numbers is not None:
            came, wanted = numbers
            many = f"{wanted:,} number{'s' * (wanted != 1)}"
            return FailsOnImages(f"{where} takes {many}, and {images} leave {came:,} there")
        return FailsOnImages(f"{where} fails on {images}, {reason(error)}")
    if place is None:
        return FailsOnImages(f"{name} cannot be called with {images} alone, {reason(error)}")
    at_any_size = isinstance(error, AttributeError | NameError)  # whatever the images are
    kind = BadCode if at_any_size else FailsOnImages
    return kind(f"{shown(place)}: {name} fails on {images}, {reason(error)}")


class _Recorder(TorchFunctionMode):
    """Writes down calls, and the layer of torch's within which each is made."""

    def __init__(self, module: nn.Module, places: dict[str, Place], surroundings: Surroundings, shown: Shown) -> None:
        super().__init__()
        self._shown = shown
        self._weights = {_numbers(one) for one in module.parameters() if not is_lazy(one)}
        self.calls: list[Call] = []
        self._module, self._places, self._surroundings = module, places, surroundings
        self._by_tensor: dict[int, Call] = {}
        self._kept: list[Tensor] = []  # else another tensor might get the identity of one
        self._within: list[tuple[str, nn.Module]] = []
        self.failing: tuple[str, tuple[str, str] | None, Place | None, tuple[int, int] | None] | None = None

    def begin(self, images: Tensor) -> Call:
        return self._note(Call("images", {}, (), tuple(images.shape), None, None), images)

    def call_of(self, tensor: Tensor) -> Call | None:
        return self._by_tensor.get(id(tensor))

    def hooked(self) -> contextlib.ExitStack:
        """Returns what has modules say when they begin and end, as a context."""
        stack = contextlib.ExitStack()
        for path, module in self._module.named_modules():

            def begins(module: nn.Module, _: Any, path: str = path) -> None:
                self._within.append((path, module))

            def ends(*_: Any) -> None:
                self._within.pop()

            for handle in (module.register_forward_pre_hook(begins), module.register_forward_hook(ends)):
                stack.callback(handle.remove)
        return stack

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        func, args, kwargs = without_move(func, args, kwargs or {})
        came = [tensor for tensor in _tensors((args, kwargs)) if id(tensor) in self._by_tensor]
        inputs = [self._by_tensor[id(tensor)] for tensor in came]
        if operation_of(func).endswith("_as"):
            inputs = inputs[:1]  # of the other it has the shape alone
        if not inputs:
            return self._apart(func, args, kwargs)
        operation, owner = as_view(operation_of(func), args), self._owner()
        arguments = by_name(operation, args, kwargs)
        if operation == "batch_norm" and _averages_all(self._within):
            arguments["momentum"] = None  # not the one of the first batch, which torch makes of it
        place = self._places.get(owner[0]) if owner else None
        place = place or self._surroundings.place(sys._getframe(1))
        self.failing = operation, owner, place, _mismatch(operation, arguments)
        versions = [_version(tensor) for tensor in came]
        returned = func(*args, **kwargs)
        self.failing = None
        for tensor, version in zip(came, versions, strict=True):
            if _version(tensor) != version:
                self._lose(tensor, Call(f"{operation} in place", arguments, (self.calls[0],), (), None, place))
        for tensor in _tensors(returned):
            self._note(Call(operation, arguments, tuple(inputs), tuple(tensor.shape), owner, place), tensor)
        return returned

    def _apart(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Calls what no activation comes into; raises BadCode where it changes weights."""
        weights = [one for one in _tensors((args, kwargs)) if not is_lazy(one) and _numbers(one) in self._weights]
        versions = [_version(one) for one in weights]
        returned = func(*args, **kwargs)
        if versions != [_version(one) for one in weights]:
            place = self._surroundings.place(sys._getframe(2))
            raise BadCode(
                f"{self._shown(place)}: {operation_of(func)} changes weights in forward, which no layer does"
            )
        return returned

    def _lose(self, changed: Tensor, call: Call) -> None:
        """Has all tensors that share their numbers with a changed one come from a call that has no token."""
        self.calls.append(call)
        for tensor in self._kept:
            if _numbers(tensor) == _numbers(changed):
                self._by_tensor[id(tensor)] = call

    def _note(self, call: Call, tensor: Tensor) -> Call:
        self.calls.append(call)
        self._kept.append(tensor)
        self._by_tensor[id(tensor)] = call
        return call

    def _owner(self) -> tuple[str, str] | None:
        """Returns the layer of torch's that is being run within the innermost module or container of the user's."""
        owner = None
        for path, module in reversed(self._within):
            if not type(module).__module__.startswith("torch.") or isinstance(module, nn.Sequential):
                break
            owner = path, type(module).__name__
        return owner


def _count_batches(module: nn.Module) -> None:
    """Gives norms whose momentum is None a number of batches so far, which they read in training."""
    for part in module.modules():
        if isinstance(part, _NormBase) and part.momentum is None and part.num_batches_tracked is not None:
            part.num_batches_tracked = torch.tensor(0, device="cpu")


def _averages_all(within: list[tuple[str, nn.Module]]) -> bool:
    """Says whether the innermost module is a norm whose statistics are the mean of all batches."""
    return bool(within) and isinstance(innermost := within[-1][1], _NormBase) and innermost.momentum is None


def _mismatch(operation: str, arguments: dict[str, Any]) -> tuple[int, int] | None:
    """Returns how many numbers come to a linear layer and how many it takes; None where they are as many."""
    if operation != "linear":
        return None
    came, wanted = arguments["input"].shape[-1], arguments["weight"].shape[-1]
    return (came, wanted) if came != wanted else None


def _numbers(tensor: Tensor) -> int:
    """Returns what tensors have in common that share their numbers."""
    return tensor.untyped_storage()._cdata


def _version(tensor: Tensor) -> int:
    """Returns how often a tensor, or one that shares its numbers, has been changed in place."""
    return 0 if tensor.is_inference() else tensor._version


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yields the tensors in arguments, those in lists and dicts too."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
