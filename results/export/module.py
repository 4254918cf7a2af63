"""A design as a readable stand-alone PyTorch module."""

from typing import assert_never

from results.export import pictures, training
from results.export.evidence import Evidence
from results.export.templates import plain, template, wrapped
from space.architecture import Architecture
from space.design import Design
from space.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GhostBatchNorm,
    GlobalAvgPool,
    Layer,
    MapDropout,
    MaxPool,
    PRelu,
    Relu,
    Silu,
    Skip,
    Sum,
)


def render(
    design: Design,
    evidence: Evidence,
    *,
    weights: str = "net.safetensors",
    unfolded: Architecture | None = None,
) -> str:
    """Writes the module's source, whose state dict has the keys of the model that is built of `design`.

    Args:
        weights: The name of the file beside the module that has the weights for pictures, where none is named.
        unfolded: The network as it was trained, where `design` is what is left with its norms folded: such a module
            has no training.
    """
    architecture, recipe = design.architecture, design.recipe
    versions = ", ".join(f"{name} {number}" for name, number in evidence.versions.items())
    why = _FOLDED if unfolded else training.untrainable(recipe)
    own, data = training.context(recipe, architecture), pictures.context(evidence, weights)
    ghosts = any(isinstance(layer, GhostBatchNorm) for layer in architecture.layers)
    return template("net.py.j2").render(
        title=plain(evidence.title),
        scores=[part for line in evidence.scores for part in wrapped(line)],
        found_by=wrapped(evidence.found_by),
        notation=wrapped(architecture.notation),
        unfolded=wrapped(unfolded.notation) if unfolded else [],
        described=wrapped(recipe.describe()),
        untrainable=why,
        exported=wrapped(f"exported {evidence.date} with {versions}"),
        parameters=architecture.parameters,
        budgeted=(unfolded or architecture).parameters,
        macs=architecture.macs,
        receptive_field=architecture.receptive_field,
        functions=_import((set() if why else training.functions(recipe)) | ({"batch_norm"} if ghosts else set())),
        imports=pictures.imports(trains=not why, needs=own["needs"], mnist=data["mnist"], pictures=data["pictures"]),
        ghost_batches=ghosts,
        sums=any(isinstance(layer, Sum) for layer in architecture.layers),
        modules=_modules(architecture),
        steps=_steps(architecture),
        **data,
        **own,
    )


_WIDTH = 118  # of a line of code
_FOLDED = "Batch normalisation is folded into the convolutions, so this file does not train the network again."


def _module(layer: Layer, incoming: int) -> str:
    """Returns the expression that makes the layer's module; empty where it is none.

    What has no weights is a module too: tools that fuse, quantise or list modules see only these.
    """
    match layer:
        case Conv(channels, kernel, padding, groups, bias):
            options = (f", padding={padding}" if padding else "") + (f", groups={groups}" if groups != 1 else "")
            return f"nn.Conv2d({incoming}, {channels}, {kernel}{options}{'' if bias else ', bias=False'})"
        case BatchNorm():
            return f"nn.BatchNorm2d({incoming})"
        case GhostBatchNorm(images):
            return f"GhostBatchNorm2d({incoming}, {images})"
        case PRelu():
            return f"nn.PReLU({incoming})"
        case Dropout(rate):
            return f"nn.Dropout({rate})"
        case MapDropout(rate):
            return f"nn.Dropout2d({rate})"
        case Relu():
            return "nn.ReLU()"
        case Silu():
            return "nn.SiLU()"
        case MaxPool(blur):
            return "nn.Sequential(nn.MaxPool2d(2, 1), nn.AvgPool2d(2))" if blur else "nn.MaxPool2d(2)"
        case AvgPool(kernel):
            return f"nn.AvgPool2d({kernel})"
        case GlobalAvgPool():
            return "nn.AdaptiveAvgPool2d(1)"
        case Sum():
            return "Sum()"
        case Skip():
            return ""
        case _:
            assert_never(layer)


def _modules(architecture: Architecture) -> list[str]:
    """Returns the statements that make the modules."""
    incoming = [architecture.image[0], *(cost.shape[0] for cost in architecture.costs)]
    rows = zip(architecture.names, architecture.layers, incoming, strict=False)
    return [f"self.{name} = {made}" for name, layer, channels in rows if (made := _module(layer, channels))]


def _import(functions: set[str]) -> list[str]:
    """Returns the statement that imports the functions, if there are any; a line each where it would be too long."""
    names = sorted(functions)
    line = f"from torch.nn.functional import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return [line] if names else []
    return ["from torch.nn.functional import (", *(f"    {name}," for name in names), ")"]


def _calls(architecture: Architecture) -> list[str]:
    """Returns a statement a layer."""
    calls, skips = [], []
    for name, layer in zip(architecture.names, architecture.layers, strict=True):
        match layer:
            case Skip():
                skips.append(name)
                calls.append(f"{name} = x")
            case Sum():
                calls.append(f"x = self.{name}(x, {skips.pop()})")
            case _:
                calls.append(f"x = self.{name}(x)")
    return calls


def _steps(architecture: Architecture) -> list[str]:
    """Returns a line a layer: the call, then shape, parameters and receptive field in columns where they change."""
    rows = []
    for call, cost in zip(_calls(architecture), architecture.costs, strict=True):
        shape = f"(N, {', '.join(map(str, cost.shape))})"
        rows.append((call, shape, f"{cost.parameters or '':>6}", cost.receptive_field))
    widths = [max(len(str(row[column])) for row in rows) for column in (0, 1)]
    return [
        f"{call:<{widths[0]}}  # {shape:<{widths[1]}} {parameters}  {field:>4}"
        for call, shape, parameters, field in rows
    ]
