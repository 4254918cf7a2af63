"""What torch's functions are called, and their arguments by name, however they were called."""

from typing import Any

import torch
from torch import Tensor

_NAMES = {
    "conv1d": "input weight bias stride padding dilation groups",
    "conv2d": "input weight bias stride padding dilation groups",
    "linear": "input weight bias",
    "prelu": "input weight",
    "batch_norm": "input running_mean running_var weight bias training momentum eps",
    "group_norm": "input num_groups weight bias eps",
    "layer_norm": "input normalized_shape weight bias eps",
    "instance_norm": "input running_mean running_var weight bias use_input_stats momentum eps",
    "dropout": "input p training inplace",
    "dropout2d": "input p training inplace",
    "max_pool2d": "input kernel_size stride padding dilation ceil_mode return_indices",
    "avg_pool2d": "input kernel_size stride padding ceil_mode count_include_pad divisor_override",
    "adaptive_avg_pool2d": "input output_size",
    "adaptive_max_pool2d": "input output_size return_indices",
    "mean": "input dim keepdim",
    "amax": "input dim keepdim",
    "leaky_relu": "input negative_slope inplace",
    "hardtanh": "input min_val max_val inplace",
    "clamp": "input min max",
    "gelu": "input approximate",
    "cat": "tensors dim",
    "add": "input other alpha",
    "mul": "input other",
    "pad": "input pad mode value",
    "log_softmax": "input dim",
    "softmax": "input dim",
}  # in the order that they have without names
_SPELLINGS = {
    "radd": "add",
    "iadd": "add",
    "rmul": "mul",
    "imul": "mul",
    "multiply": "mul",
    "concat": "cat",
    "concatenate": "cat",
    "clip": "clamp",
    "clamp_min": "clamp",
    "feature_dropout": "dropout2d",
}
_MOVES = {"to", "cpu", "cuda"}
_OF_MOVING = {"device", "non_blocking", "copy"}
_ALIASES = {"axis": "dim", "self": "input", "x": "input"}


def operation_of(function: Any) -> str:
    """Returns what a function does, by the name that torch has for it: relu of F.relu, torch.relu_ and x.relu()."""
    name = getattr(function, "__name__", type(function).__name__).strip("_")
    return _SPELLINGS.get(name, name)


def as_view(operation: str, args: tuple[Any, ...]) -> str:
    """Returns the operation, and for an index that does no more than add or take dimensions of one element that."""
    if operation != "getitem":
        return operation
    tensor, index = args
    parts = [part for part in (index if isinstance(index, tuple) else (index,)) if part is not None]
    dots = [place for place, part in enumerate(parts) if part is Ellipsis]
    if dots:
        every = [slice(None)] * (tensor.dim() - len(parts) + 1)
        parts[dots[0] : dots[0] + 1] = every
    taken = False
    for side, part in zip(tensor.shape, parts, strict=False):
        if type(part) is int and side == 1:
            taken = True
        elif not (isinstance(part, slice) and part == slice(None)):
            return operation
    return "squeeze" if taken else "unsqueeze"


def by_name(operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments of a call by their names; those of an unknown function by their places, from 0."""
    names = _NAMES.get(operation, "").split()
    placed = {names[place] if place < len(names) else str(place): value for place, value in enumerate(args)}
    return placed | {_ALIASES.get(name, name): value for name, value in kwargs.items()}


def without_move(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Returns a call, one that brings a tensor to another device without that: here it has no numbers to move."""
    operation = operation_of(function)
    if operation not in _MOVES or not (args and isinstance(args[0], Tensor)):
        return function, args, kwargs
    if operation != "to":
        return Tensor.to, (args[0], args[0].dtype), {}
    placed = [one for one in args[1:] if not isinstance(one, (str, int, torch.device))]
    named = {name: value for name, value in kwargs.items() if name not in _OF_MOVING}
    return Tensor.to, (args[0], *(placed or ([] if named else [args[0].dtype]))), named
