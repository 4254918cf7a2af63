"""One trial: how it ended, its recipe, its learning curve and its layers."""

from rich.text import Text

from results.findings.records import TrialRecord
from results.wording.trial import reached
from search.commands.drawing.console import make_console, print_text
from search.commands.drawing.curves import sparkline
from search.commands.drawing.layers import layer_table
from search.commands.views import COLOURS
from search.wording import duration, in_finals


def print_trial(record: TrialRecord, *, study: str) -> None:
    """Prints all that is stored of the trial, but its losses."""
    console = make_console()
    score = f", {reached(record)}" if record.reached is not None else ""
    head = Text(f"trial {record.trial} of {study}: ", style="bold")
    print_text(console, head.append(record.verdict, style=COLOURS[record.verdict]).append(score))
    if record.reason:
        print_text(console, record.reason)
    console.print(f"{in_finals(record)}from {record.proposer}, {duration(record.seconds)} of training", markup=False)
    if record.recipe:
        print_text(console, record.recipe.describe())
    if record.accuracies:
        curve = " ".join(f"{100 * accuracy:.2f}" for accuracy in record.accuracies)
        print_text(console, Text(sparkline(record.accuracies), style="green").append(f"  {curve}", style="default"))
    print_text(console, record.notation)
    console.print(layer_table(record.design.architecture))
