"""The teacher: trained once on the images that designs train on, and asked by every training that learns from it."""

import os
import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load

from search.commands.main import run_app
from search.errors import UserError
from search.loop.finals import run_finals
from search.replication import teacher
from search.replication.refit import refit
from search.study.beginning import beginning
from search.study.begun import begin
from search.study.folder import StudyFolder
from search.study.locks import alone
from search.study.store import Store
from search.workers.messages import Job, Scored
from search.workers.stopping import Stop
from search.workers.worker import Workbench
from search.workers.workplace import Workplace
from space.architecture import Architecture
from space.design import Design
from space.known.teacher import TEACHER
from space.recipe import DEFAULT_RECIPE
from tests.search.searches import finish, start
from tests.search.study.test_store import curve, propose, settings
from train.data.dataset import open_dataset
from train.data.preparation import Preparation
from train.data.split import split
from train.fast import ready as ready_engine
from train.loop import train
from train.model import build

PLACE = Workplace(source=open_dataset("digits", Path()), seed=3, device="cpu", precision="fp32")
PUPIL = Design(
    Architecture.parse("c4 relu bn mp c6 relu bn mp gap c10k1"), replace(DEFAULT_RECIPE, epochs=2, distillation=0.7)
)


@pytest.fixture
def ready(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    short = Design(TEACHER.architecture, replace(TEACHER.recipe, epochs=1))
    monkeypatch.setattr(teacher, "teacher_of", lambda *_: short)
    said = []
    return teacher.with_teacher(PLACE, Path("runs"), augment=None, stop=Stop(), say=said.append), said


def test_it_is_trained_once(ready):
    place, said = ready
    assert "training the teacher, 105,008 parameters" in said[0]
    again = []
    assert teacher.with_teacher(PLACE, Path("runs"), augment=None, stop=Stop(), say=again.append) == place
    assert again == []
    other = teacher.with_teacher(
        replace(PLACE, seed=4), Path("runs"), augment=None, stop=Stop(), say=again.append
    )  # which holds out other images
    assert other.teacher != place.teacher
    assert len(list(Path("runs/.teachers").iterdir())) == 2


def test_a_worker_asks_it(ready, tmp_path):
    place, _ = ready
    job = Job(trial=0, design=PUPIL, seed=5, checkpoints=tmp_path / "checkpoints")
    found = [event.score.loss for event in Workbench(place).train(job) if isinstance(event, Scored)]
    data = split(PLACE.source, seed=3)
    told = build(TEACHER.architecture)
    told.load_state_dict(load(place.teacher))
    model = build(PUPIL.architecture, seed=5)
    assert found == [score.loss for score in train(model, PUPIL.recipe, data, seed=5, teacher=told)]


def test_asked_to_stop_there_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stop = Stop()
    stop.signal = 15
    assert teacher.with_teacher(PLACE, Path("runs"), augment=None, stop=stop, say=lambda line: None) is None


def test_one_that_another_process_trains_is_waited_for(ready):
    """And is not trained twice; the process that had it ends when that is said."""
    place, _ = ready
    (folder,) = Path("runs/.teachers").iterdir()
    folder.rename("trained")
    other, said = ExitStack(), []
    other.enter_context(alone(folder, "", ""))

    def end(line):
        said.append(line)
        shutil.copytree("trained", folder, dirs_exist_ok=True)
        other.close()

    assert teacher.with_teacher(PLACE, Path("runs"), augment=None, stop=Stop(), say=end) == place
    assert said == [f"waiting for process {os.getpid()}, which trains the teacher"]


def test_somebody_may_ask_to_stop_while_it_is_waited_for(ready):
    (folder,) = Path("runs/.teachers").iterdir()
    stop = Stop()
    with alone(folder, "", ""):
        assert (
            teacher.with_teacher(
                PLACE, Path("runs"), augment=None, stop=stop, say=lambda _: setattr(stop, "signal", 2)
            )
            is None
        )


def test_one_that_has_seen_other_images_is_another(tmp_path):
    """As it has where another share is held out, but for one that sees all of them."""
    stop = Stop()
    stop.signal = 15
    other = open_dataset("digits", Path(), preparation=Preparation(hold_out=0.4))
    for place in (PLACE, replace(PLACE, source=other), replace(PLACE, source=other, whole=True)):
        assert teacher.with_teacher(place, tmp_path, augment=None, stop=stop, say=lambda line: None) is None
    assert {folder.name for folder in (tmp_path / ".teachers").iterdir()} == {
        "digits-fp32-split-3",
        f"{other.key}-held-0.4-fp32-split-3",
        f"{other.key}-fp32-all",
    }


def test_it_is_trained_as_the_designs_of_the_study_are(tmp_path, monkeypatch):
    """Also where one of them is trained again: a teacher that saw signs mirrored could not tell left from right."""
    monkeypatch.chdir(tmp_path)
    chosen = settings(space="taught", augment="none")
    folder = StudyFolder("s", runs=Path("runs"))
    with folder.locked():
        begin(folder, beginning(chosen, command="python -m search run"))
        store = Store(folder, chosen)
        for level in range(8):
            told = curve(*[0.5 + level / 100] * 3)
            store.tell(propose(store)[0], "trained", told)
        records = store.records
    pupil = next(record for record in records if record.recipe.distillation)
    assert not any(record.recipe.augmentation for record in records)
    asked = []

    def teacher_of(*task_and_augment):
        asked.append(task_and_augment[2:])
        raise UserError("that is all")

    monkeypatch.setattr(teacher, "teacher_of", teacher_of)
    monkeypatch.setattr(ready_engine, "make_ready", lambda precision: ())
    for command in ("confirm", "explain", "train"):
        assert run_app([command, f"s:{pupil.trial}"]) == 2
    assert run_app(["run", "--budget", "8k", "--dataset", "digits", "--space", "taught", "--augment", "none"]) == 2
    with pytest.raises(UserError, match="that is all"):
        run_finals(records, chosen, folder, PLACE, stop=Stop(), say=lambda line: None)
    with pytest.raises(UserError, match="that is all"):
        refit(pupil.design, folder, PLACE.source, seed=0, device="cpu", precision="fp32", say=lambda line: None)
    assert asked == [("none",)] * 6


@pytest.mark.slow
def test_a_search_in_the_taught_space(tmp_path, monkeypatch, capsys):
    options = ("--space", "taught", "--trials", "6", "--epochs", "2")
    lines, err = finish(start(tmp_path, *options))
    assert err.count("training the teacher") == 1
    monkeypatch.chdir(tmp_path)
    assert {line["verdict"] for line in lines[:-1]} == {"trained"}
    pupils = []
    for line in lines[:-1]:
        assert run_app(["show", str(line["trial"])]) == 0
        pupils += [line["trial"]] if "distillation 0." in capsys.readouterr().out else []
    assert pupils
    arguments = ["confirm", str(pupils[0]), "--seeds", "1", "--workers", "1"]
    assert run_app(arguments) == 0
    assert "training the teacher" in capsys.readouterr().out  # on all training images
    assert run_app(["train", str(pupils[0]), "--epochs", "1", "--dataset", "digits"]) == 0
