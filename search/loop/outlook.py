"""`Outlook`: how far a search is and how long it will take."""

import time
from collections import Counter
from collections.abc import Mapping

from search.loop.asked import Asked
from search.loop.finals import count, trainings
from search.loop.status import Running, Status
from search.proposals.pruning import PROMOTED
from search.settings import Settings
from search.study.store import Store
from search.workers.executor import Executor


class Outlook:
    """Measures the pace of a search since its first epoch; workers take seconds to start."""

    def __init__(self, settings: Settings, store: Store, executor: Executor) -> None:
        self.settings = settings
        self.store = store
        self.executor = executor
        self._began = time.monotonic()
        self._first_epoch = 0.0  # when it ended, on the clock of `_began`
        self.epochs_trained = 0

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self._began

    def scored(self, *, new: bool) -> None:
        """Takes notice of an epoch's end. new: whether it was trained now, not before an interruption."""
        self._first_epoch = self._first_epoch or time.monotonic()
        self.epochs_trained += new

    def seconds_of_finals(self) -> float:
        """Returns what the finals of the trials so far would take."""
        counts = self.store.counts
        if not counts["trained"]:
            return 0.0
        done = {"trained": counts["trained"], "pruned": counts["pruned"], "seconds": self.store.seconds}
        number = trainings(count(self.settings, **done))
        return number * self.store.seconds / counts["trained"] / (self.settings.workers or 1)

    def status(self, asked: Mapping[int, Asked], *, left: int) -> Status:
        """Returns the search at this moment. asked: trials under way, by number; left: to be asked for."""
        settings, elapsed = self.settings, self.elapsed
        return Status(
            study=settings.study,
            dataset=settings.source.name,
            budget=self.store.most_parameters,
            trials=settings.trials,
            epochs=settings.epochs,
            target=settings.target,
            counts=Counter(self.store.counts),
            running=tuple(
                _running(number, one, epochs=one.screening or settings.epochs)
                for number, one in sorted(asked.items())
                if one.dispatched and not one.end
            ),
            best=self.store.best,
            elapsed=elapsed,
            left=self._seconds_left(asked, left, elapsed),
        )

    def _seconds_left(self, asked: Mapping[int, Asked], left: int, elapsed: float) -> float | None:
        """Reckons from the epochs a second since the first, as if every trial to come ran its full length, or had the
        share of whole trainings that screening lets pass."""
        if self.epochs_trained < 2 * self.executor.size:
            return None
        whole, short = self.settings.epochs, self.settings.screening
        each = short + whole * PROMOTED if short else whole
        under_way = sum((one.screening or whole) - len(one.curve) for one in asked.values() if not one.end)
        to_come = max(0, left) * each
        pace = (time.monotonic() - self._first_epoch) / (self.epochs_trained - 1)
        seconds = (under_way + to_come) * pace
        return seconds if self.settings.timeout is None else min(seconds, self.settings.timeout - elapsed)


def _running(number: int, asked: Asked, *, epochs: int) -> Running:
    return Running(
        trial=number,
        notation=asked.design.architecture.notation,
        parameters=asked.design.architecture.parameters,
        epoch=len(asked.curve),
        epochs=epochs,
        accuracy=asked.curve[-1].accuracy if asked.curve else None,
    )
