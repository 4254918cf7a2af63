"""What training a design takes on any machine: so much of each kind of work, by its layers and its recipe."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import assert_never

from space.architecture import Architecture
from space.augmentations import Affine, Rotation
from space.design import Design
from space.known.teacher import teacher_of
from space.layers import (
    AdaptiveAvgPool,
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
    Mark,
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
from space.recipe import Recipe

KINDS = {
    "dense": "multiply-adds of convolutions that see all maps",
    "pointwise": "multiply-adds of such of one element",
    "grouped": "multiply-adds of depthwise and grouped convolutions",
    "maps": "elements that enter and leave convolutions",
    "norm": "elements that are normalised",
    "activation": "elements of relu and what is like it",
    "silu": "elements of silu and of others that have an exponential",
    "dropout": "elements that may be dropped",
    "pool": "elements that are pooled",
    "sum": "elements that are added, put together or multiplied by a gate",
    "warp": "pixels, once for each augmentation that moves them",
    "recolour": "pixels, once for each other augmentation",
    "pixels": "pixels of images",
    "step": "steps",
    "convolution": "convolutions, once a step",
    "layer": "other layers, once a step, and each part of a ghost batch",
    "parameters": "parameters, once a step, and once more for an average of weights",
    "muon": "weights that Muon orthogonalises, once a step",
}
"""Kinds of work. Multiply-adds and elements are of one image in a forward and a backward pass; a forward pass alone
counts as a third."""


@lru_cache(maxsize=4096)
def work(design: Design, *, images: int, held_out: int) -> Mapping[str, float]:
    """Counts the work of an epoch of so many images, after which so many held-out ones are scored, by `KINDS`."""
    recipe, architecture = design.recipe, design.architecture
    passes = images + held_out / 3
    parts = [_of_layers(architecture, passes=passes), _of_steps(architecture, recipe, images)]
    parts.append(_of_pictures(architecture, recipe, images, passes=passes))
    if recipe.distillation:
        teacher = teacher_of(architecture.image, architecture.classes).architecture
        parts.append(_of_layers(teacher, passes=images / 3))
    counts: dict[str, float] = defaultdict(float)
    for kind, number in itertools.chain(*parts):
        counts[kind] += number
    return counts


def _of_pictures(
    architecture: Architecture, recipe: Recipe, images: int, *, passes: float
) -> Iterator[tuple[str, float]]:
    """Counts what becomes of images before the network, and what need not become of them: their gradient."""
    pixels = math.prod(architecture.image)
    for one in recipe.augmentation:
        yield "warp" if isinstance(one, Affine | Rotation) else "recolour", images * pixels
    yield "pixels", passes * pixels
    first = architecture.layers[0]
    if isinstance(first, Conv):
        yield _convolution(first), -images * architecture.costs[0].macs / 3


def _of_steps(architecture: Architecture, recipe: Recipe, images: int) -> Iterator[tuple[str, float]]:
    """Counts what steps take, each however few images it has."""
    steps = math.ceil(images / recipe.batch_size)
    yield "step", steps
    yield "parameters", steps * architecture.parameters * (2 if recipe.ema else 1)
    for layer in architecture.layers:
        if isinstance(layer, Conv | Linear):
            yield "convolution", steps
            mixes = isinstance(layer, Linear) or layer.groups == 1
            yield "muon", steps if recipe.optimizer == "muon" and mixes else 0
        else:
            parts = round(recipe.batch_size / layer.images) if isinstance(layer, GhostBatchNorm) else 1
            yield "layer", steps * max(1, parts)


def _of_layers(architecture: Architecture, *, passes: float) -> Iterator[tuple[str, float]]:
    """Counts what so many images take, each forward and backward."""
    shape = architecture.image
    for layer, cost in zip(architecture.meant, architecture.costs, strict=True):
        if isinstance(layer, Conv | Linear):
            yield _convolution(layer), passes * cost.macs
        yield from _elements(layer, shape, cost.shape, passes)
        shape = cost.shape


def _convolution(layer: Conv | Linear) -> str:
    if isinstance(layer, Linear):
        return "pointwise"
    if layer.groups > 1:
        return "grouped"
    return "pointwise" if layer.kernel == 1 else "dense"


def _elements(layer: Own | Mark, shape: Shape, out: Shape, passes: float) -> Iterator[tuple[str, float]]:
    """Counts the elements that a layer reads or writes, by its kind; none where it only marks a place."""
    entering, leaving = passes * math.prod(shape), passes * math.prod(out)
    match layer:
        case Conv() | Linear():
            yield "maps", entering + leaving
        case BatchNorm() | GhostBatchNorm() | GroupNorm() | LayerNorm() | InstanceNorm():
            yield "norm", leaving
        case Relu() | PRelu() | LeakyRelu() | Relu6() | HardSwish():
            yield "activation", leaving
        case Silu() | Gelu() | Tanh() | Sigmoid():
            yield "silu", leaving
        case Dropout() | MapDropout():
            yield "dropout", leaving
        case MaxPool() | AvgPool() | GlobalAvgPool() | AdaptiveAvgPool():
            yield "pool", entering
        case Sum() | Concat() | SqueezeExcite() | EfficientAttention():
            yield "sum", leaving
        case Skip() | Fork() | Branch() | Flatten():
            pass
        case _:
            assert_never(layer)
