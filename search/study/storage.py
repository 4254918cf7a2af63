"""Databases that studies are kept in: SQLite below runs/, or a PostgreSQL server that several coordinators share."""

import contextlib
import functools
import json
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.exceptions import DuplicatedStudyError
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import ColumnElement, and_, insert, literal, or_, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from search.errors import Claimed
from search.proposals.optuna_private import study_id
from search.study.fast_reading import read_attributes, read_trials
from search.study.folder import StudyFolder
from search.study.optuna_private import OPERATIONS, FrozenStudy, RDBStorage, models
from search.study.parsing import parsed
from search.study.patience import Patience
from search.study.syncing import Syncing

T = TypeVar("T")


class Storage(RDBStorage):
    """Optuna's storage, whose every operation waits for a database that is away.

    Args:
        url: Of the database.
        folder: Of the study where the database is in it: that study goes by the folder's name, whatever it was
            called when it was begun, and the database has no other.
        options: RDBStorage's.

    Attributes:
        syncing: What of it goes to the disk at once.
    """

    def __init__(self, url: str, patience: Patience, *, folder: StudyFolder | None = None, **options: Any) -> None:
        self.patience = patience
        self._folder = folder
        self._claimed: str | None = None
        self._claim: Connection | None = None
        super().__init__(url, **options)
        self.syncing = Syncing(self.engine)

    def get_all_studies(self) -> list[FrozenStudy]:
        """Return the database's studies; of a folder's the one, under the folder's name."""
        every = self.patience(super().get_all_studies)
        if self._folder is None:
            return every
        own = self._folder.own_study({study_id(study): study.study_name for study in every})
        for study in (mine := [study for study in every if study_id(study) == own]):
            study.study_name = self._folder.name
        return mine

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """Return the study's attributes; raise UserError where one of them is no JSON."""
        table = models.StudyUserAttributeModel.__table__.c
        chosen = select(table["key"], table["value_json"]).where(table["study_id"] == study_id)
        return parsed(self._rows(chosen), of="the study")

    def get_study_id_from_name(self, study_name: str) -> int:
        """Return the id of the study; raise KeyError where there is none of that name."""
        if self._folder is None:
            return self.patience(lambda: super(Storage, self).get_study_id_from_name(study_name))
        own = self._own_study(self._folder)
        if own is None:
            raise KeyError(study_name)
        return own

    def _own_study(self, folder: StudyFolder) -> int | None:
        """Return the id of the folder's study, None where there is none yet; what is said of it is not read."""
        table = models.StudyModel.__table__.c
        return folder.own_study(dict(self._rows(select(table.study_id, table.study_name))))

    def _rows(self, chosen: Any) -> list[Any]:
        def attempt() -> list[Any]:
            with self.engine.connect() as connection:
                return [tuple(row) for row in connection.execute(chosen)]

        return self.patience(attempt)

    def get_study_name_from_id(self, study_id: int) -> str:
        """Return the name of the study, or of its folder."""
        if self._folder is None:
            return self.patience(lambda: super(Storage, self).get_study_name_from_id(study_id))
        return self._folder.name

    def create_new_study(self, directions: Sequence[StudyDirection], study_name: str | None = None) -> int:
        """Begin a study; raise DuplicatedStudyError where there is one of that name, or the folder has one."""
        if self._folder is not None and self._own_study(self._folder) is not None:
            raise DuplicatedStudyError(f"there is a study in {self._folder.path}")
        return self.patience(lambda: super(Storage, self).create_new_study(directions, study_name))

    def add_params(self, trial_id: int, values: dict[str, Any], space: dict[str, BaseDistribution]) -> None:
        """Write the values of a trial that has none of them yet, in one transaction."""
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

    def annotate(self, trial_id: int, attributes: dict[str, Any], *, system: bool = False) -> None:
        """Write attributes of a trial, the new ones in one transaction. system: of Optuna's kind."""
        stored = self.patience(lambda: read_attributes(self.engine, trial_id, system=system))
        change = self.set_trial_system_attr if system else self.set_trial_user_attr
        for name in attributes.keys() & stored.keys():
            if stored[name] != attributes[name]:
                change(trial_id, name, attributes[name])
        self._insert(
            models.TrialSystemAttributeModel if system else models.TrialUserAttributeModel,
            [
                {"trial_id": trial_id, "key": name, "value_json": json.dumps(value)}
                for name, value in attributes.items()
                if name not in stored
            ],
        )

    def date(self, trial_id: int, *, start: datetime | None, complete: datetime | None) -> None:
        """Write down when a trial began and ended."""
        dates = update(models.TrialModel).where(models.TrialModel.trial_id == trial_id)

        def attempt() -> None:
            with self.engine.begin() as connection:
                connection.execute(dates.values(datetime_start=start, datetime_complete=complete))

        self.patience(attempt)

    def _insert(self, model: Any, rows: list[dict[str, Any]]) -> None:
        def attempt() -> None:
            with self.engine.begin() as connection:
                connection.execute(insert(model), rows)

        if rows:
            self.patience(attempt)

    def read_trials(self, study_id: int, *, whole: bool, numbers: Sequence[int] | None = None) -> list[FrozenTrial]:
        """Read the study's trials, or those of these numbers, or what a record has of them where not `whole`."""
        wanted = models.TrialModel.study_id == study_id
        if numbers is not None:
            wanted = and_(wanted, models.TrialModel.number.in_(numbers))
        return self._read(wanted, whole=whole)

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """Do as Optuna's does, which takes several times as long."""
        trials = self._read([trial_id], whole=True)
        if not trials:
            raise KeyError(f"there is no trial of id {trial_id}")
        return trials[0]

    def _get_trials(
        self,
        study_id: int,
        states: Container[TrialState] | None,
        included_trial_ids: set[int],
        trial_id_greater_than: int,
    ) -> list[FrozenTrial]:
        """Do as Optuna's does, which takes half a minute for ten thousand trials."""
        trial_id = models.TrialModel.trial_id
        wanted = or_(trial_id > trial_id_greater_than, trial_id.in_(list(included_trial_ids)))
        trials = self._read(and_(models.TrialModel.study_id == study_id, wanted), whole=True)
        return [trial for trial in trials if states is None or trial.state in states]

    def _read(self, wanted: ColumnElement[bool] | list[int], *, whole: bool) -> list[FrozenTrial]:
        return self.patience(lambda: read_trials(self.engine, wanted, whole=whole))

    def claim(self, study: str) -> None:
        """Have the study alone from now on, until `close`, among those that claim it; raise Claimed, and close, where
        another has it."""
        if self._server:
            self._claimed = study
            try:
                self.keep_claim()
            except Claimed:
                self.close()
                raise

    def keep_claim(self) -> None:
        """Claim the study again where its claim went with the connection, as when the server is started anew; raise
        Claimed where another has it by now."""
        if self._claimed and not self.patience(self._hold):
            self._let_claim_go()
            raise Claimed(
                f"study {self._claimed} is deterministic and is being searched by another process; "
                f"such a study takes one at a time: wait for it, or name another with `study`"
            )

    def _hold(self) -> bool:
        """Say whether the study that was claimed is ours."""
        try:
            if self._claim is None:
                self._claim = self.engine.connect()
                lock = text("SELECT pg_try_advisory_lock(hashtextextended(:study, 1))")
                taken = self._claim.execute(lock, {"study": self._claimed}).scalar_one()
            else:
                taken = self._claim.execute(
                    select(literal(True))
                ).scalar_one()  # while the connection is, the lock is
            self._claim.commit()  # the lock is the connection's and stays
        except SQLAlchemyError:
            self._let_claim_go()
            raise
        return taken

    def _let_claim_go(self) -> None:
        if self._claim:
            self._claim.invalidate()
        self._claim = None

    def close(self) -> None:
        """Let go of the database, and of the study where it was claimed."""
        self.remove_session()
        self._let_claim_go()
        self.engine.dispose()

    @property
    def _server(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextlib.contextmanager
    def exclusive(self, study: str) -> Iterator[None]:
        """Be alone among the coordinators of the study. A SQLite database has only one, which holds its folder.

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


for _name in OPERATIONS - vars(Storage).keys():
    setattr(Storage, _name, _patient(getattr(RDBStorage, _name)))
