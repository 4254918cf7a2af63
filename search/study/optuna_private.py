"""Optuna's private names in its database: all that is used of them, read in version 5.0.0.

`search.proposals.optuna_private` has those of studies and trials. A test says of each that it does what we count on.
`search.study.storage` also overrides `RDBStorage._get_trials`, by which Optuna's cache reads trials.
"""

import optuna
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models
from optuna.study._frozen import FrozenStudy

__all__ = ["OPERATIONS", "STUDIES", "STUDY_ATTRIBUTES", "TOLD", "FrozenStudy", "RDBStorage", "models", "storage_of"]

# The names of a storage's operations, each of which asks the database.
OPERATIONS: frozenset[str] = BaseStorage.__abstractmethods__

# What is read with nothing but sqlite3: the studies by their ids, the attributes of one of them, and the numbers of
# its trials that were told.
STUDIES = "SELECT study_id, study_name FROM studies ORDER BY study_id"
STUDY_ATTRIBUTES = "SELECT key, value_json FROM study_user_attributes WHERE study_id = ?"
TOLD = "SELECT number FROM trials WHERE study_id = ? AND state IN ('COMPLETE', 'PRUNED', 'FAIL')"


def storage_of(study: optuna.Study) -> BaseStorage:
    """Return the storage that the study uses, which has in memory what cannot change any more."""
    return study._storage
