"""Optuna's private names in its database: all that is used of them, read in version 5.0.0.

`search.proposals.optuna_private` has those of studies and trials. A test says of each that it does what we count on.
`search.study.storage` also overrides `RDBStorage._get_trials`, by which Optuna's cache reads trials.
"""

import optuna
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models

__all__ = ["OPERATIONS", "STUDY_ATTRIBUTES", "RDBStorage", "models", "storage_of"]

# The names of a storage's operations, each of which asks the database.
OPERATIONS: frozenset[str] = BaseStorage.__abstractmethods__

# Reads the attributes of the study of a name with nothing but sqlite3.
STUDY_ATTRIBUTES = (
    "SELECT key, value_json FROM study_user_attributes JOIN studies USING (study_id) WHERE study_name = ?"
)


def storage_of(study: optuna.Study) -> BaseStorage:
    """Return the storage that the study uses, which has in memory what cannot change any more."""
    return study._storage
