"""The database of a study opened, in its folder or on a server."""

import functools
import shlex

import optuna
from optuna.exceptions import StorageInternalError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from search.errors import Unopened
from search.study.folder import StudyFolder
from search.study.patience import Patience, reason
from search.study.sqlite_file import connect
from search.study.storage import Storage

_SERVER = {  # libpq's; seconds, but for tcp_user_timeout, which is in milliseconds
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    # A coordinator that is stopped half-way through a transaction holds rows that others wait for.
    "options": "-c idle_in_transaction_session_timeout=30s",
}


def open_storage(folder: StudyFolder, patience: Patience | None = None) -> Storage:
    """Open the study's database.

    Raises:
        Unopened: It cannot be; one line that says why and what to do.
    """
    try:
        storage = _open(folder, patience or Patience())
    except (StorageInternalError, SQLAlchemyError, OSError) as error:
        hint = f"see that {folder.path} may be read and written, and that the disk is not full"
        if folder.storage:
            hint = "see that the server runs, and that $THIMBLE_STORAGE has the right user, password and database"
        raise Unopened(f"{folder.place} cannot be opened ({reason(error)}); {hint}") from None
    except ModuleNotFoundError:
        raise Unopened("PostgreSQL needs a driver: pip install 'thimble[postgres]'") from None
    there, here = storage.get_current_version(), storage.get_head_version()
    if there != here:
        known = there in storage.get_all_versions()
        storage.close()
        raise Unopened(
            f"{folder.place} has the tables of Optuna {_release(there)} ({there}), and Optuna {optuna.__version__} "
            f"needs those of {_release(here)} ({here}); it was left as it is: {_upgrade(folder, known=known)}"
        )
    return storage


def _release(revision: str) -> str:
    """Return the version of Optuna that a revision of its tables came with: v3.2.0.a is 3.2.0."""
    return revision.removeprefix("v").rpartition(".")[0]


def _upgrade(folder: StudyFolder, *, known: bool) -> str:
    """Return the command that helps where the tables are of another version. known: to this Optuna, as older ones."""
    if not known:
        return "python -m pip install --upgrade optuna"
    if folder.storage:  # in a variable, as lists of processes show what stands on a command line
        return 'OPTUNA_STORAGE="$THIMBLE_STORAGE" optuna storage upgrade'
    return f"optuna storage upgrade --storage {shlex.quote(f'sqlite:///{folder.database}')}"


def _open(folder: StudyFolder, patience: Patience) -> Storage:
    if folder.storage:
        return _open_server(folder.storage, patience)
    return Storage(
        f"sqlite:///{folder.database}",
        patience,
        folder=folder,
        engine_kwargs={"creator": functools.partial(connect, folder.database)},
        skip_compatibility_check=True,
    )


def _open_server(url: str, patience: Patience) -> Storage:
    from sqlalchemy import create_engine

    engine = create_engine(url, connect_args=_SERVER)
    with engine.begin() as connection:  # two that make the tables at the same moment would both fail
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('thimble tables', 0))"))
        options = {"connect_args": _SERVER, "pool_pre_ping": True}
        storage = Storage(url, patience, engine_kwargs=options, skip_compatibility_check=True)
    engine.dispose()
    return storage
