"""Screening: a short training decides whether a design has a whole one."""

from dataclasses import replace

import pytest

from search.loop.coordinator import Coordinator
from search.study.folder import StudyFolder
from search.study.reading import read_records
from search.study.store import Store
from search.workers.messages import Ended, Lost, Trained
from search.workers.stopping import Stop
from space.recipe import PLAIN_RECIPE, ExponentialDecay, OneCycle, ReduceOnPlateau, StepDecay
from tests.search.loop.test_coordinator import Kept, Scripted, scored
from tests.search.searches import finish, start
from tests.search.study.test_store import settings

SCREENING = {"pruner": "screening", "epochs": 10, "last_epochs": 5, "trials": 8}


class Short(Scripted):
    """Each training of a trial comes to its level, the short ones one hundredth below."""

    def __init__(self, levels, script=None):
        super().__init__(script)
        self.levels, self.jobs = levels, []

    def submit(self, job):
        self.jobs.append(job)
        self.busy = job.trial
        if self.script and (events := self.script(job)):
            self.queue.extend(events)
            return
        level = self.levels[job.trial] - (0.01 if job.epochs < 10 else 0)
        self.queue.extend(scored(job.trial, epoch, level) for epoch in range(1, job.epochs + 1))
        self.queue.append(Trained(job.trial, b"weights"))


@pytest.fixture
def search(tmp_path):
    def go(levels, script=None, stop=None, **changes):
        folder, chosen = StudyFolder("s", runs=tmp_path), settings(**SCREENING | {"trials": len(levels)} | changes)
        executor, view, stop = Short(levels, script), Kept(), stop or Stop()
        with folder.locked():
            store = Store(folder, chosen)
            Coordinator(chosen, folder=folder, store=store, executor=executor, view=view, stop=stop).run()
            store.close()
        return view.records, executor.jobs, folder

    return go


def test_the_best_quarter_is_trained_whole(search):
    levels = [0.5, 0.4, 0.6, 0.55, 0.58, 0.3, 0.59, 0.7]
    records, jobs, folder = search(levels)
    whole = [job.trial for job in jobs if job.epochs == 10]
    assert whole == [0, 2, 4, 6, 7]  # the best of up to four, the best two of up to eight
    assert [record.verdict for record in records] == ["trained" if n in whole else "pruned" for n in range(8)]
    assert [record.screened for record in records] == pytest.approx([level - 0.01 for level in levels])
    assert [record.epochs for record in records] == [10 if n in whole else 0 for n in range(8)]
    assert all(record.seconds == (12 if record.epochs else 2) for record in records)
    assert read_records(folder) == records
    assert records[1].reason == "screened out after 2 epochs"


def test_the_short_training_is_the_whole_one_in_fewer_epochs(search):
    _, jobs, _ = search([0.5])
    short, whole = jobs
    assert short.design.architecture == whole.design.architecture
    assert short.design.recipe == whole.design.recipe.shortened(2)
    assert (short.epochs, whole.epochs, short.seed) == (2, 10, whole.seed)
    assert short.checkpoints == whole.checkpoints / "screening"


def test_a_shortened_recipe_keeps_its_course():
    recipe = replace(PLAIN_RECIPE, epochs=15, ema=0.999)
    assert recipe.shortened(15) == recipe
    assert recipe.shortened(3).ema == pytest.approx(0.995)
    schedules = {
        OneCycle(): OneCycle(),
        StepDecay(every=6, factor=0.1): StepDecay(every=1, factor=0.1),
        StepDecay(every=2, factor=0.1): StepDecay(every=1, factor=0.1),
        ExponentialDecay(factor=0.9): ExponentialDecay(factor=0.9**5),
        ReduceOnPlateau(factor=0.1, patience=3): ReduceOnPlateau(factor=0.1, patience=1),
    }
    for schedule, shorter in schedules.items():
        assert replace(recipe, schedule=schedule).shortened(3) == replace(
            recipe, schedule=shorter, epochs=3, ema=recipe.shortened(3).ema
        )


def test_a_design_that_diverges_while_it_is_screened_is_pruned(search):
    def script(job):
        return [scored(job.trial, 1), Ended(job.trial, True, "the loss is nan")] if job.trial == 1 else None

    records, _, _ = search([0.5, 0.9], script)
    assert [(r.verdict, r.reason, r.epochs) for r in records][1] == ("pruned", "the loss is nan", 0)


def test_an_interrupted_trial_is_not_screened_again(search):
    """Whether it was promoted is judged once: in its whole training it goes on, however good others are by then."""
    stop = Stop()

    def interrupted(job):
        if job.trial == 1 and job.epochs == 10:
            stop.signal = 15
            return [scored(1, 1)]
        return None

    search([0.5, 0.6, 0.7], interrupted, stop)
    records, jobs, _ = search([0.5, 0.6, 0.7])
    assert [(job.trial, job.epochs) for job in jobs] == [(1, 10), (2, 2), (2, 10)]
    assert [record.verdict for record in records] == ["trained", "trained"]


def deaths(*curves):
    """Says of each training of trial 0 in turn that it comes so far and kills its worker, and nothing of the rest."""
    left = list(curves)
    return lambda job: [*(scored(0, n + 1) for n in range(left.pop(0))), Lost(0, "signal 9")] if left else None


def test_a_design_that_gets_on_between_deaths_while_it_is_screened_is_not_to_blame_for_them(search):
    records, jobs, _ = search([0.5], deaths(0, 1, 2, 2, 3), epochs=20)
    assert [job.epochs for job in jobs] == [4] * 6 + [20]
    assert [record.verdict for record in records] == ["trained"]


def test_deaths_of_the_short_training_do_not_count_for_the_whole_one(search):
    left = {2: 2, 10: 2}

    def script(job):
        left[job.epochs] -= 1
        return [Lost(0, "signal 9")] if left[job.epochs] >= 0 else None

    records, jobs, _ = search([0.5], script)
    assert [job.epochs for job in jobs] == [2, 2, 2, 10, 10, 10]
    assert [record.verdict for record in records] == ["trained"]


def test_a_design_that_kills_three_workers_in_an_epoch_of_its_short_training_has_failed(search):
    """Also where the search was interrupted between: the epoch before is said again, and is no further one."""
    stop, twice = Stop(), deaths(1, 1)

    def interrupted(job):
        if events := twice(job):
            return events
        stop.signal = 15
        return [scored(0, 1)]

    search([0.5], interrupted, stop, epochs=20)
    records, jobs, _ = search([0.5], deaths(1), epochs=20)
    assert len(jobs) == 1
    assert [(record.verdict, record.reason) for record in records] == [("failed", "signal 9, 3 times")]


@pytest.mark.slow
def test_the_command_screens_unless_it_is_told_otherwise(tmp_path):
    options = ("--trials", "6", "--epochs", "5", "--pruner", "screening")
    lines, err = finish(start(tmp_path, *options))
    assert {line["verdict"] for line in lines[:-1]} == {"trained", "pruned"}
    pruned = [line for line in lines[:-1] if line["verdict"] == "pruned"]
    assert all(line["epochs"] == 0 and "screened out after" in line["reason"] for line in pruned)
    assert "--pruner" not in err  # the command to go on with has no need to name the default
