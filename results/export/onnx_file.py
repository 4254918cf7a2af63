"""A network as an ONNX file, checked by ONNX Runtime. Loads both packages, which are an extra, only to do so."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from results.export.operators import graph_of
from results.export.verify import ExportMismatch
from space.architecture import Architecture
from space.task import Task

if TYPE_CHECKING:
    from onnx import GraphProto

OPSET = 17  # of 2022: runtimes that are in use read it
OLDEST_OPSET = 9  # of 2018; the graph is the same in all that came since
_TOLERANCE = 1e-5  # of a logit, or that share of the largest: float32 rounds to a share
_BATCHES = (1, 2, 64)
_SILENT = "ORT_DISABLE_TELEMETRY"  # https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md


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

    network = graph_of(architecture, weights)
    nodes = [
        helper.make_node(
            operator.kind, operator.inputs, [operator.output], name=operator.output, **operator.attributes
        )
        for operator in network.operators
    ]
    graph = helper.make_graph(
        nodes,
        "thimble",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", *architecture.image])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", architecture.classes])],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in network.arrays.items()],
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


def check(content: bytes, *, images: np.ndarray, logits: np.ndarray) -> float:
    """Runs the file on batches of 1, 2 and 64 images, and compares.

    Args:
        images: float32 (N, C, H, W), normalised; at least 64.
        logits: (N, classes), the trained network's for them.

    Returns:
        The largest absolute difference of a logit.

    Raises:
        ExportMismatch: It differs by more than 1e-5, or than that share of the largest logit where it is above 1.
    """
    with _nothing_reported():
        from onnxruntime import InferenceSession

    session = InferenceSession(content, providers=["CPUExecutionProvider"])
    outputs = [session.run(None, {"images": images[:batch]})[0] for batch in _BATCHES]
    difference = max(
        float(np.abs(came - logits[:batch]).max()) for batch, came in zip(_BATCHES, outputs, strict=True)
    )
    if not difference <= _TOLERANCE * max(1.0, float(np.abs(logits).max())):  # so that NaN is a mismatch too
        raise ExportMismatch(f"the ONNX file's logits differ from the network's by {difference:.2g}")
    return difference


@contextmanager
def _nothing_reported() -> Iterator[None]:
    """Has ONNX Runtime, where it is first loaded here, neither tell its makers how it is used nor keep a number of
    this user in the home, unless the environment says itself what it may; that is as before afterwards."""
    if _SILENT in os.environ:
        yield
        return
    os.environ[_SILENT] = "1"  # which it reads once, when it is loaded
    try:
        yield
    finally:
        os.environ.pop(_SILENT, None)
