"""Folds batch normalisation into the convolutions that it follows, in a network that trains no more."""

from collections import OrderedDict
from dataclasses import replace

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from space.architecture import Architecture
from space.layers import BatchNorm, Conv, GhostBatchNorm, Layer
from train.model import Network


def fold(model: Network, architecture: Architecture) -> tuple[Network, Architecture]:
    """Returns a network that computes the same, by the running statistics, in fewer layers.

    A norm that stands elsewhere than straight behind a convolution stays. `model` is left as it is.
    """
    model.eval()
    layers: list[Layer] = []
    modules: list[nn.Module] = []
    for layer, module in zip(architecture.layers, model, strict=False):  # without what flattens the logits
        before = layers[-1] if layers else None
        if isinstance(layer, BatchNorm | GhostBatchNorm) and isinstance(before, Conv):
            assert isinstance(module, nn.BatchNorm2d)
            layers[-1] = replace(before, bias=True)
            modules[-1] = fuse_conv_bn_eval(modules[-1], module)  # type: ignore[type-var]
        else:
            layers.append(layer)
            modules.append(module)
    small = Architecture(tuple(layers), architecture.image)
    named = OrderedDict(zip(small.names, modules, strict=True))
    return Network(OrderedDict(named, flatten=nn.Flatten())).eval(), small
