"""The layers that single calls of torch functions stand for: an entry for each function, in `LAYERS`."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from space.layers import (
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    Gelu,
    GlobalAvgPool,
    GroupNorm,
    HardSwish,
    InstanceNorm,
    Layer,
    LayerNorm,
    LeakyRelu,
    Linear,
    MapDropout,
    MaxPool,
    PRelu,
    Relu,
    Relu6,
    Shape,
    Side,
    Sigmoid,
    Silu,
    Tanh,
)
from space.layers.sides import pair
from train.from_torch.recording import Call

Layers = tuple[Layer, ...]


class NoToken(Exception):
    """A call is none of the notation's layers; what it says is put behind the layer's name."""


@dataclass(frozen=True, slots=True)
class Default:
    """What a layer of the notation has for an argument, whatever a call has: what differs is told, not refused."""

    argument: str
    value: float


DEFAULTS = {
    "batch_norm": (Default("eps", 1e-5), Default("momentum", 0.1)),
    "group_norm": (Default("eps", 1e-5),),
    "layer_norm": (Default("eps", 1e-5),),
    "instance_norm": (Default("eps", 1e-5),),
}


def came_in(call: Call) -> Shape:
    """Returns the maps that come into a call; raises NoToken where none do."""
    if (maps := call.inputs[0].maps) is None:
        raise NoToken
    return maps


def _side(value: Any) -> Side:
    """Returns a side of which torch takes one number or two."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else int(numbers[0])


def _conv(call: Call) -> Layers:
    given, weight = call.arguments, call.arguments["weight"]
    came_in(call)
    maps, _, high, wide = weight.shape
    dilation, padding = _side(given.get("dilation", 1)), given.get("padding", 0)
    if isinstance(padding, str):
        padding = _same(pair(dilation), (high, wide)) if padding == "same" else 0
    return (
        Conv(
            maps,
            _side((high, wide)),
            _side(padding),
            given.get("groups", 1),
            bias=given.get("bias") is not None,
            stride=_side(given.get("stride", 1)),
            dilation=dilation,
        ),
    )


def _same(dilation: tuple[int, int], kernel: tuple[int, int]) -> tuple[int, int]:
    """Returns the padding on each side that torch calls same."""
    more = [apart * (side - 1) for apart, side in zip(dilation, kernel, strict=True)]
    if any(one % 2 for one in more):
        raise NoToken("that pads one side more than the other")
    return more[0] // 2, more[1] // 2


def _linear(call: Call) -> Layers:
    if len(call.inputs[0].shape) != 2:
        dimensions = len(call.inputs[0].shape)
        raise NoToken(f"on activations of {dimensions} dimension{'s' * (dimensions != 1)}")
    return (Linear(call.shape[1], call.arguments.get("bias") is not None),)


def _learned(call: Call) -> None:
    """Raises NoToken where a norm learns no scale and shift."""
    if call.arguments.get("weight") is None or call.arguments.get("bias") is None:
        raise NoToken("without a learned scale and shift")


def _batch_norm(call: Call) -> Layers:
    _learned(call)
    if call.arguments.get("running_mean") is None:
        raise NoToken("without running statistics")
    return (BatchNorm(),)


def _group_norm(call: Call) -> Layers:
    _learned(call)
    return (GroupNorm(int(call.arguments["num_groups"])),)


def _layer_norm(call: Call) -> Layers:
    _learned(call)
    shape = call.arguments["normalized_shape"]
    if tuple(shape if isinstance(shape, (tuple, list)) else (shape,)) != call.shape[1:]:
        raise NoToken(f"over the last {len(shape)} of {len(call.shape)} dimensions")
    return (LayerNorm(),)


def _instance_norm(call: Call) -> Layers:
    if call.arguments.get("running_mean") is not None:
        raise NoToken("with running statistics")
    if call.arguments.get("weight") is None:
        return (InstanceNorm(),)
    return (GroupNorm(came_in(call)[0]),)


def _prelu(call: Call) -> Layers:
    return (PRelu(one_slope=call.arguments["weight"].numel() == 1),)


def _leaky_relu(call: Call) -> Layers:
    slope = call.arguments.get("negative_slope", 0.01)
    return (LeakyRelu(slope),) if slope else (Relu(),)


def _gelu(call: Call) -> Layers:
    if (way := call.arguments.get("approximate", "none")) != "none":
        raise NoToken(f"approximated by {way}")
    return (Gelu(),)


def _clamp(call: Call) -> Layers:
    hard = call.operation == "hardtanh"
    low, high = (call.arguments.get(f"min{'_val' * hard}"), call.arguments.get(f"max{'_val' * hard}"))
    if isinstance(low, Tensor) or isinstance(high, Tensor):
        raise NoToken("by a tensor")
    match low, high:
        case 0, None:
            return (Relu(),)
        case 0, 6:
            return (Relu6(),)
    raise NoToken(f"from {low} to {high}")


def _dropout(call: Call) -> Layers:
    rate = call.arguments.get("p", 0.5)
    if rate == 0 or not call.arguments.get("training", True):
        return ()
    of_maps = call.operation == "dropout2d" and len(call.shape) == 4
    return (MapDropout(rate) if of_maps else Dropout(rate),)


def _window(call: Call) -> tuple[Side, Side | None, Side]:
    """Returns the kernel, stride and padding of a pool that has nothing else."""
    given, stride = call.arguments, call.arguments.get("stride")
    if (dilation := _side(given.get("dilation", 1))) not in (1, (1, 1)):
        raise NoToken(f"with dilation {dilation}")
    if given.get("divisor_override") is not None:
        raise NoToken("with a divisor of its own")
    padding = _side(given.get("padding", 0))
    if padding not in (0, (0, 0)) and not given.get("count_include_pad", True):
        raise NoToken("that does not count its padding")
    return _side(given["kernel_size"]), None if stride in (None, [], ()) else _side(stride), padding


def _max_pool(call: Call) -> Layers:
    return (MaxPool(*_window(call)),)


def _avg_pool(call: Call) -> Layers:
    kernel, stride, padding = _window(call)
    if pair(kernel) == came_in(call)[1:] and not any(pair(padding)):
        return (GlobalAvgPool(),)
    return (AvgPool(kernel, stride, padding),)


def _adaptive_avg_pool(call: Call) -> Layers:
    if call.shape[2:] == came_in(call)[1:]:
        return ()
    left = (call.shape[2], call.shape[3])
    return (GlobalAvgPool() if left == (1, 1) else AdaptiveAvgPool(left),)


def _adaptive_max_pool(call: Call) -> Layers:
    came, left = came_in(call), call.shape[2:]
    if any(side % out for side, out in zip(came[1:], left, strict=True)):
        raise NoToken(f"of maps of {came[1]}x{came[2]} to {left[0]}x{left[1]}")
    return (MaxPool((came[1] // left[0], came[2] // left[1])),)


def _mean(call: Call) -> Layers:
    _check_spatial(call)
    return (GlobalAvgPool(),)


def _max(call: Call) -> Layers:
    _check_spatial(call)
    return (MaxPool(came_in(call)[1:]),)


def _check_spatial(call: Call) -> None:
    """Raises NoToken where a reduction is not over all dimensions but those of images and maps."""
    dims, count = call.arguments.get("dim"), len(call.inputs[0].shape)
    given = () if dims is None else dims if isinstance(dims, (tuple, list)) else (dims,)
    if {dim % count for dim in given} != set(range(2, count)):
        raise NoToken(f"over dimension {dims}")
    if math.prod(call.shape[1:]) != came_in(call)[0]:
        raise NoToken


def _softmax(call: Call) -> Layers:
    raise NoToken(f"over dimension {call.arguments.get('dim')}")


def _pad(call: Call) -> Layers:
    if not any(call.arguments["pad"]):
        return ()
    raise NoToken(f"that pads by {call.arguments.get('mode', 'constant')}")


def _always(layer: Layer) -> Callable[[Call], Layers]:
    return lambda _: (layer,)


LAYERS: dict[str, Callable[[Call], Layers]] = {
    "conv2d": _conv,
    "linear": _linear,
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "instance_norm": _instance_norm,
    "relu": _always(Relu()),
    "relu6": _always(Relu6()),
    "hardtanh": _clamp,
    "clamp": _clamp,
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "silu": _always(Silu()),
    "gelu": _gelu,
    "hardswish": _always(HardSwish()),
    "tanh": _always(Tanh()),
    "sigmoid": _always(Sigmoid()),
    "dropout": _dropout,
    "dropout2d": _dropout,
    "max_pool2d": _max_pool,
    "avg_pool2d": _avg_pool,
    "adaptive_avg_pool2d": _adaptive_avg_pool,
    "adaptive_max_pool2d": _adaptive_max_pool,
    "mean": _mean,
    "amax": _max,
    "pad": _pad,
    "softmax": _softmax,
    "log_softmax": _softmax,
}
