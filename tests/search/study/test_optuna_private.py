"""Optuna's private names in its database do what we count on."""

import contextlib
import json
import sqlite3
from datetime import datetime

import optuna
import pytest
from optuna.trial import TrialState
from sqlalchemy import select

from search.study.optuna_private import (
    OPERATIONS,
    CachedStorage,
    RDBStorage,
    models,
)
from search.study.sqlite_file import STUDIES, STUDY_ATTRIBUTES, TABLES, TOLD


@pytest.fixture
def storage(tmp_path):
    made = RDBStorage(f"sqlite:///{tmp_path}/s.db")
    study = optuna.create_study(storage=made, study_name="s", direction="maximize")
    study.set_user_attr("identity", {"budget": 3})
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    trial.set_user_attr("mine", [1])
    trial.report(0.25, step=1)
    study.tell(trial, 0.5)
    yield made
    made.engine.dispose()


def test_the_tables_have_the_columns_that_we_read_and_write(storage):
    with storage.engine.connect() as connection:

        def row(model, *names):
            table = model.__table__.c
            return tuple(connection.execute(select(*(table[name] for name in names))).one())

        trial_id, study_id, number, state, start, end = row(
            models.TrialModel, "trial_id", "study_id", "number", "state", "datetime_start", "datetime_complete"
        )
        assert (number, state) == (0, TrialState.COMPLETE)
        assert study_id == storage.get_study_id_from_name("s")
        assert datetime.min < start <= end
        value = models.TrialValueModel
        of, stored, kind, _ = row(value, "trial_id", "value", "value_type", "trial_value_id")
        assert (of, value.stored_repr_to_value(stored, kind)) == (trial_id, 0.5)
        score = models.TrialIntermediateValueModel
        of, step, stored, kind, _ = row(
            score, "trial_id", "step", "intermediate_value", "intermediate_value_type", "trial_intermediate_value_id"
        )
        assert (of, step, score.stored_repr_to_intermediate_value(stored, kind)) == (trial_id, 1, 0.25)
        mine = models.TrialUserAttributeModel
        order = f"{mine.__tablename__[:-1]}_id"
        assert row(mine, "trial_id", "key", "value_json", order)[:3] == (trial_id, "mine", "[1]")
        name, stored, kind = row(models.TrialParamModel, "param_name", "param_value", "distribution_json")
        distribution = optuna.distributions.json_to_distribution(kind)
        assert name == "x"
        assert distribution.to_external_repr(stored) == storage.get_trial(trial_id).params["x"]
        assert models.TrialSystemAttributeModel.__tablename__ == "trial_system_attributes"


def test_sqlite_alone_reads_a_studys_attributes(storage, tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        (study,) = (number for number, name in connection.execute(STUDIES) if name == "s")
        rows = connection.execute(STUDY_ATTRIBUTES, (study,)).fetchall()
        assert {key: json.loads(value) for key, value in rows} == {"identity": {"budget": 3}}
        assert connection.execute(STUDY_ATTRIBUTES, (study + 1,)).fetchall() == []
        told = storage.get_all_trials(study, states=(TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL))
        assert {number for (number,) in connection.execute(TOLD, (study,))} == {trial.number for trial in told}


def test_the_operations_are_what_asks_the_database():
    assert {"create_new_trial", "get_all_trials", "set_trial_state_values", "set_study_user_attr"} <= OPERATIONS
    assert all(callable(getattr(RDBStorage, name)) for name in OPERATIONS)


def test_optunas_cache_reads_trials_by_the_method_that_we_replace(storage):
    class Quick(RDBStorage):
        asked = 0

        def _get_trials(self, *arguments, **options):
            type(self).asked += 1
            return super()._get_trials(*arguments, **options)

    quick = Quick(str(storage.engine.url))
    study = optuna.load_study(study_name="s", storage=quick)
    assert [trial.number for trial in study.get_trials()] == [0]
    assert Quick.asked > 0
    quick.engine.dispose()


def test_the_tables_of_a_study_are_those_that_optuna_makes(tmp_path):
    optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'study.db'}")
    with contextlib.closing(sqlite3.connect(tmp_path / "study.db")) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert {name for (name,) in names} == TABLES


def test_the_cache_has_what_the_database_has_in_order(storage):
    """Trials that were asked for end in another order than they began."""
    study = optuna.load_study(storage=CachedStorage(storage), study_name="s")
    study.enqueue_trial({"x": 0.5})
    first, second = study.ask(), study.ask()
    study.enqueue_trial({"x": 0.25})
    study.tell(second, 0.75)
    study.tell(first, state=TrialState.FAIL)
    running, plain = study.ask(), optuna.load_study(storage=storage, study_name="s")
    for states in (None, (TrialState.WAITING,), (TrialState.RUNNING, TrialState.WAITING), tuple(TrialState)):
        assert study.get_trials(states=states) == plain.get_trials(states=states)
    assert [trial.number for trial in study.get_trials()] == [0, 1, 2, 3]
    assert [trial.number for trial in study.get_trials(states=(TrialState.RUNNING,))] == [running.number]
