"""The table of the page of the notation: every token with an example that is computed."""

from space.form import Row
from space.forms import FORMS
from space.notation import format_shape, parse_layers
from space.tracing import Trace

_HEAD = ("token", "layer", "parameters", "what it does to the shape", "example")


def table() -> str:
    """Returns the table in Markdown, a row for each spelling of each token."""
    rows = [_HEAD, ("---",) * len(_HEAD), *(_cells(row) for form in FORMS for row in form.rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)


def _cells(row: Row) -> tuple[str, ...]:
    costs = Trace(parse_layers(row.example), row.enters).costs
    learned = sum(cost.parameters for cost in costs)
    example = f"`{row.example}`: {format_shape(row.enters)} to {format_shape(costs[-1].shape)}, {learned}"
    return f"`{row.token}`", row.words, row.parameters, row.change, example
