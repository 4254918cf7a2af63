"""The commands `count`, `space`, `best`, `show` and `table`: tables on a terminal, plain text when piped."""

import json
import math
import random
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from results.findings.records import TrialRecord, best
from results.wording.layers import COLUMNS, rows, totals
from results.wording.percent import percent
from results.wording.trial import reached
from search.commands.views import COLOURS, as_object
from search.outputs.files import write_text
from search.study.designs import find_trial
from search.study.folder import find
from search.wording import duration, in_finals
from space.architecture import Architecture
from space.choices.choices import Sampling, SpaceName, choices, draw
from space.choices.encoding import design_from
from space.design import Budget

_SAMPLE = 500  # random proposals that the share inside the budget is estimated from
_BARS = "▁▂▃▄▅▆▇█"
_CURVE = 15  # most bars of a curve in a table
_WIDE = 110  # columns of a terminal that has room for everything


def _console() -> Console:
    """Of the terminal's width; as wide as it needs when piped, so that no column is cut."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=2_000)


def print_count(architecture: Architecture, *, as_json: bool) -> int:
    if as_json:
        layers = [
            {
                "token": cost.token,
                "shape": list(cost.shape),
                "parameters": cost.parameters,
                "macs": cost.macs,
                "receptive_field": cost.receptive_field,
            }
            for cost in architecture.costs
        ]
        print(
            json.dumps(
                {
                    "notation": architecture.notation,
                    "parameters": architecture.parameters,
                    "macs": architecture.macs,
                    "activation_bytes": architecture.activation_bytes,
                    "receptive_field": architecture.receptive_field,
                    "layers": layers,
                }
            )
        )
        return 0
    console = _console()
    _print_text(console, architecture.notation)
    console.print(_layers(architecture))
    return 0


def _print_text(console: Console, text: str | Text) -> None:
    """Broken between words on a terminal; a line as it is when piped."""
    console.print(text, markup=False, soft_wrap=not console.is_terminal)


def _layers(architecture: Architecture) -> Table:
    """On a terminal what costs multiply-adds stands out from what does not."""
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


def print_space(budget: Budget, space: SpaceName, *, as_json: bool) -> int:
    shares: dict[str, float] = {}
    samplings: tuple[Sampling, ...] = ("inside", "plain")
    for sampling in samplings:
        rng = random.Random(0)
        fitting = sum(
            budget.allows(design_from(draw(space, sampling, rng), budget=budget, epochs=15).architecture)
            for _ in range(_SAMPLE)
        )
        shares[sampling] = fitting / _SAMPLE
    if as_json:
        named = {name: str(choice) for name, choice in choices(space, "inside").items()}
        print(
            json.dumps({"budget": budget.parameters, "space": space, "choices": named, "share_inside_budget": shares})
        )
        return 0
    console = _console()
    table = Table(box=None, pad_edge=False)
    table.add_column("choice")
    table.add_column("values")
    for name, choice in choices(space, "inside").items():
        table.add_row(name, Text(str(choice)))
    console.print(table)
    console.print(
        f"\nOf {_SAMPLE:,} random proposals {percent(shares['inside'])} fit {budget.parameters:,} parameters "
        f"with --sampling inside, {percent(shares['plain'])} with --sampling plain.",
        soft_wrap=True,
    )
    return 0


def print_trial(which: str, study: str | None, runs: Path, *, as_json: bool) -> int:
    folder, record = find_trial(which, study, runs)
    if as_json:
        extra: dict[str, Any] = {
            "accuracies": list(record.accuracies),
            "training_accuracies": list(record.training_accuracies),
            "recipe": record.recipe.to_json() if record.recipe else None,
        }
        print(json.dumps(as_object(record) | extra))
        return 0
    console = _console()
    score = f", {reached(record)}" if record.reached is not None else ""
    head = Text(f"trial {record.trial} of {folder.name}: ", style="bold")
    _print_text(console, head.append(record.verdict, style=COLOURS[record.verdict]).append(score))
    if record.reason:
        _print_text(console, record.reason)
    console.print(f"{in_finals(record)}from {record.proposer}, {duration(record.seconds)} of training", markup=False)
    if record.recipe:
        _print_text(console, record.recipe.describe())
    if record.accuracies:
        curve = " ".join(f"{100 * accuracy:.2f}" for accuracy in record.accuracies)
        _print_text(console, Text(sparkline(record.accuracies), style="green").append(f"  {curve}", style="default"))
    _print_text(console, record.notation)
    console.print(_layers(record.design.architecture))
    return 0


def sparkline(shares: tuple[float, ...]) -> str:
    """A bar an epoch; on the scale of the errors' logarithm, because what matters lies above 99 %."""
    errors = [math.log(max(1 - share, 1e-4)) for share in shares]
    low, high = min(errors), max(errors)
    span = (high - low) or 1.0
    return "".join(_BARS[round((high - error) / span * (len(_BARS) - 1))] for error in errors)


def print_table(
    study: str | None, runs: Path, *, csv: Path | None, top: int, only_front: bool, force: bool, as_json: bool
) -> int:
    folder = find(study, runs)
    from results.findings.records import front, ranked
    from search.study.reading import read_records

    records = read_records(folder)
    records = front(records) if only_front else ranked(records)
    if csv:
        from results.findings.table import frame

        write_text(frame(records).to_csv(index=False), csv, force=force)
    if as_json:
        for record in records:
            print(json.dumps(as_object(record)))
        return 0
    shown = records[: top or None]
    console = _console()
    console.print(_glance(shown, best(records), console.width) if console.is_terminal else _listing(shown))
    if len(shown) < len(records):
        console.print(f"{len(records) - len(shown)} more; --top 0 shows all")
    return 0


def _listing(records: list[TrialRecord]) -> Table:
    """What programs read: all of everything, in columns that stay."""
    table = Table(box=None, pad_edge=False)
    for name in ("trial", "verdict", "held-out", "parameters", "field", "epochs", "time", "from", "finals"):
        table.add_column(name, justify="left" if name in ("verdict", "from") else "right", no_wrap=True)
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
            Text(record.notation),
        )
    return table


def _in_finals(record: TrialRecord) -> str:
    """The mean of its trainings there, and how many they were."""
    return f"{percent(fmean(record.finals))} of {len(record.finals)}" if record.finals else "-"


def _glance(records: list[TrialRecord], winner: TrialRecord | None, width: int) -> Table:
    """A line a trial in `width` columns, with its learning curve, the winner in bold green; what a narrow terminal
    has no room for is left out."""
    table, wide = Table(box=None, pad_edge=False, expand=True), width >= _WIDE
    finals = any(record.finals for record in records)
    for name in ("trial", "verdict", "held-out", *(["finals"] if finals else []), "parameters", "field", "curve"):
        table.add_column(name, justify="left" if name in ("verdict", "curve") else "right", no_wrap=True)
    for name in ("time", "from") if wide else ():
        table.add_column(name, justify="right" if name == "time" else "left", no_wrap=True, max_width=16)
    table.add_column("network", ratio=1, no_wrap=True, overflow="ellipsis")
    for record in records:
        whence = [duration(record.seconds), Text(record.origin)] if wide else []
        table.add_row(
            str(record.trial),
            Text(record.verdict, style=COLOURS[record.verdict]),
            Text(percent(record.reached), style="" if record.score is not None else "dim"),
            *([_in_finals(record) if record.finals else ""] if finals else []),
            f"{record.parameters:,}",
            str(record.receptive_field),
            sparkline(record.accuracies[:: -math.ceil(record.epochs / _CURVE)][::-1]) if record.epochs else "",
            *whence,
            Text(record.notation or record.reason, style="" if record is winner else "dim"),
            style="bold green" if record is winner else "",
        )
    return table
