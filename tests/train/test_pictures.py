"""Any pictures: a step against torch's own layers and optimizer, whatever the shape, the channels and the classes."""

import copy
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from space.recipe import PLAIN_RECIPE, Constant
from tests.amounts import slow
from tests.pictures import CASES
from train.baseline import baseline
from train.evaluation import evaluate, normalise
from train.fold import fold
from train.loop import Training, streams, train
from train.model import build

RECIPE = replace(
    PLAIN_RECIPE, optimizer="sgd", learning_rate=0.05, schedule=Constant(), augmentation=(), batch_size=32, epochs=2
)


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def normalised(images, task):
    """By torch's broadcasting."""
    mean, std = (torch.tensor(moments).view(-1, 1, 1) for moments in (task.mean, task.std))
    return (images.images / 255 - mean) / std


def test_a_network_is_built_with_the_closed_forms_shapes(case):
    model = build(case.architecture, seed=0).eval()
    assert sum(p.numel() for p in model.parameters()) == case.architecture.parameters
    assert model(torch.rand(2, *case.task.image)).shape == (2, case.task.classes)


def test_each_channel_is_normalised_by_its_own_moments(case):
    images = case.images(5)
    ours = normalise(images.images / 255, case.task.mean, case.task.std)
    torch.testing.assert_close(ours, normalised(images, case.task))
    with pytest.raises(ValueError, match="shorter"):
        normalise(images.images / 255, case.task.mean, case.task.std[1:])


@pytest.mark.parametrize("precision", ["fp32", *slow("bf16")])  # for which the engine is compiled anew
def test_a_step_is_torchs_own(case, precision):
    """Loss, gradients and the weights after the step, and the running statistics."""
    split = case.split()
    model = build(case.architecture, seed=3)
    theirs = copy.deepcopy(model)
    training = Training(model, RECIPE, split, seed=0, precision=precision)
    training.net.train()
    chosen = torch.arange(32)
    training.step(chosen, torch.tensor(0.05), torch.tensor(0.9), torch.tensor(1.0))

    optimizer = torch.optim.SGD(theirs.parameters(), 0.05, momentum=0.9, weight_decay=RECIPE.weight_decay)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        logits = theirs(normalised(split.train, case.task)[:32]).float()
    loss = functional.cross_entropy(logits, split.train.labels[:32])
    loss.backward()
    optimizer.step()
    near = {"rtol": 1e-3, "atol": 1e-5} if precision == "fp32" else {"rtol": 0.1, "atol": 0.02}
    torch.testing.assert_close(training.sums[0] / 32, loss.detach(), **near)
    for (name, one), other in zip(model.state_dict().items(), theirs.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, **near, msg=lambda text, name=name: f"{name}: {text}")


def test_two_epochs_are_a_plain_loops(case):
    split = case.split()
    model = build(case.architecture, seed=3)
    theirs = copy.deepcopy(model)
    scores = list(train(model, RECIPE, split, seed=7))
    optimizer = torch.optim.SGD(theirs.parameters(), 0.05, momentum=0.9, weight_decay=RECIPE.weight_decay)
    order, x = streams(7)[0], normalised(split.train, case.task)
    for score in scores:
        theirs.train()
        total = 0.0
        for chosen in torch.randperm(120, generator=order).split(32):
            loss = functional.cross_entropy(theirs(x[chosen]), split.train.labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(chosen)
        assert score.loss == pytest.approx(total / 120, rel=1e-2)


def test_a_folded_network_computes_the_same(case):
    model = build(case.architecture, seed=1)
    list(train(model, replace(RECIPE, epochs=1), case.split(), seed=0))
    small, architecture = fold(model, case.architecture)
    assert architecture.image == case.task.image
    assert architecture.parameters < case.architecture.parameters
    x = normalised(case.images(9), case.task)
    with torch.inference_mode():
        torch.testing.assert_close(small(x), model.eval()(x), rtol=1e-3, atol=1e-4)


def test_pictures_are_learned():
    """Five classes by the colour and the place of a square; two of them differ by three rows only."""
    case = CASES["not square"]
    model = build(case.architecture, seed=0)
    recipe = replace(PLAIN_RECIPE, augmentation=(), batch_size=20, epochs=8)
    split = case.split(training=300)
    scores = list(train(model, recipe, split, seed=0))
    assert scores[-1].accuracy > 0.7
    assert evaluate(model, split.held_out, split.mean, split.std)[0] == scores[-1].accuracy


def test_the_loop_that_people_write_takes_them(case):
    from space.design import Design

    epochs = baseline(Design(case.architecture, RECIPE), case.split(64, 32), loader_workers=0, device="cpu")
    assert next(epochs) > 0
