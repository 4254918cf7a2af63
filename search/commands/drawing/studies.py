"""All studies: a line each, with what is wrong with those that cannot be read below."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from results.findings.records import TrialRecord
from results.wording.limits import further
from results.wording.percent import percent
from search.commands.app import fields
from search.commands.drawing.console import make_console, print_text
from search.commands.options import in_options
from search.study.summaries import Summary
from search.wording import file_size

_UNITS = {"macs": "macs", "activation_bytes": "bytes"}
_COLUMNS = ("study", "data", "budget", "trials", "best", "size", "searched")


def print_studies(studies: Sequence[Summary]) -> None:
    """Prints the studies in their order."""
    console = make_console()
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="right" if name in ("budget", "best", "size") else "left", overflow="fold")
    for study in studies:
        running = study.trials is not None and study.trials.running
        table.add_row(*map(Text, _cells(study)), style="green" if running else "dim" if study.problem else "")
    console.print(table)
    for study in studies:
        if study.problem:
            print_text(console, Text(f"{study.name}: {in_options(study.problem, fields())}", style="yellow"))


def _cells(study: Summary) -> tuple[str, ...]:
    trials = study.trials
    best = trials.best if trials else None
    return (
        study.name,
        study.dataset or "-",
        _budget(study),
        _trials(study),
        f"{percent(best.accuracy)} {_where(best)}\n{best.parameters:,} parameters" if best else "-",
        file_size(study.size),
        "now" if trials and trials.running else _when(study.searched),
    )


def _where(best: TrialRecord) -> str:
    return "in the finals" if best.finals else "held-out"


def _budget(study: Summary) -> str:
    """Returns a line of each limit."""
    if study.budget is None:
        return "-"
    parameters = ", ".join(f"{budget:,}" for budget in study.budgets or (study.budget,))
    return "\n".join([parameters, *(f"{study.limits[name]:,} {_UNITS[name]}" for name in further(study.limits))])


def _when(searched: datetime | None) -> str:
    return f"{searched.astimezone():%Y-%m-%d %H:%M}" if searched else "-"


def _trials(study: Summary) -> str:
    """Returns how many of how many there are, and of them how many ended in which way."""
    if study.trials is None:
        return "unreadable"
    counts = study.trials.counts
    done = sum(counts.get(verdict, 0) for verdict in ("trained", "pruned", "failed"))
    of = f" of {max(study.total, done):,}" if study.total else ""  # fewer may have been asked for when it went on
    ways = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in counts if verdict not in ("waiting",))
    return f"{done:,}{of}" + (f": {ways}" if ways else "")
