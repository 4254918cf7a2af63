"""Optuna's private names in its database: all that is used of them, read in version 5.0.0.

`search.proposals.optuna_private` has those of studies and trials, `search.study.sqlite_file` what is read without
Optuna. A test says of each that it does what we count on.
`search.study.storage` also overrides `RDBStorage._get_trials`, by which Optuna's cache reads trials.
"""

import contextlib
import copy
import logging
import threading
from collections.abc import Container, Iterator
from itertools import count
from operator import eq

import optuna
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._cached_storage import _CachedStorage
from optuna.storages._rdb import models
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState

__all__ = [
    "OPERATIONS",
    "CachedStorage",
    "FrozenStudy",
    "RDBStorage",
    "models",
    "storage_of",
    "unannounced",
]

# The names of a storage's operations, each of which asks the database.
OPERATIONS: frozenset[str] = BaseStorage.__abstractmethods__


# The loggers on which Optuna announces that a study is created or found again.
_ANNOUNCING = ("optuna.storages._rdb.storage", "optuna.study.study")


@contextlib.contextmanager
def unannounced() -> Iterator[None]:
    """Have Optuna not announce studies of this thread meanwhile; its verbosity is left as the caller has it."""
    thread = threading.get_ident()

    def is_heard(record: logging.LogRecord) -> bool:
        return record.thread != thread or record.levelno > logging.INFO

    loggers = [logging.getLogger(name) for name in _ANNOUNCING]
    for logger in loggers:
        logger.addFilter(is_heard)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(is_heard)


def storage_of(study: optuna.Study) -> BaseStorage:
    """Return the storage that the study uses, which has in memory what cannot change any more."""
    return study._storage


class CachedStorage(_CachedStorage):
    """Optuna's cache, which has in memory what cannot change any more, without its sorting of all trials."""

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Return the study's trials in these states, or in any, in order."""
        self._read_trials_from_remote_storage(study_id)
        with self._lock:
            study = self._studies[study_id]
            every = study.trials
            if states is not None and not any(state in states for state in TrialState if state.is_finished()):
                unfinished = (self._trial_id_to_study_id_and_number[one] for one in study.unfinished_trial_ids)
                trials = [every[number] for _, number in sorted(unfinished)]
            elif all(map(eq, every, count())):
                trials = list(every.values())
            else:
                trials = [every[number] for number in sorted(every)]
        if states is not None:
            trials = [trial for trial in trials if trial.state in states]
        return copy.deepcopy(trials) if deepcopy else trials
