"""Trials read from the database as Optuna reads them, in a few statements: thousands take seconds, not minutes."""

import functools
import json
from collections.abc import Iterator
from typing import Any

from optuna.distributions import json_to_distribution
from optuna.trial import FrozenTrial
from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection, Engine

from search.study.optuna_private import models

_FEW = 500  # trials that are read by their numbers, which spares the database a look at all of them


def read_trials(engine: Engine, wanted: ColumnElement[bool], *, params: bool) -> list[FrozenTrial]:
    """Read the trials for whose rows `wanted` is true, in the order of their ids. params: whether with what they
    chose, which is the most of it."""
    with engine.connect() as connection:
        reader = _Reader(connection, wanted)
        reader.read_values()
        reader.read_scores()
        reader.read_attributes()
        if params:
            reader.read_params()
    return list(reader.trials.values())


class _Reader:
    """Reads table by table. A trial that is begun meanwhile waits for the next reading.

    Attributes:
        trials: By their ids.
    """

    def __init__(self, connection: Connection, wanted: ColumnElement[bool]) -> None:
        self._connection = connection
        self._ids: Any = select(models.TrialModel.trial_id).where(wanted)
        columns = ("number", "state", "datetime_start", "datetime_complete")
        self.trials = {
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
            for trial_id, number, state, start, complete in self._rows(models.TrialModel, *columns, order="trial_id")
        }
        if len(self.trials) <= _FEW:
            self._ids = list(self.trials)

    def read_values(self) -> None:
        """Read what the trials were told with."""
        model = models.TrialValueModel
        for trial, stored, kind in self._of_trials(model, "value", "value_type", order="trial_value_id"):
            trial.value = model.stored_repr_to_value(stored, kind)

    def read_scores(self) -> None:
        """Read the scores of epochs."""
        model = models.TrialIntermediateValueModel
        names = ("step", "intermediate_value", "intermediate_value_type")
        for trial, step, stored, kind in self._of_trials(model, *names, order="trial_intermediate_value_id"):
            trial.intermediate_values[step] = model.stored_repr_to_intermediate_value(stored, kind)

    def read_attributes(self) -> None:
        """Read the attributes that we and Optuna give trials."""
        for model, of in (
            (models.TrialUserAttributeModel, "user_attrs"),
            (models.TrialSystemAttributeModel, "system_attrs"),
        ):
            order = f"{model.__tablename__[:-1]}_id"
            for trial, key, stored in self._of_trials(model, "key", "value_json", order=order):
                getattr(trial, of)[key] = json.loads(stored)

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
        for trial_id, *row in self._rows(model, *columns, order=order):
            if trial_id in self.trials:
                yield self.trials[trial_id], *row

    def _rows(self, model: Any, *columns: str, order: str) -> Iterator[Any]:
        table = model.__table__.c
        chosen = select(*(table[name] for name in ("trial_id", *columns)))
        return iter(self._connection.execute(chosen.where(table.trial_id.in_(self._ids)).order_by(table[order])))
