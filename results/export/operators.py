"""The operators of ONNX that compute what a layer does, in any version from 9 to 17 on."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

import numpy as np

from space.architecture import Architecture
from space.layers import (
    AdaptiveAvgPool,
    Again,
    AvgPool,
    BatchNorm,
    Branch,
    Concat,
    Conv,
    Dropout,
    EfficientAttention,
    Flatten,
    Fork,
    Gelu,
    GhostBatchNorm,
    GlobalAvgPool,
    GroupNorm,
    HardSwish,
    InstanceNorm,
    LayerNorm,
    LeakyRelu,
    Linear,
    MapDropout,
    MaxPool,
    Own,
    PRelu,
    Relu,
    Relu6,
    Shape,
    Sigmoid,
    Silu,
    Skip,
    SqueezeExcite,
    Sum,
    Tanh,
)
from space.layers.sides import Side, pair

_EPSILON = 1e-5  # torch's, in all normalisations


@dataclass(frozen=True, slots=True)
class Operator:
    """A value that names an operator, the values that it reads, the one that it writes, and its attributes."""

    kind: str
    inputs: list[str]
    output: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Graph:
    """The operators of a network from `images` to `logits`, in order, and the arrays that they read."""

    operators: list[Operator] = field(default_factory=list)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


def graph_of(architecture: Architecture, weights: Mapping[str, np.ndarray]) -> Graph:
    """Returns the graph of a network; weights: the state dict of the model that is built of it."""
    graph, values = Graph(), ["images"]  # by the place of the layer that they leave
    layers = zip(architecture.names, architecture.layers, architecture.meant, strict=True)
    for (name, layer, own), (shape, flat), cost in zip(
        layers, architecture.incoming, architecture.costs, strict=True
    ):
        reads = [values[place] for place in cost.reads]
        match own:
            case Skip() | Fork() | Branch() | Dropout() | MapDropout():
                values.append(reads[0])
                continue
            case Sum():
                graph.operators.append(Operator("Add" if len(reads) == 2 else "Sum", reads, name))
            case Concat():
                graph.operators.append(Operator("Concat", reads, name, {"axis": 1}))
            case _:  # of the type that `write` takes, or the type checker objects
                of = layer.name if isinstance(layer, Again) else name
                _Writer(graph, name, of, weights, shape, flat=flat).write(own, reads[0])
        values.append(name)
    graph.operators.append(Operator("Flatten", [values[-1]], "logits"))
    return graph


class _Writer:
    """Writes the operators of one layer; of: the layer whose weights it has."""

    def __init__(
        self, graph: Graph, name: str, of: str, weights: Mapping[str, np.ndarray], shape: Shape, *, flat: bool
    ) -> None:
        self.graph = graph
        self.name = name
        self.of = of
        self.weights = weights
        self.shape = shape
        self.flat = flat

    def write(self, layer: Own, x: str) -> None:
        match layer:
            case Conv(bias=bias):
                self._put("Conv", [x, *self._weights("weight", *(["bias"] if bias else []))], **_convolving(layer))
            case Linear(features, bias):
                weight = self._weights("weight")
                shift = self._weights("bias") if bias else [self._array("zeros", np.zeros(features, np.float32))]
                self._put("Gemm", [x, *weight, *shift], transB=1)
            case Flatten():
                self._put("Flatten", [x])
            case BatchNorm() | GhostBatchNorm():
                parts = self._weights("weight", "bias", "running_mean", "running_var")
                self._put("BatchNormalization", [x, *parts], epsilon=_EPSILON)
            case GroupNorm(groups):
                self._scaled(self._normed(x, groups), by_map=True)
            case LayerNorm():
                self._scaled(self._normed(x, 1), by_map=False)
            case InstanceNorm():
                self._put("InstanceNormalization", [x, *self._units(self.shape[0])], epsilon=_EPSILON)
            case PRelu(one_slope):
                slopes = self.weights[f"{self.of}.weight"]  # one of all maps goes with rows of numbers, too
                form = (-1,) if self.flat or one_slope else (-1, 1, 1)
                self.graph.arrays[f"{self.of}.weight"] = slopes.reshape(form)
                self._put("PRelu", [x, f"{self.of}.weight"])
            case MaxPool(blur=True):
                top = self._put("MaxPool", [x], "max", kernel_shape=[2, 2])
                self._put("AveragePool", [top], kernel_shape=[2, 2], strides=[2, 2])
            case MaxPool(kernel, _, padding):
                self._put("MaxPool", [x], **_window(kernel, layer.steps, padding))
            case AvgPool(kernel, _, padding):
                counts: dict[str, Any] = {"count_include_pad": 1} if padding else {}
                self._put("AveragePool", [x], **_window(kernel, layer.steps, padding), **counts)
            case AdaptiveAvgPool(size):
                self._adaptive(x, *pair(size))
            case GlobalAvgPool():
                self._put("GlobalAveragePool", [x])
            case SqueezeExcite(_, bias):
                self._squeeze_excite(x, bias=bias)
            case EfficientAttention(kernel):
                self._attention(x, kernel)
            case Relu() | Relu6() | LeakyRelu() | Silu() | Gelu() | HardSwish() | Tanh() | Sigmoid():
                self._activation(layer, x)
            case Dropout() | MapDropout():
                raise AssertionError("a dropout does nothing in a network that trains no more")
            case _:
                assert_never(layer)

    def _activation(self, layer: Relu | Relu6 | LeakyRelu | Silu | Gelu | HardSwish | Tanh | Sigmoid, x: str) -> None:
        match layer:
            case Relu():
                self._put("Relu", [x])
            case Relu6():
                self._put("Min", [self._put("Relu", [x], "relu"), self._number("six", 6)])
            case LeakyRelu(slope):
                self._put("LeakyRelu", [x], alpha=slope)
            case Silu():
                self._put("Mul", [x, self._put("Sigmoid", [x], "sigmoid")])
            case Gelu():
                share = self._put(
                    "Erf", [self._put("Mul", [x, self._number("root", math.sqrt(0.5))], "scaled")], "erf"
                )
                half = self._put("Mul", [x, self._number("half", 0.5)], "halved")
                self._put("Mul", [half, self._put("Add", [share, self._number("one", 1)], "share")])
            case HardSwish():
                self._put("Mul", [x, self._put("HardSigmoid", [x], "gate", alpha=1 / 6, beta=0.5)])
            case Tanh():
                self._put("Tanh", [x])
            case Sigmoid():
                self._put("Sigmoid", [x])
            case _:
                assert_never(layer)

    def _normed(self, x: str, groups: int) -> str:
        """Returns the value whose groups of maps have mean 0 and variance 1."""
        parts = self._put("Reshape", [x, self._form("groups", 0, groups, -1)], "parts")
        normed = self._put("InstanceNormalization", [parts, *self._units(groups)], "normed", epsilon=_EPSILON)
        return self._put("Reshape", [normed, self._form("shape", 0, *self._own_shape())], "maps")

    def _scaled(self, x: str, *, by_map: bool) -> None:
        """Scales and shifts by the learned numbers, which are one a map, or one an element."""
        scale, shift = self._weights("weight", "bias")
        if by_map and not self.flat:
            for part in (scale, shift):
                self.graph.arrays[part] = self.weights[part].reshape(-1, 1, 1)
        self._put("Add", [self._put("Mul", [x, scale], "scaled"), shift])

    def _adaptive(self, x: str, height: int, width: int) -> None:
        _, rows, columns = self.shape
        if rows % height == 0 and columns % width == 0:
            kernel = [rows // height, columns // width]
            self._put("AveragePool", [x], kernel_shape=kernel, strides=kernel)
            return
        across = self._array("across", _shares(columns, width).T)
        down = self._array("down", _shares(rows, height))
        self._put("MatMul", [down, self._put("MatMul", [x, across], "rows")])

    def _squeeze_excite(self, x: str, *, bias: bool) -> None:
        parts = ["weight", "bias"] if bias else ["weight"]
        means = self._put("GlobalAveragePool", [x], "means")
        reduced = self._put("Conv", [means, *self._weights(*(f"reduce.{part}" for part in parts))], "reduced")
        active = self._put("Relu", [reduced], "active")
        expanded = self._put("Conv", [active, *self._weights(*(f"expand.{part}" for part in parts))], "expanded")
        self._put("Mul", [x, self._put("Sigmoid", [expanded], "gate")])

    def _attention(self, x: str, kernel: int) -> None:
        means = self._put("GlobalAveragePool", [x], "means")
        row = self._put("Reshape", [means, self._form("row", 0, 1, -1)], "neighbours")
        settings = {"kernel_shape": [kernel], "pads": [kernel // 2] * 2}
        mixed = self._put("Conv", [row, *self._weights("conv.weight")], "mixed", **settings)
        gate = self._put("Sigmoid", [mixed], "gate")
        maps = self._put("Reshape", [gate, self._form("maps_of_one", 0, self.shape[0], 1, 1)], "gates")
        self._put("Mul", [x, maps])

    def _put(self, kind: str, inputs: list[str], part: str = "", **attributes: Any) -> str:
        """Adds an operator, the layer's last where no part is named; returns what it writes."""
        output = f"{self.name}.{part}" if part else self.name
        self.graph.operators.append(Operator(kind, inputs, output, attributes))
        return output

    def _weights(self, *parts: str) -> list[str]:
        names = [f"{self.of}.{part}" for part in parts]
        self.graph.arrays |= {name: self.weights[name] for name in names}
        return names

    def _array(self, part: str, array: np.ndarray) -> str:
        self.graph.arrays[f"{self.name}.{part}"] = array
        return f"{self.name}.{part}"

    def _number(self, part: str, value: float) -> str:
        return self._array(part, np.array(value, np.float32))

    def _form(self, part: str, *sides: int) -> str:
        return self._array(part, np.array(sides, np.int64))

    def _units(self, count: int) -> list[str]:
        """Returns a scale of one and a shift of nothing."""
        return [
            self._array("ones", np.ones(count, np.float32)),
            self._array("nothing", np.zeros(count, np.float32)),
        ]

    def _own_shape(self) -> tuple[int, ...]:
        return self.shape[:1] if self.flat else self.shape


def _convolving(layer: Conv) -> dict[str, Any]:
    settings = {
        "kernel_shape": list(pair(layer.kernel)),
        "pads": list(pair(layer.padding)) * 2,
        "group": layer.groups,
    }
    moving = {"strides": layer.stride, "dilations": layer.dilation}
    return settings | {name: list(pair(side)) for name, side in moving.items() if side != 1}


def _window(kernel: Side, stride: Side, padding: Side) -> dict[str, Any]:
    settings = {"kernel_shape": list(pair(kernel)), "strides": list(pair(stride))}
    return settings | ({"pads": list(pair(padding)) * 2} if padding else {})


def _shares(side: int, count: int) -> np.ndarray:
    """Returns by how much each element along a side counts in each window of an adaptive pool: (count, side)."""
    rows = np.zeros((count, side), np.float32)
    for row, start, end in _windows(side, count):
        rows[row, start:end] = 1 / (end - start)
    return rows


def _windows(side: int, count: int) -> Iterator[tuple[int, int, int]]:
    for place in range(count):
        yield place, place * side // count, -(-(place + 1) * side // count)
