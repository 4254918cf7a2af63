"""A design as a readable stand-alone PyTorch module."""

from results.export import pictures, training
from results.export.evidence import Evidence
from results.export.expressions import expression
from results.export.templates import plain, template, wrapped
from results.wording.layers import field_text
from space.architecture import Architecture
from space.design import Design
from space.layers import Again, Branch, Concat, Fork, GhostBatchNorm, Skip, Sum


def render(
    design: Design,
    evidence: Evidence,
    *,
    weights: str = "net.safetensors",
    unfolded: Architecture | None = None,
    tests: bool = True,
) -> str:
    """Writes the module's source, whose state dict has the keys of the model that is built of `design`.

    Args:
        weights: The file with the weights for pictures, where none is named, as the module's folder names it.
        unfolded: The network as it was trained, where `design` is what is left with its norms folded: such a module
            has no training.
        tests: Whether there are images to test with; without, the training scores by those that the search held out.
    """
    architecture, recipe = design.architecture, design.recipe
    versions = ", ".join(f"{name} {number}" for name, number in evidence.versions.items())
    why = _FOLDED if unfolded else training.untrainable(recipe)
    own, data = training.context(recipe, architecture), pictures.context(evidence, weights)
    kinds = {type(layer) for layer in architecture.layers}
    functions = (set() if why else training.functions(recipe)) | (
        {"batch_norm"} if GhostBatchNorm in kinds else set()
    )
    return template("net.py.j2").render(
        title=plain(evidence.title),
        scores=[part for line in evidence.scores for part in wrapped(line)],
        found_by=wrapped(evidence.found_by),
        pixels=wrapped(evidence.pixels) if evidence.pixels else [],
        notation=wrapped(architecture.notation),
        unfolded=wrapped(unfolded.notation) if unfolded else [],
        described=wrapped(recipe.describe()),
        untrainable=why,
        scored_by="test" if tests else "held-out",
        exported=wrapped(f"exported {evidence.date} with {versions}"),
        last_epochs=evidence.last_epochs,
        parameters=architecture.parameters,
        budgeted=(unfolded or architecture).parameters,
        macs=architecture.macs,
        receptive_field=field_text(architecture.costs[-1].fields),
        flat=architecture.costs[-1].flat,
        functions=_import(functions),
        imports=pictures.imports(trains=not why, needs=own["needs"], mnist=data["mnist"], pictures=data["pictures"]),
        layers={kind.__name__ for kind in kinds},
        widest_sum=max((len(cost.reads) for cost in architecture.costs if cost.token == Sum.token), default=0),
        modules=_modules(architecture),
        steps=_steps(architecture),
        **data,
        **own,
    )


_WIDTH = 118  # of a line of code
_FOLDED = "Batch normalisation is folded into the convolutions, so this file does not train the network again."


def _modules(architecture: Architecture) -> list[str]:
    """Returns the statements that make the modules."""
    rows = zip(architecture.names, architecture.layers, architecture.incoming, strict=True)
    made = ((name, expression(layer, shape, flat=flat)) for name, layer, (shape, flat) in rows)
    return [f"self.{name} = {module}" for name, module in made if module]


def _import(functions: set[str]) -> list[str]:
    """Returns the statement that imports the functions, if there are any; a line each where it would be too long."""
    names = sorted(functions)
    line = f"from torch.nn.functional import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return [line] if names else []
    return ["from torch.nn.functional import (", *(f"    {name}," for name in names), ")"]


def _calls(architecture: Architecture) -> list[str]:
    """Returns a statement a layer."""
    calls: list[str] = []
    blocks: list[list[str]] = []  # of each open block the names of what came in, and of what left its branches
    for name, layer in zip(architecture.names, architecture.layers, strict=True):
        match layer:
            case Skip() | Fork():
                blocks.append([name])
                calls.append(f"{name} = x")
            case Branch():
                calls.append(f"{name}, x = x, {blocks[-1][0]}")
                blocks[-1].append(name)
            case Sum():
                came, *ends = blocks.pop()
                calls.append(f"x = self.{name}({', '.join([*ends, 'x'] if ends else ['x', came])})")
            case Concat():
                came, *ends = blocks.pop()
                calls.append(f"x = self.{name}({', '.join([*(ends or [came]), 'x'])})")
            case Again(of):
                calls.append(f"x = self.{of}(x)")
            case _:
                calls.append(f"x = self.{name}(x)")
    return calls


def _steps(architecture: Architecture) -> list[str]:
    """Returns a line a layer: the call, then shape, parameters and receptive field in columns where they change."""
    rows = []
    for call, cost in zip(_calls(architecture), architecture.costs, strict=True):
        shape = f"(N, {', '.join(map(str, cost.shape[:1] if cost.flat else cost.shape))})"
        rows.append((call, shape, f"{cost.parameters or '':>6}", field_text(cost.fields)))
    widths = [max(len(str(row[column])) for row in rows) for column in (0, 1)]
    return [
        f"{call:<{widths[0]}}  # {shape:<{widths[1]}} {parameters}  {field:>4}"
        for call, shape, parameters, field in rows
    ]
