"""A study's SQLite file opened: to read and write, or, where it may not be written, to read what is there.

Loads neither torch nor optuna.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

TABLES = frozenset(  # of Optuna 5.0.0, whose import would take a second
    [
        *("alembic_version", "studies", "study_directions", "study_system_attributes", "study_user_attributes"),
        *("trial_heartbeats", "trial_intermediate_values", "trial_params", "trial_system_attributes"),
        *("trial_user_attributes", "trial_values", "trials", "version_info"),
    ]
)
# What is read with nothing but sqlite3: the studies by their ids; of one of them its attributes, the numbers of its
# trials that were told, how many of its trials have which state and which verdict, and some attributes of those that
# were trained to their end.
STUDIES = "SELECT study_id, study_name FROM studies ORDER BY study_id"
STUDY_ATTRIBUTES = "SELECT key, value_json FROM study_user_attributes WHERE study_id = ?"
TOLD = "SELECT number FROM trials WHERE study_id = ? AND state IN ('COMPLETE', 'PRUNED', 'FAIL')"
VERDICTS = (
    "SELECT state, value_json, COUNT(*) FROM trials LEFT JOIN trial_user_attributes "
    "ON trials.trial_id = trial_user_attributes.trial_id AND key = 'verdict' WHERE study_id = ? GROUP BY 1, 2"
)
TRAINED = (
    "SELECT number, key, value_json FROM trials JOIN trial_user_attributes USING (trial_id) "
    "WHERE study_id = ? AND state = 'COMPLETE' AND key IN ('score', 'parameters', 'multiply-adds', 'origin')"
)
LONGEST_PATH = 504  # bytes of a database's, to which SQLite adds at most 8; it takes paths of 512
BUSY_SECONDS = 60  # how long a write waits for another process that holds the database


def connect(database: Path) -> sqlite3.Connection:
    """Open a database, which is made where it is missing and may be.

    What is committed is on the disk before the commit returns, and others can read meanwhile (WAL mode;
    https://sqlite.org/pragma.html#pragma_synchronous).

    Raises:
        sqlite3.Error: It cannot be opened, or is no database.
    """
    if not may_be_written(database):
        return connect_to_read(database)
    connection = sqlite3.connect(database, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def connect_to_read(database: Path) -> sqlite3.Connection:
    """Open a database that is there to read it, also from a read-only mount or a folder that others write.

    Raises:
        sqlite3.Error: It cannot be opened, or is no database.
    """
    connection = _opened(database, "mode=ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        return connection
    except sqlite3.OperationalError:  # reading takes an index of the log, which cannot be made there
        connection.close()
        if may_be_written(database):
            raise
    log = _log(database)
    if not log.exists() or not log.stat().st_size:
        return _opened(database, "mode=ro&immutable=1")
    return _opened(_copy(database), "mode=rw")


def path_length(database: Path) -> int:
    """Count the bytes of a database's path as SQLite opens it."""
    return len(os.fsencode(database.resolve()))


def may_be_written(database: Path) -> bool:
    """Say whether this process may write the database, and the files that SQLite has beside it."""
    return os.access(database.parent, os.W_OK) and (not database.exists() or os.access(database, os.W_OK))


def _opened(database: Path, options: str) -> sqlite3.Connection:
    uri = f"{database.absolute().as_uri()}?{options}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)


def _log(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


@cache
def _copies() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="thimble-")  # it goes when the process ends


def _copy(database: Path) -> Path:
    """Copy a database and its log, of a search that was killed, to where SQLite can put the two together."""
    folder = Path(tempfile.mkdtemp(dir=_copies().name))
    for file in (_log(database), database):
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(file, folder / file.name)
    return folder / database.name
