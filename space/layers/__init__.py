"""The layers that a network is made of, each a frozen value.

A layer knows how it is written (`token`), what it is called after (`kind`), which shape it makes of another
(`output`), what it costs (`parameters`, `macs`), what it sees (`seen`), and whether it can write where it read
(`in_place`). Where something else tells layers apart, by `match`, it ends in `assert_never`, so that the type
checker names what a new layer of the union `Layer` still lacks.
"""

from space.invalid import InvalidDesign
from space.layers.activations import (
    Activation,
    Gelu,
    HardSwish,
    LeakyRelu,
    PRelu,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Tanh,
)
from space.layers.base import Kind
from space.layers.blocks import Again, Branch, Concat, Fork, Skip, Sum
from space.layers.convolutions import Conv, Flatten, Linear
from space.layers.gates import EfficientAttention, SqueezeExcite
from space.layers.norms import (
    BatchNorm,
    Dropout,
    GhostBatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    MapDropout,
    Norm,
)
from space.layers.pools import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool
from space.layers.sides import Shape, Side

Pool = MaxPool | AvgPool | AdaptiveAvgPool | GlobalAvgPool
Gate = SqueezeExcite | EfficientAttention
Mark = Skip | Sum | Fork | Concat | Branch
Own = Conv | Linear | Flatten | Activation | Norm | Dropout | MapDropout | Pool | Gate
"""Those that compute by themselves, with weights of their own where they have any."""

Layer = Own | Mark | Again

__all__ = [
    "Activation", "AdaptiveAvgPool", "Again", "AvgPool", "BatchNorm", "Branch", "Concat", "Conv",
    "Dropout", "EfficientAttention", "Flatten", "Fork", "Gate", "Gelu", "GhostBatchNorm", "GlobalAvgPool",
    "GroupNorm", "HardSwish", "InstanceNorm", "InvalidDesign", "Kind", "Layer", "LayerNorm", "LeakyRelu", "Linear",
    "MapDropout", "Mark", "MaxPool", "Norm", "Own", "PRelu", "Pool", "Relu", "Relu6", "Shape", "Side", "Sigmoid",
    "Silu", "Skip", "SqueezeExcite", "Sum", "Tanh",
]  # fmt: skip
