"""Folds batch normalisation into the layers that it follows, in a network that trains no more."""

from collections import OrderedDict
from dataclasses import replace

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from space.architecture import Architecture
from space.layers import Again, BatchNorm, Conv, GhostBatchNorm, Layer, Linear
from space.tracing import named
from train import layers as ours
from train.model import Network


def fold(model: Network, architecture: Architecture) -> tuple[Network, Architecture]:
    """Returns a network that computes the same, by the running statistics, in fewer layers.

    A norm that stands elsewhere than straight behind a convolution or a fully connected layer stays, and so does one
    where it or the layer before is used again. `model` is left as it is.
    """
    model.eval()
    again = {layer.name for layer in architecture.layers if isinstance(layer, Again)}
    layers: list[Layer] = []
    modules: list[nn.Module] = []
    names: list[str] = []  # as they were
    for name, layer, module in zip(architecture.names, architecture.layers, model, strict=False):
        before = layers[-1] if layers else None
        folds = isinstance(layer, BatchNorm | GhostBatchNorm) and isinstance(before, Conv | Linear)
        if folds and not again & {name, names[-1]}:
            assert isinstance(before, Conv | Linear)
            layers[-1] = replace(before, bias=True)
            fuse = fuse_conv_bn_eval if isinstance(before, Conv) else fuse_linear_bn_eval
            modules[-1] = fuse(modules[-1], module)  # type: ignore[type-var]
        else:
            layers.append(layer)
            modules.append(module)
            names.append(name)
    small = _renamed(layers, names, architecture)
    kept = OrderedDict(zip(small.names, modules, strict=True))
    for name, layer in zip(small.names, small.layers, strict=True):
        if isinstance(layer, Again):
            kept[name] = ours.Again(kept[layer.name])
    return Network(OrderedDict(kept, flatten=nn.Flatten())).eval(), small


def _renamed(layers: list[Layer], names: list[str], whole: Architecture) -> Architecture:
    """Returns the network of these layers, whose names were others: what is used again is found by its new one."""
    now = dict(zip(names, named(layers), strict=True))
    renamed = (replace(layer, name=now[layer.name]) if isinstance(layer, Again) else layer for layer in layers)
    return Architecture(tuple(renamed), whole.image)
