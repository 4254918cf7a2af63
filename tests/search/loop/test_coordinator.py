"""The coordinator with an executor that follows a script: what becomes of trials that end in every way."""

import math
import random
from collections import deque
from dataclasses import replace
from types import SimpleNamespace

import pytest
from optuna.trial import TrialState

from search.errors import StorageAway
from search.loop.coordinator import Coordinator, NothingFits
from search.proposals import samplers
from search.study.folder import StudyFolder
from search.study.store import Store
from search.workers.messages import Ended, Lost, Noted, Scored, Trained, Uncompiled
from search.workers.stopping import Stop
from space.design import Budget
from tests.amounts import slow
from tests.search.study.test_store import settings
from train.fast.uncompiled import CannotCompile
from train.scores import EpochScore


def scored(trial, epoch, accuracy=0.5):
    rest = {"loss": 1.0, "training_accuracy": 0.5, "held_loss": 1.0, "learning_rate": 0.1, "seconds": 1.0}
    return Scored(trial, EpochScore(epoch=epoch, accuracy=accuracy, **rest))


class Scripted:
    """Trains nothing: for each submission of a trial, `script` says what happens."""

    size = 1

    def __init__(self, script):
        self.script = script
        self.submitted = []
        self.stopped = []
        self.closed = False
        self.queue = deque()
        self.busy = None

    @property
    def free(self):
        return int(self.busy is None)

    def submit(self, job):
        self.submitted.append(job.trial)
        self.busy = job.trial
        self.queue.extend(self.script(job.trial, self.submitted.count(job.trial)))

    def proceed(self, trial):
        pass

    def stop(self, trial):
        self.stopped.append(trial)
        self.queue.clear()
        self.busy = None

    def events(self, timeout):
        if self.queue:
            event = self.queue.popleft()
            if not isinstance(event, Scored | Noted):
                self.busy = None
            yield event

    def close(self):
        self.closed = True


class Kept:
    def __init__(self):
        self.records = []
        self.notes = []

    def update(self, status):
        pass

    def scored(self, trial, score):
        pass

    def ended(self, record):
        self.records.append(record)

    def noted(self, text):
        self.notes.append(text)


@pytest.fixture
def search(tmp_path):
    def go(script, stop=None, **changes):
        folder = StudyFolder("s", runs=tmp_path)
        view, executor = Kept(), Scripted(script)
        chosen = settings(**changes)
        with folder.locked():
            coordinator = Coordinator(
                chosen, folder=folder, store=Store(folder, chosen), executor=executor, view=view, stop=stop or Stop()
            )
            coordinator.run()
        return view.records, executor, coordinator

    return go


def whole(trial, level=0.5):
    return [*(scored(trial, epoch, level) for epoch in (1, 2, 3)), Trained(trial, b"weights")]


def test_the_total_is_exact_and_every_record_is_shown_once(search):
    records, executor, _ = search(lambda trial, times: whole(trial), trials=4)
    assert [(record.trial, record.verdict) for record in records] == [(n, "trained") for n in range(4)]
    assert executor.closed


def test_a_diverged_trial_is_pruned_and_a_broken_one_failed_with_their_reasons(search):
    ends = {1: Ended(1, True, "the loss is nan in epoch 1"), 2: Ended(2, False, "ValueError: no")}
    records, _, _ = search(lambda trial, times: [ends[trial]] if trial in ends else whole(trial), trials=4)
    assert [record.verdict for record in records] == ["trained", "pruned", "failed", "trained"]
    assert [record.reason for record in records] == ["", "the loss is nan in epoch 1", "ValueError: no", ""]


def test_an_engine_that_cannot_be_stored_ends_the_search_and_no_trial(search):
    with pytest.raises(CannotCompile, match=r"^make room$"):
        search(lambda trial, times: [Uncompiled(trial, "make room")], trials=2)
    records, *_ = search(lambda trial, times: whole(trial), trials=2)
    assert [record.verdict for record in records] == ["trained", "trained"]


def test_a_trial_whose_worker_dies_starts_anew(search):
    def script(trial, times):
        return [scored(0, 1), Lost(0, "signal 9")] if trial == 0 and times < 3 else whole(trial)

    records, executor, _ = search(script, trials=2)
    assert executor.submitted == [0, 0, 0, 1]
    assert [(record.verdict, record.epochs) for record in records] == [("trained", 3), ("trained", 3)]


def test_a_trial_that_goes_on_says_its_first_epochs_again(search):
    """As from a checkpoint: the curve is whole, and no epoch is kept twice."""

    def script(trial, times):
        if times == 1:
            return [scored(0, 1, 0.25), scored(0, 2, 0.5), Lost(0, "signal 9")]
        return [scored(0, 1, 0.25), scored(0, 2, 0.5), scored(0, 3, 0.75), Trained(0, b"weights")]

    records, _, coordinator = search(script, trials=1)
    assert records[0].accuracies == (0.25, 0.5, 0.75)
    assert coordinator.outlook.epochs_trained == 3


def test_a_short_training_that_is_said_again_is_not_trained_again(search):
    def script(trial, times):
        if times < 3:
            return [replace(scored(0, 1), again=times > 1), Trained(0, b"") if times > 1 else Lost(0, "signal 9")]
        return [*(scored(0, epoch) for epoch in range(1, 6)), Trained(0, b"weights")]

    records, _, coordinator = search(script, trials=1, epochs=5, pruner="screening")
    assert (records[0].verdict, records[0].epochs) == ("trained", 5)
    assert coordinator.outlook.epochs_trained == 1 + 5


def test_a_note_is_shown_and_the_trial_goes_on(search):
    records, _, coordinator = search(lambda trial, times: [Noted(0, "file x is not used"), *whole(trial)], trials=1)
    assert coordinator.view.notes == ["trial 0: file x is not used"]
    assert [record.verdict for record in records] == ["trained"]


def test_checkpoints_go_when_their_trial_has_ended(search, tmp_path):
    folder = StudyFolder("s", runs=tmp_path)
    made = [folder.checkpoint_folder(trial) for trial in range(3)]

    def script(trial, times):
        made[trial].mkdir(parents=True)
        (made[trial] / "epoch-0001.safetensors").write_bytes(b"x")
        assert [path.exists() for path in made] == [n == trial for n in range(3)]
        return whole(trial)

    search(script, trials=3)
    assert not any(path.exists() for path in made)


def test_a_trial_that_kills_three_workers_has_failed(search):
    records, executor, _ = search(lambda t, times: [Lost(0, "signal 9")] if t == 0 else whole(t), trials=2)
    assert executor.submitted == [0, 0, 0, 1]
    assert [record.verdict for record in records] == ["failed", "trained"]
    assert records[0].reason == "signal 9, 3 times"


def test_a_trial_that_gets_on_between_deaths_is_not_to_blame_for_them(search):
    def script(trial, times):
        return [*whole(0)[:times], Lost(0, "signal 9")] if times < 4 else whole(0)

    records, executor, _ = search(script, trials=1)
    assert executor.submitted == [0] * 4
    assert [(record.verdict, record.epochs) for record in records] == [("trained", 3)]


def test_a_trial_is_not_to_blame_for_workers_that_end_with_the_search(search):
    """As where SIGTERM goes to all processes."""

    def ended(trial, times):
        stop.signal = 15
        return [Lost(0, "signal 15")]

    for _ in range(3):
        stop = Stop()
        search(ended, stop, trials=1)
    records, *_ = search(lambda trial, times: whole(0), trials=1)
    assert [record.verdict for record in records] == ["trained"]


def test_the_pruner_ends_trials_by_asking_no_more(search):
    records, executor, _ = search(
        lambda trial, times: whole(trial, 0.9 if trial < 5 else 0.1), trials=7, pruner="percentile"
    )
    assert [record.verdict for record in records] == ["trained"] * 5 + ["pruned"] * 2
    assert executor.stopped == [5, 6]
    assert records[-1].epochs == 2


def test_a_whole_training_is_judged_by_its_own_epochs_and_not_by_the_short_one(search):
    def script(trial, times):
        if times == 1:
            return [scored(trial, 1, 0.9 if trial < 5 else 0.95), Trained(trial, b"")]
        level = 0.9 if trial < 5 else 0.1
        return [*(scored(trial, epoch, level) for epoch in range(1, 6)), Trained(trial, b"weights")]

    records, _, _ = search(script, trials=6, epochs=5, last_epochs=1, pruner="screening")
    assert [record.verdict for record in records] == ["trained"] * 5 + ["pruned"]
    assert records[-1].epochs == 3


USUAL = [("tpe", "screening"), ("random", "none"), ("nsga2", "hyperband")]


@pytest.mark.parametrize(
    ("sampler", "pruner"),
    [
        pytest.param(sampler, pruner, marks=() if (sampler, pruner) in USUAL else pytest.mark.slow)
        for sampler in ("tpe", "random", "nsga2")
        for pruner in ("screening", "percentile", "median", "hyperband", "none")
        if sampler != "random" or pruner in ("median", "none")
    ],
)
def test_every_sampler_goes_with_every_pruner(search, sampler, pruner):
    """Beyond the trials after which models are fitted."""

    def script(trial, times):
        level, short = random.Random(trial).random(), pruner == "screening" and times == 1
        return [scored(trial, 1, level), Trained(trial, b"weights")] if short else whole(trial, level)

    records, _, _ = search(script, trials=17, sampler=sampler, pruner=pruner)
    assert sum(record.verdict in ("trained", "pruned") for record in records) == 17


def test_asked_to_stop_it_queues_what_runs(search):
    stop = Stop()

    def script(trial, times):
        if trial == 2:
            stop.signal = 2
            return [scored(2, 1)]
        return whole(trial)

    records, executor, _ = search(script, stop=stop, trials=5)
    assert len(records) == 2
    assert executor.closed
    records, _, _ = search(lambda trial, times: whole(trial), trials=5)
    assert [record.trial for record in records] == [2, 3, 4]


@pytest.fixture
def untold(search, monkeypatch):
    """A study whose trial 0 was trained, with its result in the folder, for the database was away."""
    really = Store.requeue

    def away(*_args, **_rest):
        raise StorageAway("the server closed the connection")

    def queued_and_away(store, trial):  # else the trial would be that of a process that lives, this one
        really(store, trial)
        away()

    with monkeypatch.context() as broken:
        broken.setattr(Store, "tell", away)
        broken.setattr(Store, "requeue", queued_and_away)
        with pytest.raises(StorageAway):
            search(lambda trial, times: whole(trial, 0.75), trials=1)


def test_a_result_that_the_database_did_not_take_is_told_by_the_next_start(search, untold):
    records, executor, _ = search(lambda trial, times: [], trials=1)
    assert executor.submitted == []
    assert [(record.trial, record.verdict, record.accuracies) for record in records] == [(0, "trained", (0.75,) * 3)]


def test_a_result_is_told_for_no_other_design(search, untold, tmp_path):
    """The database is another by now, whose trial 0 has another network."""
    for file in tmp_path.glob("s/study.db*"):
        file.unlink()
    records, executor, ended = search(lambda trial, times: whole(trial, 0.5), trials=1, seed=1)
    assert executor.submitted == [0]
    assert records[0].accuracies == (0.5,) * 3
    assert "result of trial 0 is of another design and not used" in " ".join(ended.view.notes)


def test_a_result_of_an_earlier_version_which_names_no_design_is_not_told(search, untold, tmp_path):
    folder = StudyFolder("s", runs=tmp_path)
    kept = folder.spooled(0)
    folder.spool(0, {"end": kept["end"], "curve": kept["curve"]})
    _, executor, ended = search(lambda trial, times: whole(trial, 0.5), trials=1)
    assert executor.submitted == [0]
    assert "without its design, and not used" in " ".join(ended.view.notes)


def test_a_study_that_is_complete_goes_on_under_a_time_limit(search, monkeypatch):
    search(lambda trial, times: whole(trial), trials=3)
    monkeypatch.setattr(Scripted, "size", 0)  # there is nothing for workers to do
    records, _, coordinator = search(lambda trial, times: whole(trial), trials=3, timeout=100.0)
    assert (records, coordinator.store.tally.done) == ([], 3)


@pytest.mark.parametrize("epoch", [1, 3])
def test_the_worker_of_a_trial_that_was_taken_over_is_not_taken_for_that_of_its_next_training(tmp_path, epoch):
    """Trial 0 is taken over and queued again while a worker here is in one of its epochs, the last one among them;
    another worker is free for it at once."""
    folder, chosen, view = StudyFolder("s", runs=tmp_path), settings(trials=2), Kept()
    executor = Shuffled(lambda trial, epochs: whole(trial), 2, 0)
    with folder.locked():
        store = Store(folder, chosen)
        said, taken = executor.events, []

        def events(timeout):
            for event in said(timeout):
                yield event
                if (
                    not taken
                    and isinstance(event, Scored)
                    and (event.trial, event.score.epoch) == (0, epoch - 1 or 1)
                ):
                    taken.append(event.trial)
                    (trial,) = (t for t in store.study.get_trials(deepcopy=False) if t.number == 0)
                    store._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
                    coordinator._looked = -math.inf

        executor.events = events
        coordinator = Coordinator(chosen, folder=folder, store=store, executor=executor, view=view, stop=Stop())
        coordinator.run()
    assert taken
    assert "trial 0 was taken over by another coordinator" in view.notes
    assert sorted(executor.submitted) == [0, 0, 1]
    ended = sorted((record.trial, record.verdict, record.epochs, len(record.losses)) for record in view.records)
    assert ended == [(0, "trained", 3, 3), (1, "trained", 3, 3)]


class Shuffled(Scripted):
    """Of several workers, the one that says something next is drawn at random."""

    def __init__(self, script, size, seed):
        super().__init__(script)
        self.size, self.rng, self.queues = size, random.Random(seed), {}

    @property
    def free(self):
        return self.size - len(self.queues)

    def submit(self, job):
        assert job.trial not in self.queues, "a worker is at it"
        self.submitted.append(job.trial)
        self.queues[job.trial] = deque(self.script(job.trial, job.epochs))

    def stop(self, trial):
        self.stopped.append(trial)
        del self.queues[trial]

    def events(self, timeout):
        if self.queues:
            trial = self.rng.choice(sorted(self.queues))
            event = self.queues[trial].popleft()
            if not isinstance(event, Scored | Noted):
                del self.queues[trial]
            yield event


def history(folder, **changes):
    """Everything that a sampler or a pruner could have seen, trial by trial."""
    chosen = settings(**changes)
    trials = Store(folder, chosen).study.get_trials()
    return [
        (
            t.number,
            t.state,
            t.value,
            t.params,
            t.intermediate_values,
            t.user_attrs["verdict"],
            t.user_attrs.get("reason"),
        )
        for t in trials
    ]


@pytest.mark.parametrize(
    ("sampler", "pruner", "trials", "workers"),
    [
        ("tpe", "screening", 16, [20]),
        *slow(
            ("tpe", "percentile", 20, [20]),
            ("random", "screening", 24, [2, 20]),
            ("tpe", "median", 24, [2, 20]),
            ("nsga2", "percentile", 24, [2, 20]),
        ),
    ],
)
def test_a_deterministic_search_has_one_history(tmp_path, monkeypatch, sampler, pruner, trials, workers):
    """For one worker and for many that end in any order, and for one stopped and begun again every few events; the
    latter half of proposals is by a model."""
    monkeypatch.setattr(samplers, "_STARTUP", 4)
    changes = {"sampler": sampler, "pruner": pruner, "deterministic": True, "trials": trials, "last_epochs": 1}
    changes["epochs"] = 5 if pruner == "screening" else 3

    def script(trial, epochs):
        level = random.Random(trial).random()
        if trial % 7 == 3:
            return [scored(trial, 1, level), Ended(trial, True, "the loss is nan")]
        curve = [scored(trial, epoch, level / (1 + epochs - epoch)) for epoch in range(1, epochs + 1)]
        return [*curve, Trained(trial, b"weights")]

    def go(name, size, seed, events=None):
        folder, stop = StudyFolder(name, runs=tmp_path), Stop()
        chosen = settings(**changes)
        executor = Shuffled(script, size, seed)
        if events:
            said = executor.events

            def few(timeout):
                yield from said(timeout)
                few.left -= 1
                stop.signal = 15 if few.left <= 0 else None

            few.left = events
            executor.events = few
        with folder.locked():
            store = Store(folder, chosen)
            Coordinator(chosen, folder=folder, store=store, executor=executor, view=Kept(), stop=stop).run()
        return folder, store.tally.done

    first = history(go("one", 1, 0)[0], **changes)
    assert len({state for _, state, *_ in first}) > 1
    for seed, size in enumerate(workers):
        assert history(go(f"w{size}s{seed}", size, seed)[0], **changes) == first
    rng, done, runs = random.Random(5), 0, 0
    while done < trials:
        folder, done = go("broken", 3, runs, events=rng.randint(1, 3 * trials // 2))
        runs += 1
        assert runs < 200
    assert runs > 2
    assert history(folder, **changes) == first


def test_a_search_leaves_time_for_the_finals(search, monkeypatch):
    """Of a hundred seconds: trials take six each, and a quarter is enough for 2 finalists, which take one each."""
    for finals, most in ((8, (100 - 12) // 6), (0, 100 // 6)):
        clock = [0.0]
        monkeypatch.setattr("search.loop.outlook.time", SimpleNamespace(monotonic=lambda: clock[0]))  # noqa: B023

        def script(trial, _times):
            clock[0] += 6.0  # noqa: B023
            return whole(trial)

        records, _, _ = search(script, trials=100, timeout=100.0, finals=finals)
        assert len(records) == most


def test_a_deterministic_search_prunes_by_what_was_known(search):
    """Trials below all that were told when they were asked for are pruned, whatever ends in between."""
    records, executor, _ = search(
        lambda trial, times: whole(trial, 0.9 if trial < 12 else 0.1),
        trials=16, pruner="percentile", deterministic=True,
    )  # fmt: skip
    assert [record.trial for record in records] == list(range(16))
    assert executor.stopped == list(range(12, 16))


def test_when_nothing_fits_it_gives_up_and_says_what_to_do(search, monkeypatch):
    monkeypatch.setattr("search.loop.coordinator._PATIENCE", 5)
    with pytest.raises(NothingFits, match=r"5 proposals in a row.*raise `budget` or use `sampling` inside"):
        search(lambda trial, times: whole(trial), sampling="plain", budget=Budget(parameters=400))


def test_a_design_is_never_trained_twice(search, monkeypatch):
    from search.loop import coordinator

    real, first = coordinator.design_from, {}

    def always_the_first(values, **rest):
        return first.setdefault("design", real(values, **rest))

    monkeypatch.setattr(coordinator, "design_from", always_the_first)
    monkeypatch.setattr(coordinator, "_TRIED", 3)
    records, executor, ended = search(lambda trial, times: whole(trial), trials=3)
    assert [(record.trial, record.verdict) for record in records] == [
        (0, "trained"),
        *((n, "rejected") for n in (1, 2, 3)),
    ]
    assert {record.reason for record in records[1:]} == {"the same design as trial 0"}
    assert executor.submitted == [0]
    assert ended.searched_out


@pytest.mark.parametrize("deterministic", [False, True])
def test_what_trains_when_the_space_is_searched_out_is_trained_to_its_end(tmp_path, monkeypatch, deterministic):
    """Two designs on two workers, which are still at them when nothing else is proposed."""
    from search.loop import coordinator

    real, two = coordinator.design_from, {}

    def one_of_two(values, **rest):
        return two.setdefault(len(two) if len(two) < 2 else 0, real(values, **rest))

    monkeypatch.setattr(coordinator, "design_from", one_of_two)
    monkeypatch.setattr(coordinator, "_TRIED", 6)
    folder, chosen, view = StudyFolder("s", runs=tmp_path), settings(trials=9, deterministic=deterministic), Kept()
    with folder.locked():
        store = Store(folder, chosen)
        ended = Coordinator(
            chosen, folder=folder, store=store, executor=Shuffled(lambda trial, epochs: whole(trial), 2, 0),
            view=view, stop=Stop(),
        )  # fmt: skip
        ended.run()
    assert ended.searched_out
    assert sorted(record.trial for record in view.records if record.verdict == "trained") == [0, 1]
    assert sum(record.verdict == "rejected" for record in view.records) == 6
    assert store.unfinished == []


LEVELS = [
    0.2,
    0.6,
    0.6,
    0.6,
    0.6,
    0.9,
    0.9,
    0.9,
    0.9,
    0.9,
    0.9,
    0.9,
]  # gains in trials 1 and 5


def levelled(trial, times):
    return whole(trial, LEVELS[trial])


@pytest.mark.parametrize(
    ("patience", "told", "deterministic"),
    [
        *((patience, told, how) for patience, told in ((1, 3), (4, 10), (None, 12)) for how in (False, True)),
        (6, 12, True),
        *slow((6, 12, False), (2, 4, False), (3, 5, True), (7, 12, False)),
    ],
)
def test_a_search_ends_with_its_patience(search, patience, told, deterministic):
    records, executor, coordinator = search(
        levelled, trials=12, patience=patience, deterministic=deterministic, pruner="none"
    )
    assert [record.trial for record in records] == list(range(told))
    assert coordinator.store.exhausted == (patience is not None and patience <= 6)
    assert executor.closed


def test_patience_is_counted_over_all_runs_of_a_study(search):
    """From what is stored, as if the search had never been interrupted; more patience goes on."""
    first, *_ = search(levelled, trials=3, patience=3, pruner="none")
    second, *_ = search(levelled, trials=12, patience=3, pruner="none")
    assert [record.trial for record in first + second] == [0, 1, 2, 3, 4]
    none, executor, _ = search(levelled, trials=12, patience=3, pruner="none")
    assert (none, executor.submitted) == ([], [])
    more, *_ = search(levelled, trials=12, patience=6, pruner="none")
    assert [record.trial for record in more] == [5, 6, 7, 8, 9, 10, 11]


def test_only_whole_trainings_try_patience(search):
    """Those that are pruned or fail are not counted."""
    ends = {2: [Ended(2, True, "nan")], 3: [Ended(3, False, "ValueError")]}
    records, *_ = search(lambda trial, times: ends.get(trial) or levelled(trial, times), trials=12, patience=2)
    assert [record.trial for record in records if record.verdict == "trained"] == [0, 1, 4, 5, 6, 7]
