"""Trials read from the database as Optuna reads them, in a few statements: thousands take seconds, not minutes."""

import functools
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from optuna.distributions import json_to_distribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import ColumnElement, String, and_, select, true, type_coerce
from sqlalchemy.engine import Connection, Engine

from search.errors import UserError
from search.study.attributes import IN_NO_RECORD
from search.study.optuna_private import models
from search.study.parsing import parsed

_FEW = 500  # trials that are read by their numbers, which spares the database a look at all of them


def read_trials(engine: Engine, wanted: ColumnElement[bool], *, whole: bool) -> list[FrozenTrial]:
    """Read the trials for whose rows `wanted` is true, in the order of their ids. whole: whether with all that the
    database says of them, most of which, as what they chose, is in no record of a trial."""
    with engine.connect() as connection:
        reader = _Reader(connection)
        try:
            reader.read_trials(wanted)
            reader.read_values()
            reader.read_scores()
            reader.read_attributes(without=() if whole else IN_NO_RECORD)
            if whole:
                reader.read_system_attributes()
                reader.read_params()
        except UserError:
            raise
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            raise UserError(f"{reader.place} cannot be read; put the database back as it was") from None
    return list(reader.trials.values())


class _Reader:
    """Reads table by table. A trial that is begun meanwhile waits for the next reading.

    Attributes:
        trials: By their ids.
    """

    def __init__(self, connection: Connection) -> None:
        self.trials: dict[int, FrozenTrial] = {}
        self._connection = connection
        self._ids: Any = ()
        self._at: tuple[Any, ...] = ()  # number, what of it, and which

    @property
    def place(self) -> str:
        """Say what is being read."""
        if not self._at:
            return "the study"
        number, what, *which = self._at
        return f"trial {number}: one of its {what}, {which[0]!r}," if which else f"{what} of trial {number}"

    def read_trials(self, wanted: ColumnElement[bool]) -> None:
        """Read which trials there are, for whose rows `wanted` is true, and how they stand."""
        self._ids = select(models.TrialModel.trial_id).where(wanted)
        columns = ("number", "state", "datetime_start", "datetime_complete")
        # As text, which is read here: SQLite takes anything into any column.
        for trial_id, number, *rest in self._rows(models.TrialModel, *columns, order="trial_id", kind=String):
            self._at = number, "state, start or end"
            state, start, complete = rest
            self.trials[trial_id] = FrozenTrial(
                number=int(number),
                state=TrialState[state],
                value=None,
                datetime_start=_time(start),
                datetime_complete=_time(complete),
                params={},
                distributions={},
                user_attrs={},
                system_attrs={},
                intermediate_values={},
                trial_id=int(trial_id),
            )
        if len(self.trials) <= _FEW:
            self._ids = list(self.trials)

    def read_values(self) -> None:
        """Read what the trials were told with."""
        model = models.TrialValueModel
        for trial, stored, kind in self._of_trials(model, "value", "value_type", order="trial_value_id"):
            trial.value = float(model.stored_repr_to_value(stored, kind))

    def read_scores(self) -> None:
        """Read the scores of epochs."""
        model = models.TrialIntermediateValueModel
        names = ("step", "intermediate_value", "intermediate_value_type")
        for trial, step, stored, kind in self._of_trials(model, *names, order="trial_intermediate_value_id"):
            trial.intermediate_values[int(step)] = float(model.stored_repr_to_intermediate_value(stored, kind))

    def read_attributes(self, *, without: Collection[str]) -> None:
        """Read the attributes that we give trials, but for those of some names."""
        model = models.TrialUserAttributeModel
        chosen = model.__table__.c["key"].not_in(without) if without else true()
        for trial, rows in self._grouped(model, "key", "value_json", order="trial_user_attribute_id", chosen=chosen):
            trial.user_attrs = parsed(rows, of=f"trial {trial.number}")

    def read_system_attributes(self) -> None:
        """Read the attributes that Optuna gives trials."""
        model = models.TrialSystemAttributeModel
        for trial, rows in self._grouped(model, "key", "value_json", order="trial_system_attribute_id"):
            trial.system_attrs = parsed(rows, of=f"trial {trial.number}")

    def read_params(self) -> None:
        """Read what the trials chose, and of what."""
        known = functools.cache(json_to_distribution)
        names = ("param_name", "param_value", "distribution_json")
        for trial, name, stored, kind in self._of_trials(models.TrialParamModel, *names, order="param_id"):
            distribution = known(kind)
            trial.params[name] = distribution.to_external_repr(stored)
            trial.distributions[name] = distribution

    def _of_trials(self, model: Any, *columns: str, order: str) -> Iterator[tuple[Any, ...]]:
        """Read rows, each with its trial in front."""
        what = model.__tablename__.removeprefix("trial_").replace("_", " ")
        for trial, rows in self._grouped(model, *columns, order=order):
            for row in rows:
                self._at = trial.number, what, row[0]
                yield trial, *row

    def _grouped(
        self, model: Any, *columns: str, order: str, chosen: ColumnElement[bool] | None = None
    ) -> Iterator[tuple[FrozenTrial, list[Any]]]:
        """Read the rows of each trial in their order, those that are `chosen`; not of trials that were begun since."""
        for trial_id, rows in groupby(self._rows(model, *columns, order=order, chosen=chosen), itemgetter(0)):
            if trial := self.trials.get(trial_id):
                yield trial, [row[1:] for row in rows]

    def _rows(
        self, model: Any, *columns: str, order: str, chosen: ColumnElement[bool] | None = None, kind: Any = None
    ) -> Iterator[Any]:
        """Read rows with their trials' ids in front, in the order of these. kind: what the columns are read as."""
        table = model.__table__.c
        wanted = table.trial_id.in_(self._ids)
        rows = select(*(type_coerce(table[name], kind) if kind else table[name] for name in ("trial_id", *columns)))
        rows = rows.where(wanted if chosen is None else and_(wanted, chosen))
        return iter(self._connection.execute(rows.order_by(table.trial_id, table[order])))


def _time(stored: Any) -> datetime | None:
    """Return a time that a server gives as such and SQLite as text."""
    return stored if stored is None or isinstance(stored, datetime) else datetime.fromisoformat(stored)
