"""The study in its database: what Optuna is told, and what comes back."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from results.findings.estimate import estimate_of
from results.findings.selection import best, select
from results.findings.shares import wilson
from search.proposals import samplers
from search.proposals.pruning import make_pruner
from search.proposals.referee import RefereeDisagrees, rule
from search.proposals.samplers import BestAndLatest, make_sampler
from search.proposals.warm_starts import warm_starts
from search.settings import Settings
from search.study.folder import StudyFolder
from search.study.reading import read_records
from search.study.store import Store
from search.study.summaries import summary
from space.architecture import Architecture
from space.choices.encoding import design_from
from space.choices.ranges import PROVEN
from space.design import Budget
from space.known.references import find
from space.recipe import PLAIN_RECIPE
from space.task import DIGITS
from tests.space.choices.test_own_reading import read
from train.data.dataset import open_dataset
from train.scores import EpochScore


def settings(**changes):
    chosen = {
        "budget": Budget(parameters=8000),
        "source": open_dataset("digits", Path()),
        "study": "s",
        "trials": 10,
        "timeout": None,
        "epochs": 3,
        "last_epochs": 2,
        "target": 0.99,
        "workers": 1,
        "seed": 0,
        "device": "cpu",
        "precision": "auto",
        "sampler": "random",
        "pruner": "none",
        "space": "core",
        "sampling": "inside",
        "warm_start": "none",
        "deterministic": False,
        "minimize_parameters": False,
        "finals": 8,
    } | changes
    return Settings(**chosen)


def curve(*accuracies):
    rest = {"loss": 1.0, "training_accuracy": 0.5, "held_loss": 1.0, "learning_rate": 0.1, "seconds": 2.0}
    return [EpochScore(epoch=n, accuracy=accuracy, **rest) for n, accuracy in enumerate(accuracies, start=1)]


@pytest.fixture
def folder(tmp_path):
    made = StudyFolder("s", runs=tmp_path)
    with made.locked():
        yield made


def propose(store):
    chosen = store.settings
    with store.exclusive():
        trial = store.ask()
        budget = store.budget(trial)
    design = design_from(trial.params, space="wide", budget=budget, epochs=chosen.epochs, task=DIGITS)
    ruling = rule(design.architecture, budget)
    store.describe(trial, design, ruling)
    return trial, design, ruling


@pytest.mark.slow
def test_verdicts_are_kept_apart_and_optuna_learns_from_each_what_it_can(folder):
    store = Store(folder, settings(sampling="plain", budget=Budget(parameters=3000)))
    told = Counter()
    while told["rejected"] < 2 or told["trained"] < 1:
        trial, design, ruling = propose(store)
        assert ruling.parameters == design.architecture.parameters
        if ruling.allowed:
            for score in curve(0.2, 0.6, 0.8):
                store.report(trial, score)
            kept = store.tell(trial, "trained", curve(0.2, 0.6, 0.8))
            assert kept.score == pytest.approx(0.7)
            assert (kept.accuracies, kept.seconds) == ((0.2, 0.6, 0.8), 6.0)
        else:
            kept = store.tell(trial, "rejected", [], reason=ruling.reason)
        told[kept.verdict] += 1
    assert store.tally.counts == told
    assert store.tally.done == 1
    trials = {t.number: t for t in store.study.get_trials()}
    for kept in read_records(folder):
        constraint = trials[kept.trial].system_attrs["constraints:parameters"]
        assert constraint == kept.parameters - 3000
        assert (constraint > 0) == (kept.verdict == "rejected")
        assert trials[kept.trial].state == (TrialState.PRUNED if kept.verdict == "rejected" else TrialState.COMPLETE)
    assert best(read_records(folder)).trial == store.tally.best.trial


def test_proposals_follow_from_seed_and_number_alone(folder, tmp_path):
    """A resumed study neither repeats points nor proposes others than one that was never interrupted."""
    store = Store(folder, settings())
    first = [propose(store)[0] for _ in range(3)]
    for trial in first:
        store.tell(trial, "trained", curve(0.5, 0.5, 0.5))
    resumed = Store(folder, settings())
    assert resumed.tally.done == 3
    then = propose(resumed)[0].params
    with StudyFolder("s", runs=tmp_path / "other").locked():
        whole = Store(StudyFolder("s", runs=tmp_path / "other"), settings())
        for _ in range(3):
            whole.tell(propose(whole)[0], "trained", curve(0.5, 0.5, 0.5))
        assert propose(whole)[0].params == then
    assert len({str(trial.params) for trial in first} | {str(then)}) == 4


def test_trials_left_running_are_asked_again_under_their_number(folder):
    store = Store(folder, settings())
    trial, design, _ = propose(store)
    store.report(trial, curve(0.3)[0])
    resumed = Store(folder, settings())
    assert [r.verdict for r in read_records(folder)] == ["waiting"]
    again, same, _ = propose(resumed)
    assert (again.number, same) == (trial.number, design)
    for score in curve(0.3, 0.4, 0.5):
        resumed.report(again, score)
    assert resumed.tell(again, "trained", curve(0.3, 0.4, 0.5)).accuracies == (0.3, 0.4, 0.5)


def test_equal_designs_are_found(folder):
    store = Store(folder, settings())
    trial, design, _ = propose(store)
    assert store.equal_trial(design, trial.number) is None
    assert store.equal_trial(design, 7) == trial.number
    store.tell(trial, "trained", curve(0.1, 0.2, 0.3))
    assert Store(folder, settings()).equal_trial(design, 7) == trial.number


def test_a_repeated_design_is_rejected_without_teaching_the_sampler(folder):
    store = Store(folder, settings())
    trial, _, _ = propose(store)
    kept = store.tell(trial, "rejected", [], reason="the same design as trial 0", teach=False)
    assert (kept.verdict, store.tally.done) == ("rejected", 0)
    assert store.study.get_trials()[0].state == TrialState.FAIL  # which every sampler passes over


def test_a_diverged_trial_is_pruned_with_its_reason(folder):
    store = Store(folder, settings())
    trial, _, _ = propose(store)
    kept = store.tell(trial, "pruned", [], reason="the loss is nan in epoch 1")
    assert (kept.verdict, kept.reason, kept.score) == ("pruned", "the loss is nan in epoch 1", None)
    assert store.tally.done == 1


@pytest.mark.parametrize("name", ["tpe", "random", "gp", "nsga2"])
def test_every_sampler_proposes(folder, name, monkeypatch):
    """By its model, too; of a choice with one value none warns."""
    monkeypatch.setattr(samplers, "_STARTUP", 4)
    warned = []
    monkeypatch.setattr(optuna.samplers.GPSampler, "_log_independent_sampling", lambda *asked: warned.append(asked))
    store = Store(folder, settings(trials=20, sampler=name, space=read('activation = "relu"')))
    for number in range(6):
        trial, _, ruling = propose(store)
        assert ruling.allowed
        store.tell(trial, "trained", curve(0.1, 0.2, 0.5 + number / 100))
    assert not warned


def test_a_gaussian_process_is_told_each_limit_once(folder, monkeypatch):
    seen = []

    def look(sampler, study, trial, space):
        seen.append([one.constraints for one in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))])
        return {}

    monkeypatch.setattr(optuna.samplers.GPSampler, "sample_relative", look)
    store = Store(folder, settings(sampler="gp", budget=Budget(parameters=8000, macs=10**6)))
    trial, _, ruling = propose(store)
    store.tell(trial, "trained", curve(0.1, 0.2, 0.5))
    propose(store)
    assert seen == [[], [ruling.excess]]
    assert set(ruling.excess) == {"parameters", "macs"}
    (told,) = store.study.get_trials(states=(TrialState.COMPLETE,))
    assert told.system_attrs["constraints"] == list(ruling.excess.values()), "which the dashboard reads"


def test_pruners_are_gentle_and_late():
    for name in ("percentile", "median", "hyperband", "none"):
        assert isinstance(make_pruner(name, epochs=15), optuna.pruners.BasePruner)
    study = optuna.create_study(direction="maximize", pruner=make_pruner("percentile", epochs=15))
    study.sampler = make_sampler(settings(), trial=0)
    for level in range(8):
        trial = study.ask()
        for epoch in range(1, 16):
            trial.report(0.9 + level / 100, epoch)
        study.tell(trial, 0.9 + level / 100)

    def pruned_at(level):
        trial = study.ask()
        for epoch in range(1, 16):
            trial.report(level, epoch)
            if trial.should_prune():
                return epoch
        return None

    assert pruned_at(0.5) == 10, "the worst quarter ends, but not in the first two thirds"
    assert pruned_at(0.935) is None, "the middle goes on"


@pytest.mark.parametrize(("budget", "scaled", "own"), [(8000, 2, 3), (15000, 0, 5), (4000, 5, 0)])
def test_warm_starts_are_the_ladders_ends_inside_the_budget(budget, scaled, own):
    chosen = settings(budget=Budget(parameters=budget), warm_start="ladders")
    found = dict(warm_starts(chosen))
    assert len(found) == 5 + own
    assert sum("scaled" in name for name in found) == scaled
    assert sum("own recipe" in name for name in found) == own
    for name, values in found.items():
        design = design_from(values, space="wide", budget=chosen.budget, epochs=15, task=DIGITS)
        assert design.architecture.parameters <= budget
        if "scaled" not in name:
            reference = find(name.split()[0])
            assert design.architecture == reference.design.architecture.normal_form()
            assert design.recipe == (replace(reference.recipe, epochs=15) if "own" in name else PLAIN_RECIPE)


def test_plain_warm_starts_fit_as_they_are():
    found = dict(warm_starts(settings(sampling="plain", warm_start="ladders")))
    assert {name.split()[0] for name in found} == {"ladder-0/6", "ladder-1/9c", "ladder-3/6"}


def test_the_referee_allows_the_budget_and_not_one_more():
    net = Architecture.parse("c8 relu bn c16 relu mp c10 gap")
    exact = rule(net, Budget(parameters=net.parameters))
    assert exact.allowed
    over = rule(net, Budget(parameters=net.parameters - 1))
    assert not over.allowed
    assert over.reason.startswith(f"{net.parameters:,} parameters, the budget")


def test_the_referee_can_disagree(monkeypatch):
    from space.layers import BatchNorm

    monkeypatch.setattr(BatchNorm, "parameters", lambda self, shape: shape[0])
    with pytest.raises(RefereeDisagrees, match="fvcore counts"):
        rule(Architecture.parse("c8 relu bn c16 relu mp c10 gap"), Budget(parameters=8000))


def as_text(trial):
    """Everything that the trial has; nan, which is not equal to itself, is as text."""
    parts = {name: sorted(part.items()) if isinstance(part, dict) else part for name, part in vars(trial).items()}
    return repr(sorted(parts.items())) + repr(list(trial.params))


def test_trials_are_read_as_optuna_reads_them(folder):
    """The quick reading against RDBStorage's own: all trials, and those that its cache asks for."""
    store = Store(folder, settings(trials=20, warm_start="ladders"))
    for verdict in ("trained", "pruned", "rejected", "failed", "trained"):
        trial, _, _ = propose(store)
        for score in curve(0.1, 0.2, 0.5)[: 3 if verdict == "failed" else 1]:
            store.report(trial, score)
        store.tell(trial, verdict, curve(0.1, 0.2, 0.5), reason="because")
    trial, _, _ = propose(store)
    for score in curve(0.1, float("nan"), float("inf")):
        store.report(trial, score)
    storage, study = store._storage, store.study._study_id
    for since, also in ((-1, set()), (3, {1, 2}), (99, {4})):
        quick = storage._get_trials(study, None, also, since)
        slow = optuna.storages.RDBStorage._get_trials(storage, study, None, also, since)
        assert len(quick) == len(slow) > 0
        assert [as_text(trial) for trial in quick] == [as_text(trial) for trial in slow]
    for trial in quick:
        whole = optuna.storages.RDBStorage.get_trial(storage, trial._trial_id)
        assert as_text(storage.get_trial(trial._trial_id)) == as_text(whole)
    with pytest.raises(KeyError):
        storage.get_trial(999)
    assert {trial.state for trial in storage._get_trials(study, (TrialState.WAITING,), set(), -1)} == {
        TrialState.WAITING
    }


def test_a_long_history_is_modelled_by_its_best_and_its_latest():
    study = optuna.create_study(direction="maximize")
    space = {"x": optuna.distributions.FloatDistribution(0, 1)}
    for number in range(700):
        value = 1.0 if number == 3 else number % 97 / 100
        study.add_trial(optuna.create_trial(params={"x": 0.5}, distributions=space, value=value))
    seen = BestAndLatest(study, lambda _: None)._get_trials(deepcopy=False)
    numbers = [trial.number for trial in seen]
    assert numbers == sorted(numbers)
    assert len(numbers) == 200
    assert 3 in numbers
    assert numbers[50:] == list(range(550, 700))


def test_a_cold_search_begins_with_guesses_and_then_learns(folder):
    store = Store(folder, settings(sampler="tpe", space="wide", trials=60))
    chosen = []
    for _ in range(40):
        trial = propose(store)[0]
        chosen.append(trial.params)
        level = 0.5 + (trial.params["activation"] == "prelu") / 4
        store.tell(trial, "trained", curve(level, level, level))
    proven = [sum(values[name] in PROVEN[name] for name in PROVEN) / len(PROVEN) for values in chosen]
    assert min(proven[:16]) > 0.6
    assert len({tuple(values.values()) for values in chosen}) == 40
    assert sum(values["activation"] == "prelu" for values in chosen[16:]) >= 13


@pytest.mark.parametrize(("given", "tied"), [(False, False), (True, True)])
def test_held_out_images_that_were_given_count_once(folder, given, tied):
    """Where all finals are scored on the same 250 images, 0.7 points are within one standard error."""
    chosen = settings(source=replace(open_dataset("digits", Path()), held_out_given=given))
    store = Store(folder, chosen)
    sizes = []
    for _ in range(2):
        trial, design, _ = propose(store)
        store.tell(trial, "trained", curve(0.9, 0.9, 0.9))
        sizes.append(design.architecture.parameters)
    large = sizes.index(max(sizes))
    store.store_finals({large: [0.98] * 3, 1 - large: [0.973] * 3})
    selection = select(read_records(folder))
    assert (selection.leader.trial, bool(selection.tied)) == (large, tied)
    assert summary(folder, {}).trials.best.trial == selection.winner.trial == (1 - large if tied else large)
    estimate = estimate_of(selection.leader)
    assert (estimate.low, estimate.high) == pytest.approx(wilson(0.98, 250 if given else 750))


def test_a_study_is_read_while_trials_are_added(folder, monkeypatch):
    """One that is begun between two of the reader's statements waits for the next reading."""
    from sqlalchemy import event

    store, other = Store(folder, settings()), Store(folder, settings())
    storage, study = store._storage, store.study._study_id
    monkeypatch.setattr("search.study.fast_reading._FEW", -1)  # as in a study of thousands
    there = len(storage.read_trials(study, whole=True))
    event.listen(storage.engine, "after_cursor_execute", lambda *_: propose(other), once=True)
    assert len(storage.read_trials(study, whole=True)) == there
    assert len(storage.read_trials(study, whole=True)) == there + 1


def test_a_trial_without_values_yet_draws_what_it_would_have_drawn(tmp_path):
    """A search that is killed between a trial's row in the database and its values goes on with the same points."""

    def drawn(store, number):
        with store.exclusive():
            trial = store.ask()
        assert trial.number == number
        return trial.params

    undisturbed = StudyFolder("s", runs=tmp_path / "undisturbed")
    with undisturbed.locked():
        store = Store(undisturbed, settings())
        points = [drawn(store, number) for number in range(3)]
        store.close()
    folder = StudyFolder("s", runs=tmp_path / "killed")
    with folder.locked():
        store = Store(folder, settings())
        assert drawn(store, 0) == points[0]
        store._storage.create_new_trial(store.study._study_id)
        store.close()
        store = Store(folder, settings())
        assert [drawn(store, number) for number in range(3)] == points
        store.close()
