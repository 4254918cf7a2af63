"""Runs with given seeds, trained by workers that die, from a script."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from safetensors.torch import save

from search.errors import UserError
from search.replication import seeds
from search.replication.seeds import SeedRuns, Task
from search.wording import duration
from search.workers.messages import Lost, Scored, Trained, Uncompiled
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.architecture import Architecture
from space.design import Design
from space.recipe import PLAIN_RECIPE
from tests.search.loop.test_coordinator import Scripted, scored
from train.data.dataset import open_dataset
from train.fast.uncompiled import CannotCompile

PLACE = Workplace(source=open_dataset("digits", Path()), seed=0, device="cpu", precision="fp32")
TASK = Task(Design(Architecture.parse("c4 relu gap c10k1"), replace(PLAIN_RECIPE, epochs=3)), seed=7, name="seed 7")


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Trains TASK by an executor that follows the script; the runs, and the executor."""

    def go(script):
        executor = Scripted(script)
        monkeypatch.setattr(seeds, "ProcessExecutor", lambda size, place: executor)
        runs = SeedRuns(tmp_path, PLACE, workers=1, stop=Stop(), say=lambda line: None)
        runs.checkpoints(TASK).mkdir(parents=True)  # as workers do
        return runs.train([TASK]), executor

    return go


def test_a_run_that_gets_on_between_deaths_is_not_to_blame_for_them(trained):
    def script(trial, times):
        curve = [scored(trial, epoch) for epoch in (1, 2, 3)]
        return [*curve[:times], Lost(trial, "signal 9")] if times < 4 else [*curve, Trained(trial, save({}))]

    (run,), executor = trained(script)
    assert executor.submitted == [0] * 4
    assert (run.seed, run.accuracies) == (7, (0.5,) * 3)


def test_a_run_that_kills_three_workers_in_one_epoch_is_given_up(trained):
    with pytest.raises(UserError, match="seed 7 cannot be trained: signal 9, 3 times"):
        trained(lambda trial, times: [scored(trial, 1), Lost(trial, "signal 9")])


class Timed(Scripted):
    """Epochs take a minute, and those of a checkpoint no time."""

    now = 100.0

    def events(self, timeout):
        for event in super().events(timeout):
            self.now += 60.0 * (isinstance(event, Scored) and not event.again)
            yield event


def test_an_engine_that_cannot_be_stored_is_no_runs_fault(trained):
    with pytest.raises(CannotCompile, match=r"^make room$"):
        trained(lambda number, times: [Uncompiled(number, "make room")])


@pytest.mark.parametrize(("before", "dies"), [(0, ()), (9, ()), (0, (12,)), (3, (5, 9))])
def test_the_time_left_is_of_epochs_that_are_still_to_be_trained(tmp_path, monkeypatch, before, dies):
    """before: epochs that the checkpoint of an earlier process has; dies: after which epochs a worker dies."""
    task = replace(TASK, design=Design(TASK.design.architecture, replace(PLAIN_RECIPE, epochs=15)))
    has = [before, *dies, 15]

    def script(trial, times):
        ends = [Trained(trial, save({}))] if times > len(dies) else [Lost(trial, "signal 9")]
        scores = [scored(trial, epoch).score for epoch in range(1, has[times] + 1)]
        return [*(Scored(trial, score, again=score.epoch <= has[times - 1]) for score in scores), *ends]

    executor, lines, looks = Timed(script), [], []
    monkeypatch.setattr(seeds, "ProcessExecutor", lambda size, place: executor)
    monkeypatch.setattr(seeds, "time", SimpleNamespace(monotonic=lambda: executor.now))
    for number, told in enumerate(({"watch": None}, {"watch": looks.append})):
        runs = SeedRuns(tmp_path / str(number), PLACE, workers=1, stop=Stop(), say=lines.append, **told)
        runs.checkpoints(task).mkdir(parents=True)
        runs.train([task])
        executor.submitted.clear()
    said = [line.removeprefix("seed 7 ").split(":")[0] + line.partition(";")[2] for line in lines]
    assert said == [
        f"epoch {before + 1} of 15 time left not known yet",
        *(f"epoch {epoch} of 15 about {duration(60 * (15 - epoch))} left" for epoch in range(before + 2, 15)),
        "epoch 15 of 15",
    ]
    assert looks[-1].scored == 15 - before
