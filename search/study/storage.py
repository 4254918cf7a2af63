"""Databases that studies are kept in: SQLite below runs/, or a PostgreSQL server that several coordinators share."""

import contextlib
import functools
import json
import sqlite3
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any, TypeVar

import optuna
from optuna.distributions import BaseDistribution, distribution_to_json, json_to_distribution
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import ColumnElement, and_, insert, or_, select, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.event import listens_for
from sqlalchemy.exc import SQLAlchemyError

from search.errors import UserError
from search.study.folder import StudyFolder
from search.study.patience import Patience, reason

_BUSY_SECONDS = 60  # how long a write waits for another process that holds the SQLite database
_FEW = 500  # trials that are read by their numbers, which spares the database a look at all of them
_SERVER = {  # libpq's; seconds, but for the last, which is in milliseconds
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

T = TypeVar("T")


class Storage(RDBStorage):
    """Optuna's storage, whose every operation waits for a database that is away."""

    def __init__(self, url: str, patience: Patience, **options: Any) -> None:
        self.patience = patience
        self._claim: Connection | None = None
        super().__init__(url, **options)

    def add_params(self, trial_id: int, values: dict[str, Any], space: dict[str, BaseDistribution]) -> None:
        """Writes the values of a trial that has none of them yet, in one transaction."""
        self._insert(
            models.TrialParamModel,
            [
                {
                    "trial_id": trial_id,
                    "param_name": name,
                    "param_value": space[name].to_internal_repr(value),
                    "distribution_json": distribution_to_json(space[name]),
                }
                for name, value in values.items()
            ],
        )

    def add_user_attrs(self, trial_id: int, values: dict[str, Any]) -> None:
        """Writes attributes of a trial that has none of them yet, in one transaction."""
        rows = [{"trial_id": trial_id, "key": k, "value_json": json.dumps(v)} for k, v in values.items()]
        self._insert(models.TrialUserAttributeModel, rows)

    def _insert(self, model: Any, rows: list[dict[str, Any]]) -> None:
        def attempt() -> None:
            with self.engine.begin() as connection:
                connection.execute(insert(model), rows)

        if rows:
            self.patience(attempt)

    def read_trials(self, study_id: int, *, params: bool, numbers: Sequence[int] | None = None) -> list[FrozenTrial]:
        """The study's trials, or those of these numbers, with their parameters if asked for."""
        wanted = models.TrialModel.study_id == study_id
        if numbers is not None:
            wanted = and_(wanted, models.TrialModel.number.in_(numbers))
        return self._read(wanted, params=params)

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """As Optuna's, which takes several times as long."""
        found = self._read(models.TrialModel.trial_id == trial_id, params=True)
        if not found:
            raise KeyError(f"there is no trial of id {trial_id}")
        return found[0]

    def _get_trials(
        self,
        study_id: int,
        states: Container[TrialState] | None,
        included_trial_ids: set[int],
        trial_id_greater_than: int,
    ) -> list[FrozenTrial]:
        """As Optuna's, which takes half a minute for ten thousand trials."""
        trial_id = models.TrialModel.trial_id
        wanted = or_(trial_id > trial_id_greater_than, trial_id.in_(list(included_trial_ids)))
        found = self._read(and_(models.TrialModel.study_id == study_id, wanted), params=True)
        return [trial for trial in found if states is None or trial.state in states]

    def _read(self, wanted: ColumnElement[bool], *, params: bool) -> list[FrozenTrial]:
        return self.patience(lambda: self._read_once(wanted, params))

    def _read_once(self, wanted: ColumnElement[bool], params: bool) -> list[FrozenTrial]:
        trials = models.TrialModel
        ids: Any = select(trials.trial_id).where(wanted)
        with self.engine.connect() as connection:

            def rows(model: Any, *columns: str, order: str) -> Iterator[Any]:
                table = model.__table__.c
                chosen = select(*(table[name] for name in ("trial_id", *columns)))
                return iter(connection.execute(chosen.where(table.trial_id.in_(ids)).order_by(table[order])))

            def of_found(model: Any, *columns: str, order: str) -> Iterator[Any]:
                """Without those of trials that were begun since."""
                return (row for row in rows(model, *columns, order=order) if row[0] in found)

            columns = ("number", "state", "datetime_start", "datetime_complete")
            found = {
                trial_id: FrozenTrial(
                    number=number,
                    state=state,
                    value=None,
                    datetime_start=start,
                    datetime_complete=complete,
                    params={},
                    distributions={},
                    user_attrs={},
                    system_attrs={},
                    intermediate_values={},
                    trial_id=trial_id,
                )
                for trial_id, number, state, start, complete in rows(trials, *columns, order="trial_id")
            }
            if len(found) <= _FEW:
                ids = list(found)
            value = models.TrialValueModel
            for trial_id, kept, kind in of_found(value, "value", "value_type", order="trial_value_id"):
                found[trial_id].value = value.stored_repr_to_value(kept, kind)
            score = models.TrialIntermediateValueModel
            names = ("step", "intermediate_value", "intermediate_value_type")
            for trial_id, step, kept, kind in of_found(score, *names, order="trial_intermediate_value_id"):
                found[trial_id].intermediate_values[step] = score.stored_repr_to_intermediate_value(kept, kind)
            for model, of in (
                (models.TrialUserAttributeModel, "user_attrs"),
                (models.TrialSystemAttributeModel, "system_attrs"),
            ):
                for trial_id, key, kept in of_found(
                    model, "key", "value_json", order=f"{model.__tablename__[:-1]}_id"
                ):
                    getattr(found[trial_id], of)[key] = json.loads(kept)
            if params:
                known = functools.cache(json_to_distribution)
                names = ("param_name", "param_value", "distribution_json")
                for trial_id, name, kept, kind in of_found(models.TrialParamModel, *names, order="param_id"):
                    trial, distribution = found[trial_id], known(kind)
                    trial.params[name] = distribution.to_external_repr(kept)
                    trial.distributions[name] = distribution
        return list(found.values())

    def claim(self, study: str) -> bool:
        """Whether the study is ours alone from now on, until `close`, among those that claim it."""
        if self._server:
            self._claim = self.engine.connect()
            lock = text("SELECT pg_try_advisory_lock(hashtextextended(:study, 1))")
            taken = self._claim.execute(lock, {"study": study}).scalar_one()
            self._claim.commit()  # the lock is the connection's and stays
            return taken
        return True

    def close(self) -> None:
        self.remove_session()
        if self._claim:
            self._claim.invalidate()
        self.engine.dispose()

    @property
    def _server(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextlib.contextmanager
    def exclusive(self, study: str) -> Iterator[None]:
        """Alone among the coordinators of the study. A SQLite database has only one, which holds its folder.

        Should the server go away meanwhile, the lock goes with it, and what is done must bear that.
        """
        if not self._server:
            yield
            return
        with contextlib.ExitStack() as stack:
            self.patience(lambda: stack.enter_context(self._locked(study)))
            yield

    @contextlib.contextmanager
    def _locked(self, study: str) -> Iterator[None]:
        with self.engine.connect() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '30s'"))  # one that was stopped while it held the lock
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:study, 0))"), {"study": study})
            try:
                yield
            finally:
                with contextlib.suppress(SQLAlchemyError):  # the server went away, and the lock with it
                    connection.rollback()


def _patient(method: Callable[..., T]) -> Callable[..., T]:
    @functools.wraps(method)
    def call(self: Storage, *args: Any, **options: Any) -> T:
        return self.patience(lambda: method(self, *args, **options))

    return call


for _name in BaseStorage.__abstractmethods__ - {"get_trial"}:
    setattr(Storage, _name, _patient(getattr(RDBStorage, _name)))


@listens_for(Engine, "connect")
def _write_ahead(connection: Any, _record: Any) -> None:
    """WAL mode, so that the dashboard reads while the search writes."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")


def open_storage(folder: StudyFolder, patience: Patience | None = None) -> Storage:
    """The study's database.

    Raises:
        UserError: It cannot be opened; one line that says why and what to do.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    patience = patience or Patience()
    url = folder.storage
    try:
        if url is None:
            options = {"connect_args": {"timeout": _BUSY_SECONDS}}
            return Storage(f"sqlite:///{folder.database}", patience, engine_kwargs=options)
        return _open_server(url, patience)
    except (StorageInternalError, SQLAlchemyError) as error:
        hint = "move it away, or name another study with `study`"
        if url:
            hint = "see that the server runs, and that $THIMBLE_STORAGE has the right user, password and database"
        raise UserError(f"{folder.place} cannot be opened ({reason(error)}); {hint}") from None
    except RuntimeError as error:  # Optuna's, of another version's tables
        raise UserError(f"{folder.place} was written by another version ({error}); it was left as it is") from None
    except ModuleNotFoundError:
        raise UserError("PostgreSQL needs a driver: pip install 'thimble[postgres]'") from None


def _open_server(url: str, patience: Patience) -> Storage:
    from sqlalchemy import create_engine

    engine = create_engine(url, connect_args=_SERVER)
    with engine.begin() as connection:  # two that make the tables at the same moment would both fail
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('thimble tables', 0))"))
        storage = Storage(url, patience, engine_kwargs={"connect_args": _SERVER, "pool_pre_ping": True})
    engine.dispose()
    return storage
