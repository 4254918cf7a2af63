"""`Callback`: what somebody else is told of a search while it runs, and the view that tells them."""

from collections.abc import Sequence

from results.findings.records import TrialRecord
from search.loop.status import Running, Status, View
from search.settings import Settings
from search.study.folder import StudyFolder
from train.scores import EpochScore


class Callback:
    """A listener to a search; each method does nothing until it is written anew.

    It is called in the thread that searches, one method at a time, and what it raises ends the search; the study
    stays whole and can be gone on with.
    """

    def on_start(self, settings: Settings, folder: StudyFolder) -> None:
        """Is called once, when the study is in its database and before the first trial."""

    def on_epoch(self, trial: Running, score: EpochScore) -> None:
        """Is called when a trial has ended an epoch; `trial.stage` says of which training. Epochs that are repeated
        after an interruption are told again in the screening alone."""

    def on_trial(self, record: TrialRecord) -> None:
        """Is called when a trial has ended, whatever its verdict: trained, pruned, rejected or failed."""

    def on_end(self) -> None:
        """Is called once, when a search that began is over or interrupted, after the finals, whatever other callbacks
        raise."""


class WithCallbacks:
    """A view that tells callbacks what it shows."""

    def __init__(self, view: View, callbacks: Sequence[Callback]) -> None:
        self._view = view
        self._callbacks = callbacks
        self._begun = False

    def begun(self, settings: Settings, folder: StudyFolder) -> None:
        """Tells that the search begins."""
        self._begun = True
        for callback in self._callbacks:
            callback.on_start(settings, folder)

    def update(self, status: Status) -> None:
        self._view.update(status)

    def scored(self, trial: Running, score: EpochScore) -> None:
        self._view.scored(trial, score)
        for callback in self._callbacks:
            callback.on_epoch(trial, score)

    def ended(self, record: TrialRecord) -> None:
        self._view.ended(record)
        for callback in self._callbacks:
            callback.on_trial(record)

    def noted(self, text: str) -> None:
        self._view.noted(text)

    def close(self) -> None:
        self._view.close()
        for callback in self._callbacks if self._begun else ():
            callback.on_end()
