"""Copies trained as one program: the same as one by one."""

from dataclasses import replace

import pytest
import torch

from space.architecture import Architecture
from space.recipe import PLAIN_RECIPE, Constant, OneCycle
from train.copies import side_by_side, take_apart
from train.data.dataset import Images
from train.loop import evaluate, train, train_copies
from train.model import build

NET = Architecture.parse("c6 relu bn c8 gbn16 prelu mp [ c8k1b relu c8k1 ] c16g2 relu bn gap c10k1b")
RECIPE = replace(PLAIN_RECIPE, batch_size=64, epochs=2, augmentation=(), learning_rate=0.002)


@pytest.fixture(scope="module")
def few(digits):
    first = lambda images, n: Images(images.images[:n], images.labels[:n])  # noqa: E731
    return replace(digits, train=first(digits.train, 300), held_out=first(digits.held_out, 100))


def test_side_by_side_is_each_model_on_its_own_image():
    models = [build(NET, seed=seed).eval() for seed in range(3)]
    together = side_by_side(models).eval()
    x = torch.rand(5, 3, 28, 28)
    for i, logits in enumerate(together(x).chunk(3, 1)):
        torch.testing.assert_close(logits, models[i](x[:, i : i + 1]), rtol=1e-4, atol=1e-5)
    assert sum(p.numel() for p in together.parameters()) == 3 * NET.parameters


def test_taking_apart_undoes_it():
    models, others = ([build(NET, seed=seed + first) for seed in range(3)] for first in (0, 7))
    take_apart(side_by_side(models), others)
    for model, other in zip(models, others, strict=True):
        assert all(
            torch.equal(a, b) for a, b in zip(model.state_dict().values(), other.state_dict().values(), strict=True)
        )


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_seeds_and_recipes_give_the_scores_of_one_by_one(few, optimizer):
    recipes = [
        replace(RECIPE, optimizer=optimizer, schedule=Constant()),
        replace(RECIPE, optimizer=optimizer, schedule=OneCycle(), learning_rate=0.001, weight_decay=0.02),
        replace(RECIPE, optimizer=optimizer, schedule=Constant(), momentum=0.5),
    ]
    seeds = [3, 4, 5]
    models = [build(NET, seed=seed) for seed in seeds]
    together = list(train_copies(models, recipes, few, seeds=seeds))
    for i, (recipe, seed) in enumerate(zip(recipes, seeds, strict=True)):
        alone = build(NET, seed=seed)
        for epoch, score in enumerate(train(alone, recipe, few, seed=seed)):
            copy = together[epoch][i]
            assert copy.learning_rate == score.learning_rate
            assert copy.loss == pytest.approx(score.loss, rel=5e-3)
            assert copy.accuracy == pytest.approx(score.accuracy, abs=0.05)
        loss = evaluate(models[i], few.held_out, few.mean, few.std)[1]
        assert loss == pytest.approx(together[-1][i].held_loss, rel=1e-5)  # its own weights came back


def test_a_copy_that_diverges_leaves_the_others_alone(few):
    recipes = [replace(RECIPE, optimizer="sgd", schedule=Constant(), learning_rate=rate) for rate in (0.02, 1e9)]
    plain = Architecture.parse("c4 relu c4 relu mp c4 relu gap c10k1")
    together = list(train_copies([build(plain, seed=0) for _ in range(2)], recipes, few, seeds=[1, 1]))[-1]
    assert together[0].loss < 3
    assert not together[1].loss < 3


def test_recipes_that_cannot_share_a_program(few):
    recipes = [RECIPE, replace(RECIPE, batch_size=32)]
    with pytest.raises(ValueError, match="may differ in learning_rate, momentum, schedule, weight_decay only"):
        next(train_copies([build(NET, seed=0)] * 2, recipes, few, seeds=[0, 1]))
