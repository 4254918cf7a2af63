"""The layers that calls of torch functions stand for: an entry for each function, in `_LAYERS`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from space.invalid import InvalidDesign
from space.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GlobalAvgPool,
    Layer,
    MapDropout,
    MaxPool,
    PRelu,
    Relu,
    Shape,
    Silu,
    Skip,
    Sum,
)
from train.from_torch.bad_code import BadCode, FailsOnImages
from train.from_torch.recording import BATCH, RESHAPES, Call, Recording

_NOTHING = {"contiguous", "clone", "float", "to", "type", "alias", "identity", "cat"}  # of one tensor
AT_THE_END = {"log_softmax", "softmax"}  # which the loss has, and which leave the order of the classes as it is


@dataclass(frozen=True, slots=True)
class Part:
    """A layer of the notation and the names of the parameters that it learns, in the order that ours has."""

    layer: Layer
    parameters: tuple[str, ...] = ()


class _NoToken(Exception):
    """A call is none of the notation's layers; what it says is put behind the layer's name."""


class Tokens:
    """The layers of a recording's calls.

    Attributes:
        notes: What the layers do otherwise than the calls, a line each.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.notes: list[str] = []

    def parts(self, call: Call) -> list[Part]:
        """Returns the layers of a call into which one activation comes; raises BadCode where it has no token."""
        came, left = call.inputs[0].maps, call.maps
        if call.operation in RESHAPES and call.shape[0] != BATCH == call.inputs[0].shape[0]:
            raise FailsOnImages(
                f"{self._recording.where(call)} makes {call.shape[0]} rows of {BATCH} images, as it is written for "
                "images of another size"
            )
        try:
            if len(set(call.inputs)) > 1 or came is None:
                raise _NoToken
            layers = _nothing(call)
            if layers is None:
                if call.operation not in _LAYERS:
                    raise _NoToken
                layers = _LAYERS[call.operation](call)
            shape = came
            for layer in layers:
                shape = layer.output(shape)
            if shape != left:
                raise _NoToken
        except _NoToken as error:
            said = f" {error}" if str(error) else ""
            raise BadCode(f"{self._recording.where(call)}{said} has no token in the notation") from None
        except InvalidDesign as error:
            raise BadCode(f"{self._recording.where(call)} has no token in the notation: {error}") from None
        if layers:
            self._note(call)
        return [Part(layer, self._parameters(call)) for layer in layers]

    def joined(self, call: Call, branches: list[list[Part]]) -> list[Part]:
        """Returns the layers of a call into which branches of one activation come; raises BadCode where none are."""
        body = [branch for branch in branches if branch]
        if call.operation == "add" and len(body) == 1 and len(branches) == 2 and "alpha" not in call.arguments:
            return [Part(Skip()), *body[0], Part(Sum())]
        raise BadCode(f"{self._recording.where(call)} of {len(branches)} branches has no token in the notation")

    def _parameters(self, call: Call) -> tuple[str, ...]:
        names = []
        for role in ("weight", "bias"):
            if (value := call.arguments.get(role)) is None:
                continue
            if id(value) not in self._recording.parameters:
                raise BadCode(
                    f"{self._recording.where(call)} with a {role} that is no parameter has no token in the notation"
                )
            names.append(self._recording.parameters[id(value)])
        return tuple(names)

    def _note(self, call: Call) -> None:
        if call.operation == "batch_norm":
            for name, ours in (("eps", 1e-5), ("momentum", 0.1)):
                if (theirs := call.arguments.get(name, ours)) != ours:
                    self.notes.append(f"{self._recording.where(call)} has {name} {theirs}, and `bn` has {ours}")


def _came(call: Call) -> Shape:
    """Returns the maps that come into a call; they are known of every call that is asked for its layers."""
    maps = call.inputs[0].maps
    assert maps is not None
    return maps


def _nothing(call: Call) -> tuple[Layer, ...] | None:
    """Returns no layer for a call that changes nothing but the form; None for any other."""
    if call.operation in RESHAPES:
        return () if call.maps == call.inputs[0].maps else None
    neutral = {"add": 0, "mul": 1}.get(call.operation)  # as in sum(...), which begins with 0
    if neutral is not None and any(type(v) in (int, float) and v == neutral for v in call.arguments.values()):
        return ()
    return () if call.operation in _NOTHING and call.shape == call.inputs[0].shape else None


def _pair(value: Any) -> tuple[int, int]:
    """Returns the two numbers that torch takes one of for both."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    return pair if len(pair) == 2 else (pair[0], pair[0])


def _one(value: Any, what: str) -> int:
    """Returns the number that both directions have; raises _NoToken where they differ."""
    first, second = _pair(value)
    if first != second:
        raise _NoToken(f"with a {what} of {first}x{second}")
    return int(first)


def _conv(call: Call) -> tuple[Layer, ...]:
    given = call.arguments
    maps, _, high, wide = given["weight"].shape
    kernel = _one((high, wide), "kernel")
    dilation = _one(given.get("dilation", 1), "dilation")
    padding = given.get("padding", 0)
    if isinstance(padding, str):
        padding = dilation * (kernel - 1) / 2 if padding == "same" else 0
        if padding % 1:
            raise _NoToken("that pads one side more than the other")
    if (stride := _one(given.get("stride", 1), "stride")) != 1:
        raise _NoToken(f"with stride {stride}")
    if dilation != 1:
        raise _NoToken(f"with dilation {dilation}")
    bias = given.get("bias") is not None
    return (Conv(maps, kernel, int(_one(padding, "padding")), given.get("groups", 1), bias),)


def _linear(call: Call) -> tuple[Layer, ...]:
    if len(call.shape) != 2:
        raise _NoToken(f"on activations of {len(call.inputs[0].shape)} dimensions")
    kernel = _one(_came(call)[1:], "map")
    return (Conv(call.shape[1], kernel, bias=call.arguments.get("bias") is not None),)


def _batch_norm(call: Call) -> tuple[Layer, ...]:
    came = _came(call)
    if call.arguments.get("weight") is None or call.arguments.get("bias") is None:
        raise _NoToken("without a learned scale and shift")
    if call.inputs[0].shape[1] != came[0]:
        raise _NoToken("of maps that were made flat before")
    return (BatchNorm(),)


def _prelu(call: Call) -> tuple[Layer, ...]:
    came = _came(call)
    if (slopes := call.arguments["weight"].numel()) != came[0]:
        raise _NoToken(f"of {slopes} slope{'s' * (slopes > 1)} for {came[0]} maps")
    return (PRelu(),)


def _dropout(call: Call) -> tuple[Layer, ...]:
    given = call.arguments
    rate = given.get("p", 0.5)
    if rate == 0 or not given.get("training", True):
        return ()
    of_maps = call.operation == "dropout2d" and len(call.shape) == 4
    return (MapDropout(rate) if of_maps else Dropout(rate),)


def _windows(call: Call) -> tuple[int, int, int]:
    """Returns the kernel, stride and padding of a pool that has nothing else."""
    given = call.arguments
    kernel = _one(given["kernel_size"], "kernel")
    stride = given.get("stride")
    stride = kernel if stride is None or stride == [] else _one(stride, "stride")
    if (dilation := _one(given.get("dilation", 1), "dilation")) != 1:
        raise _NoToken(f"with dilation {dilation}")
    if given.get("divisor_override") is not None:
        raise _NoToken("with a divisor of its own")
    return kernel, stride, _one(given.get("padding", 0), "padding")


def _max_pool(call: Call) -> tuple[Layer, ...]:
    kernel, stride, padding = _windows(call)
    if (kernel, stride, padding) != (2, 2, 0):
        raise _NoToken(f"with kernel {kernel}, stride {stride} and padding {padding}")
    return (MaxPool(),)


def _avg_pool(call: Call) -> tuple[Layer, ...]:
    came = _came(call)
    if _pair(call.arguments["kernel_size"]) == came[1:] and call.shape[2:] == (1, 1):
        return (GlobalAvgPool(),)
    kernel, stride, padding = _windows(call)
    if stride != kernel or padding:
        raise _NoToken(f"with kernel {kernel}, stride {stride} and padding {padding}")
    return (AvgPool(kernel),)


def _adaptive_avg_pool(call: Call) -> tuple[Layer, ...]:
    came = _came(call)
    if call.shape[2:] == came[1:]:
        return ()
    if call.shape[2:] == (1, 1):
        return (GlobalAvgPool(),)
    kernels = {side // left for side, left in zip(came[1:], call.shape[2:], strict=True) if side % left == 0}
    if len(kernels) != 1:
        raise _NoToken(f"of {came[1]}x{came[2]} maps to {call.shape[2]}x{call.shape[3]}")
    return (AvgPool(kernels.pop()),)


def _mean(call: Call) -> tuple[Layer, ...]:
    came = _came(call)
    if call.shape[1:] not in ((came[0],), (came[0], 1), (came[0], 1, 1)) or not _spatial(call):
        raise _NoToken(f"over dimension {call.arguments.get('dim')}")
    return (GlobalAvgPool(),)


def _spatial(call: Call) -> bool:
    """Whether a reduction is over all dimensions but those of images and maps."""
    dims, count = call.arguments.get("dim"), len(call.inputs[0].shape)
    if dims is None:
        return False
    return {dim % count for dim in (dims if isinstance(dims, (tuple, list)) else (dims,))} == set(range(2, count))


def _clamp(call: Call) -> tuple[Layer, ...]:
    low, high = call.arguments.get("min"), call.arguments.get("max")
    if (low, high) != (0, None):
        raise _NoToken(f"from {low} to {high}")
    return (Relu(),)


def _always(layer: Layer) -> Callable[[Call], tuple[Layer, ...]]:
    return lambda _: (layer,)


_LAYERS: dict[str, Callable[[Call], tuple[Layer, ...]]] = {
    "conv2d": _conv,
    "linear": _linear,
    "batch_norm": _batch_norm,
    "relu": _always(Relu()),
    "clamp": _clamp,
    "prelu": _prelu,
    "silu": _always(Silu()),
    "dropout": _dropout,
    "dropout2d": _dropout,
    "max_pool2d": _max_pool,
    "avg_pool2d": _avg_pool,
    "adaptive_avg_pool2d": _adaptive_avg_pool,
    "mean": _mean,
}
