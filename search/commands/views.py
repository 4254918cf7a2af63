"""What a running search shows: a live table on a terminal, plain lines elsewhere, JSON lines on request."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from results.findings.records import TrialRecord, Verdict
from results.wording.counted import counted
from results.wording.percent import percent
from results.wording.trial import standing
from search.commands.app import fields
from search.commands.columns import columns_of, in_columns, tell
from search.commands.options import in_options
from search.loop.status import Running, Status, View
from search.wording import duration
from train.scores import EpochScore

COLOURS: dict[Verdict, str] = {  # on terminals
    "trained": "green",
    "pruned": "yellow",
    "rejected": "magenta",
    "failed": "red",
    "running": "blue",
    "waiting": "dim",
}
_SOON = 5.0  # seconds
_PLAIN_SECONDS = 30.0  # between two status lines


def make_view(*, as_json: bool) -> View:
    if as_json:
        return JsonView(PlainView(sys.stderr), sys.stdout)
    if sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):  # which cannot move a cursor
        from search.commands.live import LiveView

        return LiveView()
    return PlainView(sys.stdout)


def printer(*, as_json: bool) -> Callable[[str], None]:
    """Returns what prints lines for people: on standard output, or beside it where that is for JSON."""
    return lambda line: tell(in_options(line, fields()), beside=as_json)


def tally(status: Status) -> str:
    counts = status.counts
    verdicts = ("trained", "pruned", "rejected", "failed")
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in verdicts)


def describe(record: TrialRecord) -> str:
    """Describes a trial that ended in one line."""
    text = f"trial {record.trial:>4} {record.verdict:<8} "
    if record.verdict == "trained":
        text += (
            f"{percent(record.score):>8}  {counted(record.parameters, 'parameter')}, "
            f"receptive field {record.receptive_field}"
        )
    elif record.verdict == "pruned":
        text += f"{percent(record.reached):>8}  {record.reason}"
    else:
        text += record.reason
    return f"{text}  {record.notation}"


def as_object(record: TrialRecord) -> dict[str, Any]:
    """Returns the trial as the JSON contract has it."""
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
        **({"budget": record.of_budget} if record.of_budget else {}),
    }


def time_left(status: Status) -> str:
    """Says how long the search will take, as far as that is known."""
    if status.left is None:
        return "time left not known yet"
    return f"about {duration(status.left)} left" if status.left >= _SOON else "a few seconds left"


class PlainView:
    """A line for each trial that trained, was pruned or failed, and a status line now and then where something has
    changed; rejected proposals, of which there can be thousands, are in the status line only."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next = time.monotonic() + _PLAIN_SECONDS
        self._said = ""

    def update(self, status: Status) -> None:
        if status.why:
            self._print(status.why)
        if time.monotonic() < self._next:
            return
        line = "; ".join(_now(status))
        if line != self._said:
            self._next, self._said = time.monotonic() + _PLAIN_SECONDS, line
            self._print(f"{line}; {time_left(status)}")

    def scored(self, trial: Running, score: EpochScore) -> None:
        pass  # a status line says it now and then

    def ended(self, record: TrialRecord) -> None:
        if record.verdict != "rejected":
            self._print(describe(record))

    def noted(self, text: str) -> None:
        self._print(in_options(text, fields()))

    def close(self) -> None:
        pass

    def _print(self, line: str) -> None:
        print(in_columns(line, columns_of(self._stream)), file=self._stream, flush=True)


def _now(status: Status) -> Iterator[str]:
    """What is under way, without times."""
    if status.finals:
        yield f"finals: {status.finals.done} of {counted(status.finals.trainings, 'training')} over"
    else:
        yield f"{status.done} of {counted(status.trials, 'trial')} ({tally(status)})"
    for row in status.running:
        reached = "" if row.accuracy is None else f" {percent(row.accuracy)}"
        yield f"trial {row.trial} {row.stage} epoch {row.epoch} of {row.epochs}{reached}"
    yield f"best {standing(status.best, status.target)}" if status.best else "no best yet"


class JsonView:
    """One JSON object a trial on `stream`; everything else goes to the plain view."""

    def __init__(self, plain: PlainView, stream: TextIO) -> None:
        self._plain = plain
        self._stream = stream

    def update(self, status: Status) -> None:
        self._plain.update(status)

    def scored(self, trial: Running, score: EpochScore) -> None:
        self._plain.scored(trial, score)

    def ended(self, record: TrialRecord) -> None:
        print(json.dumps(as_object(record)), file=self._stream, flush=True)

    def noted(self, text: str) -> None:
        self._plain.noted(text)

    def close(self) -> None:
        self._plain.close()
