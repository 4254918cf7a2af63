"""Writes studies of thousands of trials as a search with screening leaves them, in a minute; for other benchmarks."""

import json
import random
import statistics
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from optuna.distributions import distribution_to_json
from sqlalchemy import insert

from results.findings.records import Verdict
from search.proposals.optuna_private import study_id
from search.proposals.referee import Ruling, rule
from search.proposals.samplers import distributions
from search.settings import SamplerName, Settings
from search.study.attributes import Attributes, of_design, to_attributes
from search.study.beginning import beginning
from search.study.begun import begin
from search.study.databases import open_storage
from search.study.folder import StudyFolder
from search.study.leases import Lease
from search.study.optuna_private import models
from search.study.owners import Owner
from search.study.storage import Storage
from search.study.store import Store
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.choices.search_space import SpaceName
from space.design import Budget, Design
from train.data.dataset import open_dataset

EPOCHS = 15
SHARES: Mapping[Verdict, float] = {"trained": 0.25, "pruned": 0.71, "rejected": 0.03, "failed": 0.01}
_STATES = {"trained": "COMPLETE", "failed": "FAIL"}  # others are PRUNED
_TABLES: tuple[Any, ...] = (
    models.TrialModel,
    models.TrialValueModel,
    models.TrialParamModel,
    models.TrialUserAttributeModel,
    models.TrialSystemAttributeModel,
    models.TrialIntermediateValueModel,
)


class _Made(NamedTuple):
    """A design that trials share, each with a learning rate of its own."""

    values: dict[str, Any]
    design: Design
    ruling: Ruling


def settings(trials: int, *, sampler: SamplerName = "tpe", space: SpaceName = "wide") -> Settings:
    """Returns the settings of a search with screening."""
    return Settings(
        budget=Budget(parameters=8000),
        source=open_dataset("digits", Path()),
        study="long",
        trials=trials,
        timeout=None,
        epochs=EPOCHS,
        last_epochs=5,
        target=0.994,
        workers=1,
        seed=0,
        device="cpu",
        precision="auto",
        sampler=sampler,
        pruner="screening",
        space=space,
        sampling="inside",
        warm_start="none",
        deterministic=False,
        minimize_parameters=False,
        finals=8,
    )


def write_study(
    runs: Path,
    trials: int,
    *,
    designs: int = 300,
    shares: Mapping[Verdict, float] = SHARES,
    chosen: Settings | None = None,
) -> StudyFolder:
    """Writes a study with its database and what it has of each told trial beside it.

    designs: How many networks there are; trials share them.
    shares: How often a trial ends so.
    """
    chosen = chosen or settings(trials + 1)
    folder, rng = StudyFolder(chosen.study, runs), random.Random(0)
    with folder.locked():
        begin(folder, beginning(chosen, command="python -m search run"))
        store = Store(folder, chosen)
        made = [_make(chosen, rng) for _ in range(min(designs, trials))]
        number = study_id(store.study)
        store.close()
        storage = open_storage(folder)
        for start in range(0, trials, 500):
            rows = [
                _rows(
                    n, number, made[n % len(made)], chosen, rng, *rng.choices(tuple(shares), tuple(shares.values()))
                )
                for n in range(start, min(trials, start + 500))
            ]
            _write(storage, rows)
        storage.close()
        with mock.patch("os.fsync"):  # twice a trial, for a study that need not last
            Store(folder, chosen).close()
    return folder


def _make(chosen: Settings, rng: random.Random) -> _Made:
    values = draw(chosen.space, chosen.sampling, rng, task=chosen.task, augment=chosen.augmentations)
    design = design_from(values, space=chosen.space, budget=chosen.budget, epochs=EPOCHS, task=chosen.task)
    return _Made(values, design, rule(design.architecture, chosen.budget))


def _rows(
    number: int, study: int, made: _Made, chosen: Settings, rng: random.Random, verdict: Verdict
) -> tuple[list[dict[str, Any]], ...]:
    """Returns the rows of a trial, table by table."""
    trial, start = number + 1, datetime(2026, 1, 1) + timedelta(minutes=number)
    own = replace(made.design.recipe, learning_rate=made.design.recipe.learning_rate * (1 + 1e-7 * number))
    values, design = made.values, Design(made.design.architecture, own)
    level = 0.98 + 0.008 * (values["activation"] == "silu") + 0.005 * float(values["fill"]) + rng.gauss(0, 0.001)
    curve = [level - 0.3 * 2.0**-epoch for epoch in range(1, EPOCHS + 1)] if verdict == "trained" else []
    screened = [level - 0.02] if verdict in ("trained", "pruned") else []
    score = statistics.fmean(curve[-chosen.last_epochs :]) if curve else None
    ended = Attributes(
        lease=Lease(
            Owner("host", "0123456789ab", 1000, 1), epoch=len(curve), beats=2, seen="2026-01-01T00:00:00+00:00"
        ),
        verdict=verdict,
        reason=None if curve else "screened out after 3 epochs" if screened else "made up",
        screening_seconds=40.0 if screened else None,
        score=score,
        losses=tuple(curve) or None,
        training_accuracies=tuple(curve) or None,
        seconds=25.0 * len(curve) or None,
    )
    told = chosen.objective.merit(score, made.ruling.parameters) if score else screened[0] if screened else None
    described = of_design(design, parameters=made.ruling.parameters, budget=chosen.budget.parameters)
    attributes = to_attributes(described) | to_attributes(ended)
    excess = made.ruling.excess
    system = {f"constraints:{name}": over for name, over in excess.items()} | {"constraints": list(excess.values())}
    space = distributions(chosen)
    steps = enumerate([*screened, *curve])
    return (
        [
            {"trial_id": trial, "number": number, "study_id": study, "state": _STATES.get(verdict, "PRUNED")}
            | {"datetime_start": start, "datetime_complete": start + timedelta(seconds=59)}
        ],
        [{"trial_id": trial, "objective": 0, "value": told, "value_type": "FINITE"}] if told else [],
        [
            {"trial_id": trial, "param_name": name, "param_value": space[name].to_internal_repr(value)}
            | {"distribution_json": distribution_to_json(space[name])}
            for name, value in values.items()
        ],
        [{"trial_id": trial, "key": key, "value_json": json.dumps(value)} for key, value in attributes.items()],
        [{"trial_id": trial, "key": key, "value_json": json.dumps(value)} for key, value in system.items()],
        [
            {"trial_id": trial, "step": step, "intermediate_value": value, "intermediate_value_type": "FINITE"}
            for step, value in steps
        ],
    )


def _write(storage: Storage, rows: list[tuple[list[dict[str, Any]], ...]]) -> None:
    with storage.engine.begin() as connection:
        for table, of_trials in zip(_TABLES, zip(*rows, strict=True), strict=True):
            if written := [row for of_one in of_trials for row in of_one]:
                connection.execute(insert(table), written)
