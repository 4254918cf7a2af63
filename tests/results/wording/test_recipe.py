"""The words of a recipe suffice: trained from them alone, a network gets the same weights, bit for bit."""

import random
from dataclasses import replace

import pytest
import torch

from results.wording.recipe import recipe_lines
from space.architecture import Architecture
from space.augmentations import Affine, Crop, Cutout, Flip, Jitter, Rotation
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.design import Budget
from space.known.references import REFERENCES
from space.known.teacher import TEACHER
from space.known.zoo import zoo
from space.recipe import DEFAULT_RECIPE, PLAIN_RECIPE, Constant, OneCycle, ReduceOnPlateau, StepDecay
from space.task import DIGITS
from tests.results.wording.told import recipe_of
from tests.space.tasks import COLOUR
from train.data.images import Images
from train.fast import optimizer
from train.loop import train
from train.model import build
from train.schedule import momenta

NET = Architecture.parse("c4 bn relu mp c4k3g4 c6k1 bn prelu do0.1 mp c6 gap c10k1b")
WARPS = (
    Rotation(degrees=7.0),
    Affine(degrees=3.3, translate=0.07, scale=0.123, shear=5.0),
    Jitter(brightness=0.2, contrast=0.1),
)
KNOWN = [reference.recipe for reference in REFERENCES.values()] + [design.design.recipe for design in zoo().values()]
KNOWN += [DEFAULT_RECIPE, TEACHER.recipe, DEFAULT_RECIPE.shortened(4)]


def drawn(space, seed, *, epochs=15, task=DIGITS, augment="digits"):
    values = draw(space, "inside", random.Random(seed), task=task, augment=augment)
    return design_from(values, space="wide", budget=Budget(parameters=2000), epochs=epochs, task=task).recipe


def test_every_known_and_drawn_recipe_is_read_back_from_its_words():
    recipes = KNOWN + [
        drawn(space, seed, epochs=1 + seed % 20) for seed in range(100) for space in ("wide", "taught")
    ]
    recipes += [drawn("wide", seed, task=COLOUR, augment="natural") for seed in range(60)]
    for recipe in recipes:
        assert recipe_of(recipe_lines(recipe, NET)).normal_form() == recipe.normal_form()
        assert recipe_of(recipe_lines(recipe.shortened(3), NET)).normal_form() == recipe.shortened(3).normal_form()


@pytest.mark.parametrize(("padding", "words"), [(1, "up to 1 whole pixel along"), (2, "up to 2 whole pixels along")])
def test_one_pixel_is_one(padding, words):
    recipe = replace(PLAIN_RECIPE, augmentation=(Crop(padding=padding),))
    assert words in " ".join(recipe_lines(recipe, NET))
    assert recipe_of(recipe_lines(recipe, NET)).augmentation == recipe.augmentation


IDLE = [
    (replace(DEFAULT_RECIPE, momentum=0.8), "momentum", 0.97),
    (replace(DEFAULT_RECIPE, optimizer="sgd", momentum=0.8), "momentum", 0.97),
    (replace(DEFAULT_RECIPE, optimizer="muon", nesterov=True), "nesterov", False),
    (replace(PLAIN_RECIPE, optimizer="sgd", schedule=Constant(), momentum=0.0), "nesterov", True),
    (replace(PLAIN_RECIPE, optimizer="sgd", weight_decay=0.0), "decay_vectors", False),
    (replace(PLAIN_RECIPE, optimizer="adam", weight_decay=0.0), "optimizer", "adamw"),
    (replace(PLAIN_RECIPE, augmentation=()), "fade", 0.4),
    (replace(PLAIN_RECIPE, augmentation=(Jitter(brightness=0.0, contrast=0.0),)), "fade", 0.4),
    (replace(PLAIN_RECIPE, augmentation=(Flip(),)), "fade", 0.4),
    (replace(PLAIN_RECIPE, schedule=StepDecay(every=2, factor=0.1)), "schedule", Constant()),
    (replace(PLAIN_RECIPE, schedule=ReduceOnPlateau(factor=0.1, patience=0)), "schedule", Constant()),
    (replace(PLAIN_RECIPE, distillation=1.0), "label_smoothing", 0.3),
]
EFFECTIVE = [
    (replace(PLAIN_RECIPE, schedule=Constant()), "momentum", 0.8),
    (replace(PLAIN_RECIPE, schedule=StepDecay(every=1, factor=0.1)), "schedule", Constant()),
    (replace(PLAIN_RECIPE, optimizer="sgd", momentum=0.0), "nesterov", True),
    (replace(PLAIN_RECIPE, augmentation=WARPS), "fade", 0.4),
    (replace(PLAIN_RECIPE, augmentation=(Crop(padding=3), Cutout(share=0.4))), "fade", 0.6),
    (replace(PLAIN_RECIPE, decay_vectors=True, weight_decay=0.1), "decay_vectors", False),
    (replace(PLAIN_RECIPE, weight_decay=0.1), "optimizer", "adam"),
]


@pytest.fixture(scope="module")
def weights(digits):
    """Trains two epochs on 200 digits; returns the parameters."""
    part = Images(digits[0].train.images[:200], digits[0].train.labels[:200])
    few = replace(digits[0], train=part, held_out=part)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def trained(recipe):
        model = build(NET, seed=3)
        teacher = build(NET, seed=4) if recipe.distillation else None
        for _ in train(model, replace(recipe, epochs=2), few, seed=5, teacher=teacher):
            pass
        return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])

    yield trained
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("recipe", "field", "value"), IDLE)
def test_what_has_no_effect_is_neither_in_the_words_nor_in_the_weights(weights, recipe, field, value):
    recipe = replace(recipe, epochs=2)
    other = replace(recipe, **{field: value})
    assert recipe != other
    assert recipe.normal_form() == other.normal_form() == recipe.normal_form().normal_form()
    assert recipe_lines(recipe, NET) == recipe_lines(other, NET)
    assert recipe.describe() == other.describe()
    assert torch.equal(weights(recipe), weights(other))
    assert torch.equal(weights(recipe), weights(recipe.normal_form()))


@pytest.mark.parametrize(("recipe", "field", "value"), EFFECTIVE)
def test_what_has_an_effect_is_in_the_words_and_in_the_weights(weights, recipe, field, value):
    recipe = replace(recipe, epochs=2)
    other = replace(recipe, **{field: value})
    assert recipe_lines(recipe, NET) != recipe_lines(other, NET)
    assert recipe.describe() != other.describe()
    assert not torch.equal(weights(recipe), weights(other))


@pytest.mark.parametrize("recipe", [*KNOWN[-6:-1], *(drawn("taught", seed) for seed in range(8))], ids=str)
def test_a_training_from_the_words_gives_the_same_weights(weights, recipe):
    recipe = replace(recipe, epochs=2)
    assert torch.equal(weights(recipe), weights(recipe_of(recipe_lines(recipe, NET))))


def test_one_cycle_is_told_with_the_momentum_that_it_moves():
    course = momenta(replace(PLAIN_RECIPE, momentum=0.6, epochs=1), 100)
    assert [course[0], min(course), course[-1]] == pytest.approx([0.95, 0.85, 0.95])
    for name, word in (("sgd", "momentum"), ("adamw", "first beta"), ("muon", "momentum and first beta")):
        recipe = replace(PLAIN_RECIPE, optimizer=name, momentum=0.6, schedule=OneCycle())
        (line,) = [line for line in recipe_lines(recipe, NET) if "at its peak" in line]
        assert f"{word} from 0.95 to 0.85 to 0.95 along the cycle" in line
        assert "momentum 0.95 to 0.85 to 0.95" in recipe.describe()
        assert "0.6" not in line + recipe.describe()


def test_the_numbers_of_adam_are_those_that_it_has():
    assert (optimizer._SECOND_BETA, optimizer._EPSILON) == (0.999, 1e-8)
