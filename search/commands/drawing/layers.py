"""A network, layer by layer."""

from rich.table import Table
from rich.text import Text

from results.wording.layers import COLUMNS, rows, totals
from search.commands.drawing.console import make_console, print_text
from space.architecture import Architecture


def print_network(architecture: Architecture) -> None:
    """Prints its notation, then its layers."""
    console = make_console()
    print_text(console, architecture.notation)
    console.print(layer_table(architecture))


def layer_table(architecture: Architecture) -> Table:
    """Returns a row for each layer with its costs; what costs multiply-adds stands out on a terminal."""
    table = Table(box=None, pad_edge=False, show_footer=True)
    for name, total in zip(COLUMNS, totals(architecture), strict=True):
        justify, folds = "left" if name == "layer" else "right", name == "receptive field"
        table.add_column(name, justify=justify, footer=total, no_wrap=not folds)
    peak = f"{architecture.activation_bytes:,} B at peak"
    table.add_column("activations", justify="right", footer=peak, no_wrap=True)
    for cells, cost in zip(rows(architecture), architecture.costs, strict=True):
        activations = f"{cost.activation_bytes:,} B" if cost.activation_bytes else ""
        style = "cyan" if cost.macs else "" if cost.parameters else "dim"
        table.add_row(*map(Text, cells), activations, style=style)
    return table
