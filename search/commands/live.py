"""A running search on a terminal: a table drawn anew a few times a second, under the lines of what has ended."""

import time
from collections import deque
from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from results.findings.records import TrialRecord
from results.findings.shares import reaches
from results.wording.counted import counted
from results.wording.limits import limits_in_words
from results.wording.percent import in_full, percent
from results.wording.trial import standing
from search.commands.app import fields
from search.commands.columns import cut, in_columns
from search.commands.options import in_options
from search.commands.views import COLOURS, describe, tally, time_left
from search.loop.status import Running, Status
from search.wording import duration
from train.scores import EpochScore

_PAUSE = 0.2  # seconds between two frames
_FRAME = 8  # lines of a frame beside those of the trials
_MOST = 200  # lines that are kept to be printed again


class LiveView:
    """The table, and above it a line for each trial that trained, was pruned or failed, and for each note."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._lines: deque[tuple[str, str]] = deque(maxlen=_MOST)  # above the table, each with its style; "" is prose
        self._live: Live | None = None
        self._size = self._console.size
        self._next = 0.0

    def update(self, status: Status) -> None:
        if status.why:
            self.noted(status.why)
        size = self._console.size  # it may change at any time
        resized = size != self._size
        if time.monotonic() < self._next and not resized:
            return
        self._next = time.monotonic() + _PAUSE
        if resized and self._live:
            self._begin_anew(beside=len(status.running) + _FRAME)
        self._size = size
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        self._live.update(frame(status, columns=self._columns, lines=size.height), refresh=True)

    def scored(self, trial: Running, score: EpochScore) -> None:
        pass  # the table shows it at the next update

    def ended(self, record: TrialRecord) -> None:
        if record.verdict != "rejected":
            self._above(describe(record), COLOURS[record.verdict])

    def noted(self, text: str) -> None:
        self._above(in_options(text, fields()), "")

    def close(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def _above(self, line: str, style: str) -> None:
        self._lines.append((line, style))
        self._print(line, style)

    def _print(self, line: str, style: str) -> None:
        shown = cut(line, self._columns) if style else in_columns(line, self._columns)
        self._console.print(Text(shown, style=style), soft_wrap=True)

    def _begin_anew(self, *, beside: int) -> None:
        """Clears the screen after a resize, when only the terminal knows where the lines of the last frame are, and
        prints the lines above it again, as many as there is room for beside so many of a frame."""
        self.close()
        self._console.clear()
        room = max(1, self._console.size.height - beside)
        for line, style in list(self._lines)[-room:]:
            self._print(line, style)

    @property
    def _columns(self) -> int:
        """The width; less where an ellipsis takes three characters."""
        return max(20, self._console.width - (0 if self._console.encoding.startswith("utf") else 2))


def frame(status: Status, *, columns: int, lines: int) -> Group:
    """Returns the table in so many columns, and with no more rows than there are lines for."""
    head = [
        Text(""),
        Text(
            in_columns(
                f"{status.study}: at most {limits_in_words(status.limits, status.budgets)}, {status.dataset}", columns
            )
        ),
        Text(in_columns(_progress(status), columns), style="bold"),
        Text(in_columns(f"{duration(status.elapsed)} gone, {time_left(status)}", columns)),
    ]
    rows = list(_rows(status, max(1, lines - _FRAME - 1), columns))
    return Group(*head, _bar(status, columns), *rows, _best(status, columns))


def _progress(status: Status) -> str:
    finals = status.finals
    if finals:
        over = f"{finals.done} of {counted(finals.trainings, 'training')} over"
        return f"finals, round {finals.round} of {finals.rounds}: {over}"
    return f"{status.done} of {counted(status.trials, 'trial')}: {tally(status)}"


def _bar(status: Status, columns: int) -> Table:
    finals = status.finals
    total, done = (finals.trainings, finals.done) if finals else (status.trials, status.done)
    bar = Table.grid()  # a bar alone does not end its line
    bar.add_row(ProgressBar(total=max(1, total), completed=min(done, total), width=min(60, columns)))
    return bar


def _rows(status: Status, most: int, columns: int) -> Iterator[Text]:
    yield Text(cut("trial  stage      epoch    held-out  parameters  network", columns), style="bold")
    shown = status.running if len(status.running) <= most else status.running[: most - 1]
    for row in shown:
        line = (
            f"{row.trial:>5}  {row.stage:<9}  {f'{row.epoch} / {row.epochs}':<7}  {percent(row.accuracy):>8}  "
            f"{row.parameters:>10,}  {row.notation}"
        )
        yield Text(cut(line, columns))
    if len(shown) < len(status.running):
        yield Text(cut(f"       and {len(status.running) - len(shown)} more", columns), style="dim")


def _best(status: Status, columns: int) -> Text:
    best = status.best
    if best is None:
        return Text(in_columns("no trial has been trained to its end yet", columns), style="dim")
    line = (
        f"best {standing(best, status.target)} (target {in_full(status.target)}): trial {best.trial}, "
        f"{counted(best.parameters, 'parameter')}, receptive field {best.receptive_field}"
    )
    return Text(in_columns(line, columns), style="bold green" if reaches(best.accuracy, status.target) else "bold")
