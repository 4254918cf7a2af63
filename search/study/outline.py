"""Trials in outline: what is read of every trial of a very long study in a fraction of a second."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from optuna.trial import TrialState
from sqlalchemy import and_, select

from search.study.optuna_private import models
from search.study.storage import Storage

_PARAMETERS = "parameters"  # the attribute's name


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """A value that says how a trial stands.

    Attributes:
        trial_id: By which the database knows it.
        value: What it was told with, by which the study ranks it.
        parameters: Of its network; None before it has one.
    """

    trial_id: int
    number: int
    state: TrialState
    start: datetime | None
    complete: datetime | None
    value: float | None
    parameters: int | None


def read_outlines(storage: Storage, study_id: int, *, start: int) -> list[Outline]:
    """Read the study's trials from the number `start` on, in order."""
    trials, values, attributes = (
        model.__table__ for model in (models.TrialModel, models.TrialValueModel, models.TrialUserAttributeModel)
    )
    wanted: list[Any] = [
        *(trials.c[name] for name in ("trial_id", "number", "state", "datetime_start", "datetime_complete")),
        *(values.c.value, values.c.value_type, attributes.c.value_json),
    ]
    of_parameters = and_(attributes.c.trial_id == trials.c.trial_id, attributes.c.key == _PARAMETERS)
    chosen: Any = (
        select(*wanted)
        .select_from(
            trials.outerjoin(values, values.c.trial_id == trials.c.trial_id).outerjoin(attributes, of_parameters)
        )
        .where(trials.c.study_id == study_id, trials.c.number >= start)
        .order_by(trials.c.number)
    )

    to_value = models.TrialValueModel.stored_repr_to_value

    def attempt() -> list[Outline]:
        with storage.engine.connect() as connection:
            rows: Any = connection.execute(chosen).fetchall()
        return [
            Outline(
                trial_id=trial_id,
                number=number,
                state=state,
                start=started,
                complete=complete,
                value=None if kind is None else to_value(stored, kind),
                parameters=int(size) if size and size.isdecimal() else None,
            )
            for trial_id, number, state, started, complete, stored, kind, size in rows
        ]

    return storage.patience(attempt)
