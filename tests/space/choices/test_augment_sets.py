"""The sets of augmentations: what suits a task, and every sequence in values and back."""

import random
from dataclasses import replace

import pytest
import torch

from space.augmentations import Affine, ColourJitter, Crop, Flip
from space.choices.augment_sets import (
    AUGMENTATIONS,
    augmentation_choices,
    augmentation_from,
    augmentation_values,
    default_augment,
    suited,
)
from space.choices.choices import choices, draw, guess
from space.choices.encoding import design_from
from space.design import Budget
from space.invalid import InvalidDesign
from space.recipe import DEFAULT_RECIPE
from space.task import DIGITS
from tests.space.tasks import COLOUR, LARGE, OBLONG, SMALL, task_of
from train.augment import apply, sample
from train.changes import Shift, Warp


def test_pictures_in_colour_are_natural_unless_somebody_says_otherwise():
    assert [default_augment(task) for task in (DIGITS, SMALL, COLOUR, OBLONG)] == ["digits"] * 2 + ["natural"] * 2


@pytest.mark.parametrize("task", [DIGITS, COLOUR, SMALL, LARGE])
@pytest.mark.parametrize("augment", list(AUGMENTATIONS))
def test_every_sequence_is_drawn_and_read_back(augment, task):
    every, rng, seen = augmentation_choices(augment, task), random.Random(0), set()
    for _ in range(100):
        made = augmentation_from({name: choice.draw(rng) for name, choice in every.items()})
        assert augmentation_from(augmentation_values(made)) == made
        assert set(augmentation_values(made)) <= set(every)
        seen.add(tuple(map(type, made)))
    known = set(AUGMENTATIONS[augment].values())
    assert seen == (known if task.colour else {kinds for kinds in known if ColourJitter not in kinds})


def test_colours_are_those_of_three_channels():
    transparent = replace(COLOUR, image=(4, 32, 32), mean=(0.5,) * 4, std=(0.2,) * 4)
    assert default_augment(transparent) == "natural"
    for augment in AUGMENTATIONS:
        named = augmentation_choices(augment, transparent)["augmentation"].options
        assert not [name for name in named if "colour" in name]


@pytest.mark.parametrize("image", [(3, 1, 16), (2, 9, 1), (1, 1, 64), (3, 1, 1)])
@pytest.mark.parametrize("augment", list(AUGMENTATIONS))
def test_pictures_of_one_row_are_neither_turned_nor_cropped(image, augment):
    """A mirrored border is larger than they are; a black one, or a turn, leaves nothing of them, or little."""
    task, rng = task_of(image, 4), random.Random(0)
    recipes = [suited(DEFAULT_RECIPE, augment, image)]
    for _ in range(40):
        values = draw("wide", "inside", rng, task=task, augment=augment)
        recipes.append(design_from(values, space="wide", budget=Budget(parameters=3000), epochs=5, task=task).recipe)
    generator = torch.Generator().manual_seed(0)
    for recipe in recipes:
        changes = sample(recipe.augmentation, 32, image[1:], generator)
        assert apply(torch.rand(32, *image, generator=generator), changes).shape == (32, *image)
        assert not any(isinstance(change, Shift | Warp) for change in changes)


def test_a_sequence_of_no_set_is_said():
    with pytest.raises(InvalidDesign, match="no augmentation Crop then Flip"):
        augmentation_values((Crop(padding=2), Flip()))


@pytest.mark.parametrize("make", [draw, guess])
def test_without_augmentation_no_design_has_any(make):
    rng = random.Random(1)
    for _ in range(20):
        values = make("wide", "inside", rng, task=COLOUR, augment="none")
        recipe = design_from(values, space="wide", budget=Budget(parameters=4000), epochs=5, task=COLOUR).recipe
        assert (recipe.augmentation, recipe.fade) == ((), 0.0)
    assert "fade" not in choices("wide", "inside", task=COLOUR, augment="none")


def test_a_recipe_for_digits_is_suited_to_others():
    assert isinstance(DEFAULT_RECIPE.augmentation[0], Affine)
    assert suited(DEFAULT_RECIPE, "digits", (1, 12, 12)) == DEFAULT_RECIPE
    assert suited(DEFAULT_RECIPE, "natural", (3, 32, 32)).augmentation == (Flip(), Crop(padding=4))
    assert suited(DEFAULT_RECIPE, "natural", (3, 40, 24)).augmentation == (Flip(), Crop(padding=3))
    assert suited(DEFAULT_RECIPE, "natural", (3, 1, 40)).augmentation == (Flip(),)
    still = suited(DEFAULT_RECIPE, "digits", (1, 1, 40))
    assert (still.augmentation, still.fade) == ((), 0.0)
    assert suited(DEFAULT_RECIPE, "none", (3, 32, 32)).augmentation == ()
