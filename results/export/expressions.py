"""The expression that makes a layer's module in an exported file."""

from typing import Any, assert_never

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
    Layer,
    LayerNorm,
    LeakyRelu,
    Linear,
    MapDropout,
    MaxPool,
    Norm,
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


def expression(layer: Layer, shape: Shape, *, flat: bool) -> str:
    """Returns the expression that makes the layer's module; empty where it is none of its own.

    What has no weights is a module too: tools that fuse, quantise or list modules see only these.

    Args:
        shape: Of what comes in.
        flat: Whether that is a row of numbers.
    """
    incoming = shape[0]
    match layer:
        case Conv(channels, kernel, padding, groups, bias, stride, dilation):
            options = _options(stride=(stride, 1), padding=(padding, 0), dilation=(dilation, 1), groups=(groups, 1))
            return f"nn.Conv2d({incoming}, {channels}, {kernel}{options}{'' if bias else ', bias=False'})"
        case Linear(features, bias):
            return f"nn.Linear({incoming}, {features}{'' if bias else ', bias=False'})"
        case Flatten():
            return "nn.Flatten()"
        case BatchNorm() | GhostBatchNorm() | GroupNorm() | LayerNorm() | InstanceNorm():
            return _norm(layer, shape, flat=flat)
        case Relu() | Relu6() | LeakyRelu() | PRelu() | Silu() | Gelu() | HardSwish() | Tanh() | Sigmoid():
            return _activation(layer, incoming)
        case Dropout(rate):
            return f"nn.Dropout({rate})"
        case MapDropout(rate):
            return f"nn.Dropout2d({rate})"
        case MaxPool(kernel, stride, padding, blur=blur):
            if blur:
                return "nn.Sequential(nn.MaxPool2d(2, 1), nn.AvgPool2d(2))"
            return f"nn.MaxPool2d({kernel}{_options(stride=(stride, None), padding=(padding, 0))})"
        case AvgPool(kernel, stride, padding):
            return f"nn.AvgPool2d({kernel}{_options(stride=(stride, None), padding=(padding, 0))})"
        case AdaptiveAvgPool(size):
            return f"nn.AdaptiveAvgPool2d({size})"
        case GlobalAvgPool():
            return "nn.AdaptiveAvgPool2d(1)"
        case SqueezeExcite(squeezed, bias):
            return f"SqueezeExcite({incoming}, {squeezed}{', bias=True' if bias else ''})"
        case EfficientAttention(kernel):
            return f"EfficientAttention({kernel})"
        case Sum():
            return "Sum()"
        case Concat():
            return "Concat()"
        case Skip() | Fork() | Branch() | Again():
            return ""
        case _:
            assert_never(layer)


def _norm(layer: Norm, shape: Shape, *, flat: bool) -> str:
    match layer:
        case BatchNorm():
            return f"nn.BatchNorm{1 if flat else 2}d({shape[0]})"
        case GhostBatchNorm(images):
            return f"GhostBatchNorm2d({shape[0]}, {images})"
        case GroupNorm(groups):
            return f"nn.GroupNorm({groups}, {shape[0]})"
        case LayerNorm():
            return f"nn.LayerNorm({list(shape[:1] if flat else shape)})"
        case InstanceNorm():
            return f"nn.InstanceNorm2d({shape[0]})"
        case _:
            assert_never(layer)


def _activation(
    layer: Relu | Relu6 | LeakyRelu | PRelu | Silu | Gelu | HardSwish | Tanh | Sigmoid, incoming: int
) -> str:
    match layer:
        case Relu():
            return "nn.ReLU()"
        case Relu6():
            return "nn.ReLU6()"
        case LeakyRelu(slope):
            return f"nn.LeakyReLU({slope})"
        case PRelu(one_slope):
            return "nn.PReLU()" if one_slope else f"nn.PReLU({incoming})"
        case Silu():
            return "nn.SiLU()"
        case Gelu():
            return "nn.GELU()"
        case HardSwish():
            return "nn.Hardswish()"
        case Tanh():
            return "nn.Tanh()"
        case Sigmoid():
            return "nn.Sigmoid()"
        case _:
            assert_never(layer)


def _options(**given: tuple[Any, Any]) -> str:
    """Writes the keyword arguments that are not the default; given: each with its default."""
    return "".join(f", {name}={value}" for name, (value, default) in given.items() if value != default)
