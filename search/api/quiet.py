"""What a search that Python runs shows by itself: nothing; what is noted goes to the logger "thimble"."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack

from results.findings.records import TrialRecord
from search.loop.callbacks import Callback
from search.loop.loggers.logger import Logger
from search.loop.status import Running, Status
from search.settings import Settings
from search.study.folder import StudyFolder
from thimble.names import with_theirs
from train.scores import EpochScore

_LOG = logging.getLogger("thimble")


class QuietView:
    """A view without a screen."""

    def update(self, status: Status) -> None:
        pass

    def scored(self, trial: Running, score: EpochScore) -> None:
        pass

    def ended(self, record: TrialRecord) -> None:
        pass

    def noted(self, text: str) -> None:
        _LOG.info(text)

    def close(self) -> None:
        pass


class Theirs(Callback):
    """Callbacks of a user's, each called while the user's own modules have their names.

    Whichever of them raises, each that was told of the beginning is told of the end.
    """

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self._callbacks = callbacks
        self._begun: list[Callback] = []

    def on_start(self, settings: Settings, folder: StudyFolder) -> None:
        self._begun = []
        with with_theirs():
            for callback in self._callbacks:
                if isinstance(callback, Logger):
                    callback.take()
                self._begun.append(callback)
                callback.on_start(settings, folder)

    def on_epoch(self, trial: Running, score: EpochScore) -> None:
        with with_theirs():
            for callback in self._callbacks:
                callback.on_epoch(trial, score)

    def on_trial(self, record: TrialRecord) -> None:
        with with_theirs():
            for callback in self._callbacks:
                callback.on_trial(record)

    def on_end(self) -> None:
        with with_theirs(), ExitStack() as ends:
            for callback in reversed(self._begun):  # which are called from the last to the first
                ends.callback(callback.on_end)
