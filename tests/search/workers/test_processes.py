"""Worker processes: those that rest are taken by the next search, and train as new ones do."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from search.workers import processes
from search.workers.messages import Event, Job, Scored, Trained, Uncompiled
from search.workers.processes import ProcessExecutor
from search.workers.worker import Workbench
from search.workers.workplace import Workplace
from space.architecture import Architecture
from space.design import Design
from space.recipe import DEFAULT_RECIPE
from train.data.forms.memory import open_arrays
from train.data.preparation import Preparation
from train.fast import ready
from train.fast.uncompiled import CannotCompile


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Workplace]:
    """Makes places to train at whose images follow from a seed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(processes, "_resting", [])

    def workplace(seed: int) -> Workplace:
        images = np.random.default_rng(seed).integers(0, 256, (40, 8, 8), dtype=np.uint8)
        source = open_arrays((images, np.arange(40) % 2), draws_test=False)
        return Workplace(source=source, seed=0, device="cpu", precision="fp32")

    return workplace


DESIGN = Design(Architecture.parse("1x8x8 c4 relu gap c2k1"), replace(DEFAULT_RECIPE, epochs=2))


def trained(executor: ProcessExecutor, folder: Path) -> list[Event]:
    """Returns what comes of a training, without the time it took."""
    executor.submit(Job(trial=3, design=DESIGN, seed=1, checkpoints=folder))
    events: list[Event] = []
    while not any(isinstance(event, Trained) for event in events):
        for event in executor.events(10.0):
            events.append(event)
            if isinstance(event, Scored) and event.score.epoch < 2:
                executor.proceed(3)
    return [
        (event.score.accuracy, event.score.loss, event.again) if isinstance(event, Scored) else event
        for event in events
    ]


def test_a_checkpoint_is_of_the_images_that_are_held_out(
    workplace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []

    def refused(folder: Path, *, identity: dict, warn: Callable) -> None:
        kept.append(identity["data"])
        raise LookupError

    monkeypatch.setattr("train.files.checkpoints.Checkpoints", refused)
    place = workplace(0)
    other = replace(place, source=replace(place.source, preparation=Preparation(hold_out=0.4)))
    for one in (place, other, replace(other, whole=True, tests=False)):
        with pytest.raises(LookupError):
            next(Workbench(one).train(Job(trial=3, design=DESIGN, seed=1, checkpoints=tmp_path / "kept")))
    key = place.source.key
    assert kept == [key, f"{key}-held-0.4", f"{key}, all training images"]


def test_a_rested_worker_trains_what_a_new_one_does(workplace: Callable, tmp_path: Path) -> None:
    first = ProcessExecutor(1, workplace(0))
    before = trained(first, tmp_path / "first")
    first.close()
    other = ProcessExecutor(1, workplace(1))
    assert other._workers[0].process is first._workers[0].process
    assert trained(other, tmp_path / "other") != before
    other.close()
    again = ProcessExecutor(1, workplace(0))
    assert trained(again, tmp_path / "again") == before
    *scores, _ = trained(again, tmp_path / "again")
    assert scores == [(accuracy, loss, True) for accuracy, loss, _ in before[:-1]], "they are its checkpoint's"
    again.close()


def test_a_worker_that_cannot_store_the_engine_says_so(
    workplace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(precision: str) -> Iterator[str]:
        raise CannotCompile("make room")

    monkeypatch.setattr(ready, "make_ready", full)
    job = Job(trial=3, design=DESIGN, seed=1, checkpoints=tmp_path)
    assert list(Workbench(workplace(0)).train(job)) == [Uncompiled(3, "make room")]


@pytest.mark.slow
def test_one_that_dies_at_rest_is_replaced(workplace: Callable, tmp_path: Path) -> None:
    first = ProcessExecutor(1, workplace(0))
    before = trained(first, tmp_path / "first")
    first.close()
    second = ProcessExecutor(1, workplace(0))
    os.kill(second._workers[0].process.pid or 0, signal.SIGKILL)
    assert trained(second, tmp_path / "second") == before
    second.close()


@pytest.mark.slow
def test_those_in_a_training_and_those_of_other_threads_are_not_taken(workplace: Callable, tmp_path: Path) -> None:
    busy = ProcessExecutor(1, workplace(0))
    busy.submit(Job(trial=0, design=DESIGN, seed=1, checkpoints=tmp_path))
    busy.close()
    assert processes._resting == []
    assert not busy._workers[0].process.is_alive()
    first = ProcessExecutor(1, workplace(0))
    trained(first, tmp_path / "first")
    first.close()
    taken: list[bool] = []

    def take() -> None:
        other = ProcessExecutor(1, workplace(0))
        taken.append(other._workers[0].process is first._workers[0].process)
        other.close()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    assert taken == [False]
