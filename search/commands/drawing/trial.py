"""One trial: how it ended, its recipe, its learning curve and its layers."""

from collections.abc import Mapping

from rich.text import Text

from results.findings.estimate import Estimate
from results.findings.records import TrialRecord
from results.findings.selection import Selection
from results.wording.limits import further, limits_in_words
from results.wording.percent import hundredths
from results.wording.selection import estimated, notes, rule
from results.wording.trial import reached
from search.commands.drawing.console import make_console, print_text
from search.commands.drawing.curves import sparkline
from search.commands.drawing.layers import layer_table
from search.commands.views import COLOURS
from search.wording import duration


def print_trial(
    record: TrialRecord,
    *,
    study: str,
    estimate: Estimate | None,
    selection: Selection | None,
    limits: Mapping[str, int],
) -> None:
    """Prints all that is stored of the trial, but its losses.

    Args:
        estimate: What a trained trial reaches.
        selection: Why the trial is the best, where it is.
        limits: What the study allows a network to cost.
    """
    console = make_console()
    score = f", {reached(record)}" if record.reached is not None else ""
    head = Text(f"trial {record.trial} of {study}: ", style="bold")
    print_text(console, head.append(record.verdict, style=COLOURS[record.verdict]).append(score))
    if record.reason:
        print_text(console, record.reason)
    if estimate:
        print_text(console, estimated(estimate, chosen=selection is not None))
    if selection:
        for line in (*notes(selection), rule(selection)):
            print_text(console, line)
    print_text(console, f"from {record.proposer}, {duration(record.seconds)} of training")
    if further(limits) and record.notation:
        costs = {name: getattr(record, name) for name in limits}
        print_text(console, f"{limits_in_words(costs)}, of at most {limits_in_words(limits)}")
    if record.recipe:
        print_text(console, record.recipe.describe())
    if record.accuracies:
        curve = " ".join(map(hundredths, record.accuracies))
        print_text(console, Text(sparkline(record.accuracies), style="green").append(f"  {curve}", style="default"))
    print_text(console, record.notation)
    console.print(layer_table(record.design.architecture))
