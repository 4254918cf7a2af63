"""Trials read from the database as Optuna reads them, in a few statements: thousands take seconds, not minutes."""

import functools
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from optuna.distributions import json_to_distribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import ColumnElement, Select, String, bindparam, select, type_coerce
from sqlalchemy.engine import Connection, Engine

from search.errors import UserError
from search.study.attributes import IN_NO_RECORD
from search.study.optuna_private import models
from search.study.parsing import parsed

_USUAL = "FINITE"  # of a number in the database
_OURS, _SYSTEM, _PAIR = models.TrialUserAttributeModel, models.TrialSystemAttributeModel, ("key", "value_json")
_FEW = 500  # trials that are read by their numbers, which spares the database a look at all of them


def read_attributes(engine: Engine, trial_id: int, *, system: bool) -> dict[str, Any]:
    """Read the attributes of a trial that we gave it, or those of Optuna's `system`."""
    model, order = (_SYSTEM, "trial_system_attribute_id") if system else (_OURS, "trial_user_attribute_id")
    with engine.connect() as connection:
        rows = connection.execute(_of_few(model, _PAIR, order), {"ids": [trial_id]})
        return parsed([row[1:] for row in rows], of=f"the trial of id {trial_id}")


def read_trials(engine: Engine, wanted: ColumnElement[bool] | list[int], *, whole: bool) -> list[FrozenTrial]:
    """Read the trials for whose rows `wanted` is true, or that have these ids, in the order of their ids. whole:
    whether with all that the database says of them, most of which, as what they chose, is in no record of a trial."""
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
        place: What is being read, in words.
    """

    def __init__(self, connection: Connection) -> None:
        self.trials: dict[int, FrozenTrial] = {}
        self.place = "the study"
        self._connection = connection
        self._ids: Any = ()

    def read_trials(self, wanted: ColumnElement[bool] | list[int]) -> None:
        """Read which trials there are, for whose rows `wanted` is true or that have these ids, and how they stand."""
        self._ids = wanted if isinstance(wanted, list) else select(models.TrialModel.trial_id).where(wanted)
        columns = ("number", "state", "datetime_start", "datetime_complete")
        for trial_id, number, state, start, complete in self._rows(models.TrialModel, columns, order="trial_id"):
            self.place = f"state, start or end of trial {number}"
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
        model, kinds = models.TrialValueModel, models.TrialValueModel.TrialValueType
        for trial, rows in self._of_trials(model, ("value", "value_type"), order="trial_value_id"):
            ((stored, kind),) = rows
            trial.value = float(stored if kind == _USUAL else model.stored_repr_to_value(stored, kinds[kind]))

    def read_scores(self) -> None:
        """Read the scores of epochs."""
        model = models.TrialIntermediateValueModel
        kinds = model.TrialIntermediateValueType
        names = ("step", "intermediate_value", "intermediate_value_type")
        for trial, rows in self._of_trials(model, names, order="trial_intermediate_value_id"):
            trial.intermediate_values = {
                int(step): float(
                    stored if kind == _USUAL else model.stored_repr_to_intermediate_value(stored, kinds[kind])
                )
                for step, stored, kind in rows
            }

    def read_attributes(self, *, without: tuple[str, ...]) -> None:
        """Read the attributes that we give trials, but for those of some names."""
        for trial, rows in self._of_trials(_OURS, _PAIR, order="trial_user_attribute_id", without=without):
            trial.user_attrs = parsed(rows, of=f"trial {trial.number}")

    def read_system_attributes(self) -> None:
        """Read the attributes that Optuna gives trials."""
        for trial, rows in self._of_trials(_SYSTEM, _PAIR, order="trial_system_attribute_id"):
            trial.system_attrs = parsed(rows, of=f"trial {trial.number}")

    def read_params(self) -> None:
        """Read what the trials chose, and of what."""
        names = ("param_name", "param_value", "distribution_json")
        for trial, rows in self._of_trials(models.TrialParamModel, names, order="param_id"):
            trial.distributions = {name: _distribution(text) for name, _, text in rows}
            trial.params = {name: trial.distributions[name].to_external_repr(stored) for name, stored, _ in rows}

    def _of_trials(
        self, model: Any, columns: tuple[str, ...], *, order: str, without: tuple[str, ...] = ()
    ) -> Iterator[tuple[FrozenTrial, list[Any]]]:
        """Read the rows of each trial in their order; none of trials that were begun since."""
        what = model.__tablename__.removeprefix("trial_").replace("_", " ")
        for trial_id, rows in groupby(self._rows(model, columns, order=order, without=without), itemgetter(0)):
            if trial := self.trials.get(trial_id):
                self.place = f"one of the {what} of trial {trial.number}"
                yield trial, [row[1:] for row in rows]

    def _rows(
        self, model: Any, columns: tuple[str, ...], *, order: str, without: tuple[str, ...] = ()
    ) -> Iterator[Any]:
        if isinstance(self._ids, list):
            return iter(self._connection.execute(_of_few(model, columns, order, without), {"ids": self._ids}))
        rows = _statement(model, columns, order, without)
        return iter(self._connection.execute(rows.where(model.__table__.c.trial_id.in_(self._ids))))


# Making a statement takes longer than running it for one trial.
@functools.cache
def _statement(model: Any, columns: tuple[str, ...], order: str, without: tuple[str, ...] = ()) -> Select[Any]:
    """Return what reads rows with their trials' ids in front, in the order of these, but for the keys `without`.

    All is read as it is: SQLite takes anything into any column.
    """
    table = model.__table__.c
    chosen: Any = select(*(type_coerce(table[name], String) for name in ("trial_id", *columns)))
    ordered = chosen.order_by(table.trial_id, table[order])
    return ordered.where(table["key"].not_in(without)) if without else ordered


@functools.cache
def _of_few(model: Any, columns: tuple[str, ...], order: str, without: tuple[str, ...] = ()) -> Select[Any]:
    """Return the same of the trials `ids`."""
    wanted = model.__table__.c.trial_id.in_(bindparam("ids", expanding=True))
    return _statement(model, columns, order, without).where(wanted)


_distribution = functools.lru_cache(maxsize=10_000)(json_to_distribution)


def _time(stored: Any) -> datetime | None:
    """Return a time that a server gives as such and SQLite as text."""
    return stored if stored is None or isinstance(stored, datetime) else datetime.fromisoformat(stored)
