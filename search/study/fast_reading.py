"""Trials read from the database as Optuna reads them, in a few statements: thousands take seconds, not minutes."""

import functools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from optuna.distributions import json_to_distribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import ColumnElement, String, select, type_coerce
from sqlalchemy.engine import Connection, Engine

from search.errors import UserError
from search.study.optuna_private import models
from search.study.parsing import parsed

_FEW = 500  # trials that are read by their numbers, which spares the database a look at all of them


def read_trials(engine: Engine, wanted: ColumnElement[bool], *, params: bool) -> list[FrozenTrial]:
    """Read the trials for whose rows `wanted` is true, in the order of their ids. params: whether with what they
    chose, which is the most of it."""
    with engine.connect() as connection:
        reader = _Reader(connection)
        try:
            reader.read_trials(wanted)
            reader.read_values()
            reader.read_scores()
            reader.read_attributes()
            if params:
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

    def read_trials(self, wanted: ColumnElement[bool]) -> None:
        """Read which trials there are, for whose rows `wanted` is true, and how they stand."""
        self._ids = select(models.TrialModel.trial_id).where(wanted)
        columns = ("number", "state", "datetime_start", "datetime_complete")
        # As text, which is read here: SQLite takes anything into any column.
        for trial_id, number, *rest in self._rows(models.TrialModel, *columns, order="trial_id", kind=String):
            self.place = f"state, start or end of trial {number}"
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

    def read_attributes(self) -> None:
        """Read the attributes that we and Optuna give trials."""
        for model, of in (
            (models.TrialUserAttributeModel, "user_attrs"),
            (models.TrialSystemAttributeModel, "system_attrs"),
        ):
            order = f"{model.__tablename__[:-1]}_id"
            for trial, *pair in self._of_trials(model, "key", "value_json", order=order):
                getattr(trial, of).update(parsed((pair,), of=f"trial {trial.number}"))

    def read_params(self) -> None:
        """Read what the trials chose, and of what."""
        known = functools.cache(json_to_distribution)
        names = ("param_name", "param_value", "distribution_json")
        for trial, name, stored, kind in self._of_trials(models.TrialParamModel, *names, order="param_id"):
            distribution = known(kind)
            trial.params[name] = distribution.to_external_repr(stored)
            trial.distributions[name] = distribution

    def _of_trials(self, model: Any, *columns: str, order: str) -> Iterator[tuple[Any, ...]]:
        """Read rows, each with its trial in the place of the id, without those of trials that were begun since."""
        what = model.__tablename__.removeprefix("trial_").replace("_", " ")
        for trial_id, *row in self._rows(model, *columns, order=order):
            if trial := self.trials.get(trial_id):
                self.place = f"trial {trial.number}: one of its {what}, {row[0]!r},"
                yield trial, *row

    def _rows(self, model: Any, *columns: str, order: str, kind: Any = None) -> Iterator[Any]:
        table = model.__table__.c
        chosen = select(*(type_coerce(table[name], kind) if kind else table[name] for name in ("trial_id", *columns)))
        return iter(self._connection.execute(chosen.where(table.trial_id.in_(self._ids)).order_by(table[order])))


def _time(stored: Any) -> datetime | None:
    """Return a time that a server gives as such and SQLite as text."""
    return stored if stored is None or isinstance(stored, datetime) else datetime.fromisoformat(stored)
