"""What a running search shows: a live table on a terminal, plain lines elsewhere, JSON lines on request."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from results.findings.records import TrialRecord, Verdict
from results.wording.percent import percent
from search.commands.app import fields
from search.commands.options import in_options
from search.loop.status import Status, View
from search.wording import duration

COLOURS: dict[Verdict, str] = {  # on terminals
    "trained": "green",
    "pruned": "yellow",
    "rejected": "magenta",
    "failed": "red",
    "running": "blue",
    "waiting": "dim",
}
_PLAIN_SECONDS = 30.0  # between two status lines


def make_view(*, as_json: bool) -> View:
    if as_json:
        return JsonView(PlainView(sys.stderr), sys.stdout)
    return LiveView() if sys.stdout.isatty() else PlainView(sys.stdout)


def printer(*, as_json: bool) -> Callable[[str], None]:
    """Returns what prints lines for people: on standard output, or beside it where that is for JSON."""
    stream = sys.stderr if as_json else sys.stdout
    return lambda line: print(in_options(line, fields()), file=stream, flush=True)


def tally(status: Status) -> str:
    counts = status.counts
    verdicts = ("trained", "pruned", "rejected", "failed")
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in verdicts)


def describe(record: TrialRecord) -> str:
    """One line on a trial that ended."""
    text = f"trial {record.trial:>4} {record.verdict:<8} "
    if record.verdict == "trained":
        text += f"{percent(record.score)}  {record.parameters:,} parameters, receptive field {record.receptive_field}"
    elif record.verdict == "pruned":
        when = f"at epoch {record.epochs} " if record.epochs or record.reached is None else ""
        text += f"{when}with {percent(record.reached)}: {record.reason}"
    else:
        text += record.reason
    return f"{text}  {record.notation}"


def as_object(record: TrialRecord) -> dict[str, Any]:
    """The trial as the JSON contract has it."""
    return {
        "trial": record.trial,
        "verdict": record.verdict,
        "parameters": record.parameters,
        "score": record.score,
        "reached": record.reached,
        "notation": record.notation,
        "epochs": record.epochs,
        "seconds": round(record.seconds, 3),
        "receptive_field": record.receptive_field,
        "reason": record.reason,
        "origin": record.origin,
        "finals": list(record.finals),
    }


class PlainView:
    """A line for each trial that trained, was pruned or failed, and a status line now and then; rejected
    proposals, of which there can be thousands, are in the status line only."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next = time.monotonic() + _PLAIN_SECONDS

    def update(self, status: Status) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PLAIN_SECONDS
        running = ", ".join(f"{r.trial} epoch {r.epoch} {percent(r.accuracy)}" for r in status.running)
        best = f"best {percent(status.best.score)}" if status.best else "no best yet"
        print(
            f"{status.done} of {status.trials} trials ({tally(status)}); running: {running or 'none'}; "
            f"{best}; about {duration(status.left)} left",
            file=self._stream,
            flush=True,
        )

    def ended(self, record: TrialRecord) -> None:
        if record.verdict != "rejected":
            print(describe(record), file=self._stream, flush=True)

    def noted(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def close(self) -> None:
        pass


class JsonView:
    """One JSON object a trial on `stream`; everything else goes to the plain view."""

    def __init__(self, plain: PlainView, stream: TextIO) -> None:
        self._plain = plain
        self._stream = stream

    def update(self, status: Status) -> None:
        self._plain.update(status)

    def ended(self, record: TrialRecord) -> None:
        print(json.dumps(as_object(record)), file=self._stream, flush=True)

    def noted(self, text: str) -> None:
        self._plain.noted(text)

    def close(self) -> None:
        self._plain.close()


class LiveView:
    """A table that is drawn anew a few times a second, under the lines of the trials that ended."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(highlight=False)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)

    def update(self, status: Status) -> None:
        self._live.start()  # does nothing from the second time on
        self._live.update(_table(status))

    def ended(self, record: TrialRecord) -> None:
        if record.verdict != "rejected":
            self._console.print(
                describe(record), style=COLOURS[record.verdict], markup=False, no_wrap=True, overflow="ellipsis"
            )

    def noted(self, text: str) -> None:
        self._console.print(text, style="yellow", markup=False)

    def close(self) -> None:
        self._live.stop()


def _table(status: Status) -> Any:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    head = Text()
    head.append(f"{status.study}", style="bold")
    head.append(f"  {status.dataset}, at most {status.budget:,} parameters   ")
    head.append(f"{status.done} of {status.trials} trials", style="bold")
    head.append(f"\n{tally(status)}   {duration(status.elapsed)} gone, about {duration(status.left)} left")
    table = Table(box=None, pad_edge=False, expand=True)
    for name, width in (("trial", 5), ("epoch", 7), ("held-out", 8), ("parameters", 10)):
        table.add_column(name, justify="right", min_width=width, no_wrap=True)
    table.add_column("network", ratio=1, no_wrap=True, overflow="ellipsis")
    for row in status.running:
        table.add_row(
            str(row.trial),
            f"{row.epoch} / {row.epochs}",
            percent(row.accuracy),
            f"{row.parameters:,}",
            Text(row.notation),
        )
    best = Text("no trial has finished yet", style="dim")
    if status.best:
        reached = (status.best.score or 0) >= status.target
        best = Text(
            f"best {percent(status.best.score)} (target {percent(status.target)})  trial {status.best.trial}, "
            f"{status.best.parameters:,} parameters, receptive field {status.best.receptive_field}",
            style="bold green" if reached else "bold",
        )
    progress = Table.grid()  # a bar alone does not end its line
    progress.add_row(ProgressBar(total=max(1, status.trials), completed=min(status.done, status.trials), width=60))
    return Group(head, progress, table, best)
