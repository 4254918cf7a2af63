"""Designs side by side: a line each where there is room, else a block each."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from results.findings.comparison import Compared
from results.wording.comparison import COLUMNS, row
from search.commands.drawing.console import make_console

_WIDE = 130  # columns of a terminal that has room for a line a design


def print_comparison(compared: Sequence[Compared]) -> None:
    """Prints the designs in their order; on a narrow terminal with the designs in columns."""
    console = make_console()
    rows = [COLUMNS, *(row(one) for one in compared)]
    if console.width < _WIDE:
        rows = list(zip(*rows, strict=True))
    head, *others = rows
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(head):
        right = console.width >= _WIDE and name in ("parameters", "multiply-adds", "activations", "field")
        table.add_column(Text(name), justify="right" if right else "left", overflow="fold", no_wrap=number == 0)
    for cells in others:
        table.add_row(*map(Text, cells))
    console.print(table)
