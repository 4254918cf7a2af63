"""Many trials: a line each on a terminal, all columns when piped."""

import math
from collections.abc import Sequence
from statistics import fmean

from rich.table import Table
from rich.text import Text

from results.findings.records import TrialRecord
from results.wording.percent import percent
from search.commands.drawing.console import make_console
from search.commands.drawing.curves import sparkline
from search.commands.views import COLOURS
from search.wording import duration

_CURVE = 15  # most bars of a curve
_TITLES = {"macs": "macs", "activation_bytes": "peak bytes"}  # of what a study may limit beside parameters
_WIDE = 110  # columns of a terminal that has room for everything


def print_listing(
    records: Sequence[TrialRecord], *, best: TrialRecord | None, left_out: int, limits: Sequence[str] = ()
) -> None:
    """Prints the trials in their order; best: stands out where it is among them; limits: attributes that the study
    limits beside parameters, which have columns."""
    console = make_console()
    console.print(_glance(records, best, console.width, limits) if console.is_terminal else _whole(records, limits))
    if left_out:
        console.print(f"{left_out} more; --top 0 shows all")


def _whole(records: Sequence[TrialRecord], limits: Sequence[str]) -> Table:
    """What programs read: all of everything, in columns that stay."""
    table = Table(box=None, pad_edge=False)
    for name in ("trial", "verdict", "held-out", "parameters", "field", "epochs", "time", "from", "finals"):
        table.add_column(name, justify="left" if name in ("verdict", "from") else "right", no_wrap=True)
    for name in limits:
        table.add_column(_TITLES[name], justify="right", no_wrap=True)
    table.add_column("network", overflow="fold")
    for record in records:
        table.add_row(
            str(record.trial),
            record.verdict,
            percent(record.reached),
            f"{record.parameters:,}",
            str(record.receptive_field),
            str(record.epochs),
            duration(record.seconds),
            Text(record.origin),
            _in_finals(record),
            *_costs(record, limits),
            Text(record.notation),
        )
    return table


def _costs(record: TrialRecord, limits: Sequence[str]) -> list[str]:
    return [f"{getattr(record, name):,}" for name in limits]


def _in_finals(record: TrialRecord) -> str:
    """The mean of its trainings there, and how many they were."""
    return f"{percent(fmean(record.finals))} of {len(record.finals)}" if record.finals else "-"


def _glance(records: Sequence[TrialRecord], best: TrialRecord | None, width: int, limits: Sequence[str]) -> Table:
    """A line a trial in `width` columns, with its learning curve, the best in bold green; what a narrow terminal has
    no room for is left out."""
    table, wide = Table(box=None, pad_edge=False, expand=True), width >= _WIDE
    finals = any(record.finals for record in records)
    titles, curves = [_TITLES[name] for name in limits], wide or not limits
    for name in (
        *("trial", "verdict", "held-out", *(["finals"] if finals else []), "parameters", *titles, "field"),
        *(["curve"] if curves else []),
    ):
        table.add_column(name, justify="left" if name in ("verdict", "curve") else "right", no_wrap=True)
    for name in ("time", "from") if wide else ():
        table.add_column(name, justify="right" if name == "time" else "left", no_wrap=True, max_width=16)
    table.add_column("network", ratio=1, no_wrap=True, overflow="ellipsis")
    for record in records:
        curve = sparkline(record.accuracies[:: -math.ceil(record.epochs / _CURVE)][::-1]) if record.epochs else ""
        whence = [duration(record.seconds), Text(record.origin)] if wide else []
        table.add_row(
            str(record.trial),
            Text(record.verdict, style=COLOURS[record.verdict]),
            Text(percent(record.reached), style="" if record.score is not None else "dim"),
            *([_in_finals(record) if record.finals else ""] if finals else []),
            f"{record.parameters:,}",
            *_costs(record, limits),
            str(record.receptive_field),
            *([curve] if curves else []),
            *whence,
            Text(record.notation or record.reason, style="" if record is best else "dim"),
            style="bold green" if record is best else "",
        )
    return table
