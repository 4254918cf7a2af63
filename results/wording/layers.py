"""A network's layers in words, and as rows of text for tables of any kind."""

from typing import assert_never

from results.wording.counted import counted
from space.architecture import Architecture
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
    Side,
    Sigmoid,
    Silu,
    Skip,
    SqueezeExcite,
    Sum,
    Tanh,
)
from space.layers.sides import pair

COLUMNS = ("layer", "shape", "parameters", "multiply-adds", "receptive field")


def rows(architecture: Architecture) -> list[tuple[str, str, str, str, str]]:
    """Returns a row of `COLUMNS` a layer; cells are empty where it has no parameters or multiply-adds of its own."""
    return [
        (
            cost.token,
            "x".join(map(str, cost.shape)),
            f"{cost.parameters:,}" if cost.parameters else "",
            f"{cost.macs:,}" if cost.macs else "",
            field_text(cost.fields),
        )
        for cost in architecture.costs
    ]


def totals(architecture: Architecture) -> tuple[str, str, str, str, str]:
    """Returns the row of sums that stands below the others."""
    return (
        "in all",
        "",
        f"{architecture.parameters:,}",
        f"{architecture.macs:,}",
        field_text(architecture.costs[-1].fields),
    )


def field_text(fields: tuple[int, int]) -> str:
    """Writes a receptive field as its side, or as rows x columns where these differ."""
    return str(fields[0]) if fields[0] == fields[1] else f"{fields[0]}x{fields[1]}"


def following(layer: Own | Mark) -> str:
    """Tells a layer that works element by element in words; empty for one that moves or mixes elements."""
    match layer:
        case Relu() | PRelu() | Silu() | Gelu() | Tanh() | Sigmoid() | Relu6():
            return "prelu of one slope" if layer == PRelu(one_slope=True) else layer.token
        case LeakyRelu(slope):
            return f"leaky relu {slope:.3g}"
        case HardSwish():
            return "hard swish"
        case BatchNorm():
            return "batch norm"
        case GhostBatchNorm(images):
            return f"batch norm by {images} images"
        case GroupNorm(groups):
            return f"norm in {groups} groups" if groups > 1 else "layer norm"
        case LayerNorm():
            return "layer norm by element"
        case InstanceNorm():
            return "instance norm"
        case Dropout(rate):
            return f"dropout {100 * rate:.3g} %"
        case MapDropout(rate):
            return f"dropout of maps {100 * rate:.3g} %"
        case Conv() | Linear() | Flatten() | MaxPool() | AvgPool() | AdaptiveAvgPool() | GlobalAvgPool():
            return ""
        case SqueezeExcite() | EfficientAttention() | Skip() | Sum() | Fork() | Branch() | Concat():
            return ""
        case _:
            assert_never(layer)


def title(layer: Own) -> str:
    """Tells what a layer does in a few words."""
    match layer:
        case Conv(channels, kernel):
            return f"{_sides(kernel)} convolution to {counted(channels, 'map')}"
        case Linear(features):
            return f"Fully connected to {features}"
        case Flatten():
            return "One row of numbers"
        case MaxPool(kernel):
            return f"{_sides(kernel)} max pool"
        case AvgPool(kernel):
            return f"{_sides(kernel)} average pool"
        case AdaptiveAvgPool(size):
            return f"Average pool to {_sides(size)}"
        case GlobalAvgPool():
            return "Global average pool"
        case SqueezeExcite(squeezed):
            return f"Squeeze-excite gate of {squeezed}"
        case EfficientAttention(kernel):
            return f"ECA gate of {counted(kernel, 'map')}"
        case _:
            return following(layer).capitalize()


def details(layer: Own, incoming: Shape) -> tuple[str, ...]:
    """Tells what the title leaves out."""
    match layer:
        case Conv(_, _, padding, groups, bias, stride, dilation):
            within = "depthwise" if groups == incoming[0] and groups > 1 else f"in {groups} groups"
            return (
                *((f"stride {_side(stride)}",) if stride != 1 else ()),
                *((f"dilation {_side(dilation)}",) if dilation != 1 else ()),
                *((within,) if groups > 1 else ()),
                *(("padded",) if padding else ()),
                *(("bias",) if bias else ()),
            )
        case MaxPool(_, stride, padding, blur=blur):
            return ("blurred",) if blur else _pool_details(stride, padding)
        case AvgPool(_, stride, padding):
            return _pool_details(stride, padding)
        case Linear(bias=True) | SqueezeExcite(bias=True):
            return ("bias",)
        case _:
            return ()


def _pool_details(stride: Side | None, padding: Side) -> tuple[str, ...]:
    stepping = () if stride is None else (f"stride {_side(stride)}",)
    return (*stepping, *(("padded",) if padding else ()))


def _sides(side: Side) -> str:
    return "×".join(map(str, pair(side)))


def _side(side: Side) -> str:
    return _sides(side) if isinstance(side, tuple) else str(side)


def as_markdown(architecture: Architecture, *, named: bool = False) -> str:
    """Writes the table in Markdown, with what is in all below.

    Args:
        named: Whether the names that the exported module has stand in front.
    """
    rules = [":--", *["--:"] * (len(COLUMNS) - 1)]
    lines = [COLUMNS, rules]
    lines += [("`" + token.replace("|", r"\|") + "`", *rest) for token, *rest in rows(architecture)]
    lines.append([f"**{cell}**" if cell else "" for cell in totals(architecture)])
    firsts = ("name", ":--", *architecture.names, "") if named else ()
    cells = [(first, *line) for first, line in zip(firsts, lines, strict=True)] if named else lines
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
