"""One training, outside any study: the loop's own scores, then the network that has them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from search.errors import UserError
from search.replication import teacher
from search.replication.train_one import SingleTraining, TrainedNetwork, train_one
from search.workers import worker
from space.architecture import Architecture
from space.design import Design
from space.recipe import DEFAULT_RECIPE
from train.data.dataset import open_dataset
from train.data.split import split
from train.evaluation import evaluate
from train.fast.process import prepared
from train.loop import train
from train.model import build

DIGITS = open_dataset("digits", Path())
DESIGN = Design(Architecture.parse("c4 relu bn mp c6 relu bn mp gap c10k1"), replace(DEFAULT_RECIPE, epochs=3))
TRAINING = SingleTraining(
    source=DIGITS, last_epochs=2, seed=7, test=False, device="cpu", precision="auto", runs=Path("no runs")
)


def trained(training, design=DESIGN):
    *scores, network = train_one(design, training, name="it", say=lambda line: None)
    return scores, network


def test_it_is_the_loops_training_and_says_nothing_by_itself(two_threads, capfd):
    scores, result = trained(replace(TRAINING, test=True))
    assert torch.get_num_threads() == 2
    assert capfd.readouterr() == ("", "")
    data = split(DIGITS, seed=7)
    model = build(DESIGN.architecture, seed=7)
    with prepared():
        expected = list(train(model, DESIGN.recipe, data, seed=7))
        tested, _ = evaluate(model, DIGITS.test(), data.mean, data.std)
    assert [replace(score, seconds=0) for score in scores] == [replace(score, seconds=0) for score in expected]
    assert result.score == pytest.approx((scores[-2].accuracy + scores[-1].accuracy) / 2)
    assert result.seconds == sum(score.seconds for score in scores)
    assert result.parameters == sum(p.numel() for p in model.parameters())
    for name, tensor in model.state_dict().items():
        assert torch.equal(result.network.state_dict()[name], tensor), name
    assert result.test_accuracy == tested


def test_fewer_epochs_than_count_all_count():
    scores, result = trained(replace(TRAINING, last_epochs=1000))
    assert result.score == pytest.approx(sum(score.accuracy for score in scores) / 3)
    assert result.test_accuracy is None


def test_who_stops_asking_stops_the_training():
    said = []
    steps = train_one(DESIGN, TRAINING, name="it", say=said.append)
    assert said == []
    assert next(steps).epoch == 1
    assert said == [f"it on digits, cpu fp32: 332 parameters, {DESIGN.recipe.describe()}"]
    steps.close()
    assert list(steps) == []


@pytest.mark.parametrize(
    ("field", "value"), [("last_epochs", 0), ("last_epochs", 1001), ("seed", -1), ("seed", 2**32)]
)
def test_bad_fields_are_named_at_once(field, value):
    with pytest.raises(UserError, match=f"`{field}` must be from"):
        replace(TRAINING, **{field: value})


def test_a_pupil_has_its_teacher_from_the_runs_folder(tmp_path, monkeypatch):
    for module in (teacher, worker):  # which train it and read it; a small one is soon trained
        monkeypatch.setattr(module, "teacher_of", lambda *_: replace(DESIGN, recipe=replace(DESIGN.recipe, epochs=1)))
    pupil = replace(DESIGN, recipe=replace(DESIGN.recipe, epochs=1, distillation=0.7))
    first, result = trained(replace(TRAINING, runs=tmp_path), pupil)
    assert isinstance(result, TrainedNetwork)
    (weights,) = tmp_path.glob(".teachers/digits-fp32-split-7/*/seed-7.safetensors")
    written = weights.stat().st_mtime_ns
    again, _ = trained(replace(TRAINING, runs=tmp_path), pupil)
    assert [score.loss for score in again] == [score.loss for score in first]
    assert weights.stat().st_mtime_ns == written
