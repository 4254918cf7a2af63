"""Which proposals a search trains that looks at what they take, with times that are made up."""

import random
from collections import Counter
from dataclasses import replace
from statistics import fmean
from types import SimpleNamespace

import pytest

from search.errors import UserError
from search.loop.coordinator import Coordinator
from search.loop.costs import Costs
from search.loop.outlook import Outlook
from search.loop.preference import CostAware
from search.loop.preview import preview
from search.study.folder import StudyFolder
from search.study.store import Store
from search.study.tally import Trained
from search.wording import duration
from search.workers.messages import Trained as TrainedMessage
from search.workers.stopping import Stop
from space.choices.choices import guess
from space.choices.encoding import design_from
from space.task import DIGITS
from tests.amounts import slow
from tests.search.loop.test_coordinator import Kept, Scripted, scored
from tests.search.study.test_store import settings
from train.data.counts import Counts
from train.rates import USUAL, USUAL_OF_GPU, Rates

MNIST = Counts(training=60_000, held_out=10_000, test=10_000)


def aware(rates=USUAL, tried=(), **changes):
    """A preference in a search of MNIST's size that has trained nothing yet."""
    chosen = settings(space="wide", epochs=15, pruner="screening", trials=100, cost_aware=True, **changes)
    tally = SimpleNamespace(counts=Counter(), trained={}, done=0, best=None)
    study = SimpleNamespace(get_trials=lambda deepcopy: list(tried))
    store = SimpleNamespace(tally=tally, study=study, next_budget=chosen.budget, next_trial=0, elsewhere=0)
    return CostAware(Outlook(chosen, store, SimpleNamespace(size=1), Costs(MNIST, rates)))


def proposals(count=8, *, seed=0):
    rng = random.Random(seed)
    return [guess("wide", "inside", rng, task=DIGITS, augment="digits") for _ in range(count)]


def seconds(prefer, values):
    chosen = prefer.settings
    return prefer.outlook.predicted(design_from(values, space="wide", budget=chosen.budget, epochs=15, task=DIGITS))


def test_cheap_designs_are_preferred_while_much_is_left_and_dear_ones_when_little_is():
    picked = {}
    for done in (0, 99):
        costs = []
        for seed in range(8):
            prefer = aware()
            prefer.outlook.store.tally.done = done
            among = proposals(seed=seed)
            costs.append(seconds(prefer, prefer.best(among)) / fmean(seconds(prefer, one) for one in among))
        picked[done] = fmean(costs)
    assert picked[0] < 0.6
    assert picked[99] > 1.3


def test_only_designs_that_there_is_time_for_are_trained():
    """Within the time, with finals of two in a quarter of it; where there is no time for any, the cheapest."""
    for seed in range(4):
        prefer, among = aware(timeout=3600.0), proposals(seed=seed)
        prefer.outlook.store.tally.done = 99  # so that nothing but the time speaks against dear ones
        best = seconds(prefer, prefer.best(among))
        assert 2 * 15 * best <= 3600 / 4
        many = aware(timeout=1200.0, workers=8)
        many.outlook.store.tally.done = 99
        assert 15 * seconds(many, many.best(among)) <= 1200 / 4, "a training is not divided among workers"
        alone = aware(timeout=300.0, finals=0)
        alone.outlook.store.tally.done = 99
        dearest = max(seconds(alone, one) for one in among)
        assert (3 + 15) * seconds(alone, alone.best(among)) <= 300 < (3 + 15) * dearest
        short = aware(timeout=60.0)
        assert seconds(short, short.best(among)) == min(seconds(short, one) for one in among)


def test_what_scores_trials_had_changes_what_is_preferred():
    """Where all that were dear were far better, a dear one is worth its time."""
    among = sorted(proposals(40), key=lambda one: seconds(aware(), one))
    cheap, dear, rest = among[:10], among[-10:], [among[10], among[-11]]
    chosen = aware().settings

    def trial(number, values, score):
        design = design_from(values, space="wide", budget=chosen.budget, epochs=15, task=DIGITS)
        from search.study.attributes import of_design, to_attributes

        described = of_design(design, parameters=design.architecture.parameters, budget=8000)
        return SimpleNamespace(
            number=number, intermediate_values={0: score}, user_attrs=to_attributes(described), state=None
        )

    scores = [(values, 0.7) for values in cheap] + [(values, 0.99) for values in dear]
    learned = aware(tried=[trial(number, *one) for number, one in enumerate(scores)])
    assert aware().best(rest) is rest[0]
    assert learned.best(rest) is rest[1]


def test_proposals_over_the_budget_are_left_out_as_far_as_others_are_there():
    rng = random.Random(0)
    plain = [guess("wide", "plain", rng, task=DIGITS, augment="digits") for _ in range(30)]
    prefer = aware(sampling="plain")
    budget = prefer.settings.budget
    fits = [
        budget.allows(design_from(one, space="wide", budget=budget, epochs=15, task=DIGITS).architecture)
        for one in plain
    ]
    assert 0 < sum(fits) < 30
    assert fits[plain.index(prefer.best(plain))]
    over = [one for one, fit in zip(plain, fits, strict=True) if not fit]
    assert prefer.best(over) is over[0]


@pytest.mark.parametrize("sampler", ["tpe", *slow("random", "gp", "nsga2")])
def test_of_several_proposals_one_is_trained_with_every_sampler(tmp_path, sampler):
    """The first of them is what is trained without; a queued design is trained as it is."""

    def asked(name, pick):
        """Parameters of trials until two were chosen, and the proposals of each choice with the trial's number."""
        folder, chosen, choices = StudyFolder(name, runs=tmp_path), settings(study=name, **options), []

        def prefer(many):
            choices.append((len(trials), many))
            return many[pick]

        with folder.locked():
            store, trials = Store(folder, chosen), []
            while len(choices) < 2 and len(trials) < 12:
                with store.exclusive():
                    trials.append(store.ask(None if pick is None else prefer).params)
            store.close()
        return trials, choices

    options = {"sampler": sampler, "warm_start": "ladders"}
    first, choices = asked("first", 0)
    last, _ = asked("last", -1)
    without, _ = asked("without", None)
    queued = choices[0][0]
    assert 0 < queued < 10
    assert first == without[: len(first)]
    assert last[:queued] == first[:queued]
    assert all(one != other for one, other in zip(last[queued:], first[queued:], strict=True))
    assert len({str(one) for one in choices[0][1]}) == 8


def test_a_search_by_cost_goes_to_its_end_and_learns_what_epochs_take(tmp_path):
    chosen = settings(cost_aware=True, trials=3, space="wide", sampler="tpe")
    folder, costs = StudyFolder("s", runs=tmp_path), Costs(chosen.source.counts, USUAL)
    whole = lambda trial, _: [*(scored(trial, epoch) for epoch in (1, 2, 3)), TrainedMessage(trial, b"weights")]  # noqa: E731
    with folder.locked():
        store, view = Store(folder, chosen), Kept()
        coordinator = Coordinator(
            chosen, folder=folder, store=store, executor=Scripted(whole), view=view, stop=Stop(), costs=costs
        )
        coordinator.run()
        store.close()
    assert [record.verdict for record in view.records] == ["trained"] * 3
    took = scored(0, 1).score.seconds
    assert costs.epoch(view.records[0].design) == pytest.approx(took, rel=0.5), "all took the same"


def test_a_deterministic_history_cannot_depend_on_times():
    with pytest.raises(UserError, match="`deterministic` cannot have `cost_aware`") as refused:
        settings(deterministic=True, cost_aware=True)
    assert "\n" not in str(refused.value)


def test_others_need_not_wait_for_eight_proposals_of_a_gaussian_process():
    assert settings(sampler="gp", cost_aware=True).cost_aware
    with pytest.raises(UserError, match="`cost_aware` cannot have `sampler` gp") as refused:
        settings(sampler="gp", cost_aware=True, storage="postgresql://u@h/d")
    assert "\n" not in str(refused.value)


def test_a_study_of_an_earlier_version_is_not_cost_aware():
    chosen = settings(cost_aware=True)
    shared = chosen.to_json()
    own = {name: getattr(chosen, name) for name in ("source", "timeout", "workers", "device", "finals")}
    assert type(chosen).from_json(dict(shared), **own).cost_aware
    del shared["cost_aware"]
    assert not type(chosen).from_json(shared, **own).cost_aware


def test_times_are_learned_from_epochs_on_a_gpu():
    """Whose epochs are bound by launches: half the images, or twice the width, change little, and that is found."""
    truth = Costs(MNIST, USUAL_OF_GPU)
    chosen = settings(space="wide")
    designs = [design_from(one, space="wide", budget=chosen.budget, epochs=15, task=DIGITS) for one in proposals(40)]
    learned = Costs(MNIST, device="cuda")
    slower = {design: 3 * truth.epoch(design) for design in designs}
    for design in designs[:5]:
        learned.took(design, 100.0)  # the first epoch, in which much is compiled
        learned.took(design, slower[design])
        learned.took(design, slower[design])
    errors = sorted(abs(learned.epoch(design) / slower[design] - 1) for design in designs[5:])
    assert errors[len(errors) // 2] < 0.1


def test_the_time_left_is_told_before_the_first_epoch_and_counts_dear_trials_as_dear(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("search.loop.outlook.time", SimpleNamespace(monotonic=lambda: clock[0]))
    chosen = settings(space="wide", epochs=15, pruner="none", trials=2, finals=0)
    tally = SimpleNamespace(counts=Counter(), trained={}, done=0, best=None)
    store = SimpleNamespace(tally=tally, next_budget=chosen.budget, next_trial=0, elsewhere=0)
    designs = sorted(
        (design_from(one, space="wide", budget=chosen.budget, epochs=15, task=DIGITS) for one in proposals(20)),
        key=Costs(MNIST, USUAL).epoch,
    )
    lefts = []
    for design in (designs[0], designs[-1]):
        outlook = Outlook(chosen, store, SimpleNamespace(size=1), Costs(MNIST, USUAL))
        asked = {
            0: SimpleNamespace(
                design=design, end=None, dispatched=True, screening=0, curve=[], running=lambda *_: None
            )
        }
        lefts.append(outlook.status(asked, left=1).left)
        assert lefts[-1] == pytest.approx(2 * 15 * Costs(MNIST, USUAL).epoch(design))
    assert lefts[1] > 2 * lefts[0]
    unknown = Outlook(chosen, store, SimpleNamespace(size=1), Costs(MNIST))
    assert unknown.status(asked, left=1).left is None, "of a machine whose rates nobody knows"


@pytest.mark.parametrize(("workers", "turns"), [(1, 4 + 2), (3, 2 + 1), (8, 1 + 1)])
def test_finals_are_reckoned_by_what_the_best_designs_took(workers, turns):
    prefer = aware(timeout=10_000.0, workers=workers)
    tally = prefer.outlook.store.tally
    tally.counts.update(trained=12, pruned=4)
    tally.trained = {n: Trained(0.9 + 0.001 * n, 100, 1000.0 if n < 4 else 10.0) for n in range(12)}
    assert prefer.outlook.seconds_of_finals() == pytest.approx(10.0 * turns), "the dear ones were not good"


def test_the_preview_says_what_a_search_takes_here():
    chosen = settings(space="wide", epochs=15, pruner="screening", sampler="tpe", trials=50, workers=2)
    costs = Costs(MNIST, USUAL)
    line = preview(chosen, costs, done=0)
    assert "50 trials and the finals take about" in line
    assert "on 2 workers" in line
    assert "1 trial takes about" in preview(replace(chosen, finals=0), costs, done=49)
    slow = Costs(MNIST, Rates({kind: 100 * rate for kind, rate in USUAL.seconds.items()}))
    assert preview(chosen, slow, done=0) != line
    limited = preview(replace(chosen, timeout=1500.0), costs, done=0)
    assert "25 min 00 s are enough for about" in limited
    assert limited.endswith("of 50")
    assert preview(chosen, costs, done=50) == preview(chosen, Costs(MNIST), done=0) == ""


@pytest.mark.parametrize(
    ("trials", "workers", "done", "epochs", "on"),
    [
        (1, 8, 0, 3 + 15, "1 trial takes about {} on 1 worker"),
        (2, 8, 0, 3 + 15, "2 trials take about {} on 2 workers"),
        (2, 1, 0, 2 * 3 + (1 + 1 / 2) * 15, "2 trials take about {} on 1 worker"),
        (50, 8, 49, 3 + 13 / 50 * 15, "1 trial takes about {} on 1 worker"),
    ],
)
def test_the_preview_is_of_as_many_workers_as_have_a_trial_and_of_whole_trainings(trials, workers, done, epochs, on):
    """The first design is the best so far, the second with one in two chances; a trial is one worker's."""
    chosen = settings(space="wide", epochs=15, pruner="screening", trials=trials, workers=workers, finals=0)
    costs = Costs(MNIST, USUAL)
    costs.epoch = lambda _: 10.0
    assert preview(chosen, costs, done=done).endswith(on.format(duration(10 * epochs)))


def test_the_preview_of_a_deterministic_search_has_its_first_trials_trained_whole():
    """Each of them is judged by none before it."""
    chosen = settings(space="wide", epochs=15, pruner="screening", trials=8, workers=1, finals=0, deterministic=True)
    costs = Costs(MNIST, USUAL)
    costs.epoch = lambda _: 10.0
    assert preview(chosen, costs, done=0).endswith(f"8 trials take about {duration(8 * 18 * 10)} on 1 worker")


def test_the_preview_of_a_billion_trials_comes_at_once():
    chosen = settings(space="wide", epochs=15, pruner="screening", trials=10**9, workers=1, timeout=3600.0)
    assert preview(chosen, Costs(MNIST, USUAL), done=0).endswith("of 1,000,000,000")
