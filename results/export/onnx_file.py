"""A network as an ONNX file, checked by ONNX Runtime. Loads both packages, which are an extra, only to do so."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np

from results.export.verify import ExportMismatch
from space.architecture import Architecture
from space.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GhostBatchNorm,
    GlobalAvgPool,
    MapDropout,
    MaxPool,
    Norm,
    PRelu,
    Relu,
    Silu,
    Skip,
    Sum,
)
from space.task import Task

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

OPSET = 17  # of 2022: runtimes that are in use read it
OLDEST_OPSET = 9  # of 2018; the graph is the same in all that came since
_EPSILON = 1e-5  # torch's, in batch normalisation
_TOLERANCE = 1e-5
_BATCHES = (1, 2, 64)


def missing() -> list[str]:
    """Returns the packages of the extra that are not installed."""
    return [name for name in ("onnx", "onnxruntime") if find_spec(name) is None]


def as_onnx(
    architecture: Architecture, weights: Mapping[str, np.ndarray], *, task: Task, about: str, opset: int = OPSET
) -> bytes:
    """Returns the file's content: `images`, float (N, C, H, W) normalised, to `logits` (N, classes), for any N.

    Its metadata has `classes`, `mean` and `std`, lists as JSON.

    Args:
        weights: The state dict of the model that is built of `architecture`.
        task: That the network is for.
        about: For people who open the file.
        opset: The version of the operators, from `OLDEST_OPSET` to `OPSET`.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[NodeProto] = []
    initializers: dict[str, np.ndarray] = {}
    x, skips = "images", []
    for name, layer in zip(architecture.names, architecture.layers, strict=True):
        match layer:
            case Skip():
                skips.append(x)
                continue
            case Dropout() | MapDropout():
                continue
            case Sum():
                nodes.append(helper.make_node("Add", [x, skips.pop()], [name], name=name))
            case Silu():
                nodes.append(helper.make_node("Sigmoid", [x], [f"{name}.sigmoid"], name=f"{name}.sigmoid"))
                nodes.append(helper.make_node("Mul", [x, f"{name}.sigmoid"], [name], name=name))
            case MaxPool(blur=True):
                top, (kind, _, settings) = f"{name}.max", _operator(AvgPool(2))
                nodes.append(helper.make_node("MaxPool", [x], [top], name=top, kernel_shape=[2, 2]))
                nodes.append(helper.make_node(kind, [top], [name], name=name, **settings))
            case _:  # of the type that `_operator` takes, or the type checker objects
                kind, parts, settings = _operator(layer)
                given = {f"{name}.{part}": weights[f"{name}.{part}"] for part in parts}
                if isinstance(layer, PRelu):
                    given = {part: slopes.reshape(-1, 1, 1) for part, slopes in given.items()}
                initializers |= given
                nodes.append(helper.make_node(kind, [x, *given], [name], name=name, **settings))
        x = name
    nodes.append(helper.make_node("Flatten", [x], ["logits"], name="flatten"))
    graph = helper.make_graph(
        nodes,
        "thimble",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", *architecture.image])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", architecture.classes])],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in initializers.items()],
        doc_string=about,
    )
    return _checked(graph, task=task, opset=opset)


def _checked(graph: "GraphProto", *, task: Task, opset: int) -> bytes:
    """Returns the content of the file that has this graph."""
    from onnx import checker, helper

    operators = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        graph,
        opset_imports=operators,
        ir_version=helper.find_min_ir_version_for(operators),  # which runtimes of that time read
        producer_name="thimble",
    )
    facts = {"classes": task.class_names, "mean": task.mean, "std": task.std}
    helper.set_model_props(model, {name: json.dumps(values) for name, values in facts.items()})
    checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _operator(
    layer: Conv | Norm | Relu | PRelu | MaxPool | AvgPool | GlobalAvgPool,
) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """Returns the operator of a layer, the parts of the state dict that it takes, and its attributes."""
    match layer:
        case Conv(_, kernel, padding, groups, bias):
            settings = {"kernel_shape": [kernel] * 2, "pads": [padding] * 4, "group": groups}
            return "Conv", ("weight", "bias") if bias else ("weight",), settings
        case BatchNorm() | GhostBatchNorm():
            return "BatchNormalization", ("weight", "bias", "running_mean", "running_var"), {"epsilon": _EPSILON}
        case Relu():
            return "Relu", (), {}
        case PRelu():
            return "PRelu", ("weight",), {}
        case MaxPool():
            return "MaxPool", (), {"kernel_shape": [2, 2], "strides": [2, 2]}
        case AvgPool(kernel):
            return "AveragePool", (), {"kernel_shape": [kernel] * 2, "strides": [kernel] * 2}
        case GlobalAvgPool():
            return "GlobalAveragePool", (), {}
        case _:
            assert_never(layer)


def check(content: bytes, *, images: np.ndarray, logits: np.ndarray) -> float:
    """Runs the file on batches of 1, 2 and 64 images, and compares.

    Args:
        images: float32 (N, C, H, W), normalised; at least 64.
        logits: (N, classes), the trained network's for them.

    Returns:
        The largest absolute difference of a logit.

    Raises:
        ExportMismatch: It differs by more than 1e-5.
    """
    from onnxruntime import InferenceSession

    session = InferenceSession(content, providers=["CPUExecutionProvider"])
    outputs = [session.run(None, {"images": images[:batch]})[0] for batch in _BATCHES]
    difference = max(
        float(np.abs(came - logits[:batch]).max()) for batch, came in zip(_BATCHES, outputs, strict=True)
    )
    if not difference <= _TOLERANCE:  # so that NaN is a mismatch too
        raise ExportMismatch(f"the ONNX file's logits differ from the network's by {difference:.2g}")
    return difference
