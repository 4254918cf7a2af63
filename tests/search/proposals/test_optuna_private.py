"""Optuna's private names do what we count on; a new version of Optuna that moves one is seen here first."""

import re
import warnings
from types import SimpleNamespace

import optuna
import pytest
from optuna.trial import TrialState

from search.proposals.optuna_private import PartOfStudy, queued_values, study_id, trial_id
from search.proposals.pruning import Fellows, make_pruner
from search.proposals.samplers import BestAndLatest
from search.study.optuna_private import storage_of
from tests.source import ROOT


class Even(PartOfStudy):
    def shown(self, states, *, use_cache):
        return [trial for trial in self.all_trials(states, use_cache=use_cache) if trial.number % 2 == 0]


@pytest.fixture
def study():
    made = optuna.create_study(direction="maximize")
    space = {"x": optuna.distributions.FloatDistribution(0, 1)}
    for number in range(8):
        value, state = (None, TrialState.PRUNED) if number > 5 else (number / 8, TrialState.COMPLETE)
        made.add_trial(
            optuna.create_trial(
                state=state, params={"x": number / 8}, distributions=space, value=value,
                intermediate_values={1: number / 8},
            )
        )  # fmt: skip
    return made


def numbers(trials):
    return [trial.number for trial in trials]


def test_a_part_of_a_study_is_all_that_samplers_and_pruners_see(study):
    part = Even(study)
    assert numbers(part.get_trials(deepcopy=False)) == numbers(part.trials) == [0, 2, 4, 6]
    assert numbers(part.get_trials(states=(TrialState.PRUNED,))) == [6]
    assert part.trials[0] is not part.trials[0], "a deep copy, as of any study"
    assert len(study.trials) == 8
    seen = []

    class Sampler(optuna.samplers.RandomSampler):
        def sample_relative(self, study, trial, search_space):
            seen.append(numbers(Even(study).get_trials(deepcopy=False)))
            return {}

    study.sampler = Sampler(seed=0)
    study.ask().suggest_float("x", 0, 1)
    assert seen == [[0, 2, 4, 6, 8]]


def test_the_percentile_pruner_judges_by_the_part(study):
    study.pruner = optuna.pruners.PercentilePruner(50.0, n_startup_trials=1, n_warmup_steps=0)
    trial = study.ask()
    trial.report(0.2, step=1)
    stored = storage_of(study).get_trial(trial_id(trial))
    assert study.pruner.prune(study, stored)
    weak = Fellows(study, first=3, alike=lambda _: True)  # those that came to 0, 1/8 and 2/8
    assert not study.pruner.prune(weak, stored)


def test_hyperband_judges_by_the_part():
    """A trial below all others of its bracket, and above those of its part."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(direction="maximize", study_name="s", pruner=make_pruner("hyperband", epochs=5))

    def report(trial, score):
        trial.report(score, step=1)
        return storage_of(study).get_trial(trial_id(trial))

    for number in range(40):
        trial = study.ask()
        study.pruner.prune(study, report(trial, number / 40))  # which notes its rung
        study.tell(trial, number / 40)
    verdicts = []
    for _ in range(8):
        stored = report(study.ask(), 0.3)
        of_part = study.pruner.prune(Fellows(study, first=8, alike=lambda _: True), stored)
        verdicts.append((of_part, study.pruner.prune(study, stored)))
    assert (False, True) in verdicts
    assert not any(of_part for of_part, _ in verdicts)


def test_hyperbands_bracket_can_be_seen_in_part(study):
    """It hides the attributes of its study from all but a few names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.pruner = make_pruner("hyperband", epochs=9)
        seen = []

        class Sampler(optuna.samplers.RandomSampler):
            def sample_relative(self, study, trial, search_space):
                seen.append(
                    (type(study).__name__, numbers(BestAndLatest(study, lambda _: None).get_trials(deepcopy=False)))
                )
                return {}

        study.sampler = Sampler(seed=0)
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
    assert set(seen[0][1]) <= set(range(9))


def test_ids_are_the_databases(tmp_path):
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path}/s.db")
    for name in ("first", "second"):
        study = optuna.create_study(storage=storage, study_name=name)
        trial = study.ask()
    assert study_id(study) == storage.get_study_id_from_name("second")
    assert storage_of(study).get_trial(trial_id(trial)).number == trial.number == 0
    assert trial_id(trial) == trial_id(study.get_trials()[0]) == storage.get_all_trials(study_id(study))[0]._trial_id
    storage.engine.dispose()


def test_queued_values_are_those_of_enqueue_trial(study):
    study.enqueue_trial({"x": 0.5})
    assert queued_values(study.ask()) == {"x": 0.5}
    assert queued_values(study.ask()) == {}


def test_the_names_can_be_missed():
    """The functions read what they say: of anything else they fail."""
    with pytest.raises(AttributeError):
        trial_id(SimpleNamespace())


PRIVATE = re.compile(r"\b(study|trial)\._[a-z]|\boptuna\.[\w.]*\._[a-z]|\bfrom optuna[\w.]*\._[a-z]")


def outside(root):
    """Lines of `search/` that name what is private to Optuna, but for the files whose business that is."""
    return [
        f"{file.relative_to(root).as_posix()}:{number}"
        for file in sorted((root / "search").rglob("*.py"))
        if file.name != "optuna_private.py"
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if PRIVATE.search(line)
    ]


def test_what_is_private_to_optuna_stands_in_these_files_alone():
    assert outside(ROOT) == []


def test_a_private_name_elsewhere_is_found(tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "bad.py").write_text("key = study._study_id\nfrom optuna.storages._rdb import models\n")
    assert outside(tmp_path) == ["search/bad.py:1", "search/bad.py:2"]
