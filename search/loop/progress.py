"""A bar of progress, drawn in a notebook and of text elsewhere: tqdm's, which knows Jupyter, Colab and VS Code."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from results.findings.records import TrialRecord
from results.wording.counted import counted
from results.wording.trial import standing
from search.loop.status import Running, Status
from train.scores import EpochScore

if TYPE_CHECKING:
    from search.replication.seeds import UnderWay


class Bar:
    """A bar that appears with its first count. On standard error, where it is of text."""

    def __init__(self, title: str, unit: str) -> None:
        self._title = title
        self._unit = unit
        self._bar: Any = None
        self._shown: tuple[object, ...] = ()

    def show(self, done: int, total: int, said: str) -> None:
        """Draws it anew where anything has changed: so much of a total, and what is said beside it."""
        if self._shown == (done, total, said):
            return
        self._shown = done, total, said
        if self._bar is None:
            self._bar = _tqdm()(
                total=total, initial=done, desc=self._title, unit=self._unit, postfix=said, dynamic_ncols=True
            )
            return
        self._bar.total, self._bar.n = total, done
        self._bar.set_postfix_str(said, refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        """Leaves it as it is."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class ProgressView:
    """A view that shows how far a search is as a bar of trials, and then of the finals' trainings.

    Notes are not shown: `noted` is told them.
    """

    def __init__(self, noted: Callable[[str], None]) -> None:
        self._noted = noted
        self._bar: Bar | None = None
        self._latest: Status | None = None

    def update(self, status: Status) -> None:
        finals = status.finals
        if self._bar is None or bool(self._latest and self._latest.finals) != bool(finals):
            self.close()
            self._bar = Bar(f"{status.study}, finals", "training") if finals else Bar(status.study, "trial")
        self._latest = status
        done, total = (finals.done, finals.trainings) if finals else (status.done, max(status.trials, status.done))
        self._bar.show(done, total, _said(status))

    def scored(self, trial: Running, score: EpochScore) -> None:
        pass  # the next update has it

    def ended(self, record: TrialRecord) -> None:
        """Counts the trial, after the last of which there is no update."""
        if self._latest is None:
            return
        best, running = self._latest.best, tuple(row for row in self._latest.running if row.trial != record.trial)
        if record.verdict == "trained" and (best is None or record.rank < best.rank):
            best = record
        counts = self._latest.counts + Counter([record.verdict])
        self.update(replace(self._latest, counts=counts, best=best, running=running))

    def noted(self, text: str) -> None:
        self._noted(text)

    def close(self) -> None:
        if self._bar:
            self._bar.close()
            self._bar = None


def _said(status: Status) -> str:
    """Tells the best so far and what is in training."""
    best = f"best {standing(status.best, status.target)}" if status.best else "no best yet"
    rows = [f"trial {row.trial} epoch {row.epoch}/{row.epochs}" for row in status.running]
    return ", ".join([best, *rows[:2], *([f"{len(rows) - 2} more"] if len(rows) > 2 else [])])


class TrainingsBar:
    """A bar of the epochs of trainings over seeds."""

    def __init__(self, title: str) -> None:
        self._bar = Bar(title, "epoch")

    def watch(self, now: "UnderWay") -> None:
        """Shows how far they are."""
        waiting = set(now.waiting)
        total = done = over = 0
        for place, task in enumerate(now.tasks):
            epochs = task.design.recipe.epochs
            total += epochs
            if place in now.curves:
                done += len(now.curves[place])
            elif place not in waiting:
                done, over = done + epochs, over + 1
        self._bar.show(done, total, f"{over} of {counted(len(now.tasks), 'training')} over")

    def close(self) -> None:
        """Leaves it as it is."""
        self._bar.close()


def _tqdm() -> type:
    """Returns tqdm's bar: of widgets where a notebook has them, else of text."""
    from tqdm.auto import tqdm

    # Without the thread that would watch over all bars of the process, and stay.
    return type("tqdm", (tqdm,), {"monitor_interval": 0})
