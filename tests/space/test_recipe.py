"""Recipes as JSON, and values that no recipe may have."""

import json
from dataclasses import replace
from typing import get_args

import pytest

from space.augmentations import Affine, Augmentation, ColourJitter, Crop, Cutout, Flip, Jitter, Rotation
from space.invalid import InvalidDesign
from space.recipe import (
    PLAIN_RECIPE,
    Constant,
    Cosine,
    ExponentialDecay,
    OneCycle,
    Recipe,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
)

SCHEDULES = [
    Constant(),
    StepDecay(every=6, factor=0.1),
    ExponentialDecay(factor=0.65),
    OneCycle(warmup=0.2),
    Cosine(),
    ReduceOnPlateau(factor=0.5, patience=2),
]
AUGMENTATIONS = [
    (),
    (Rotation(degrees=7.0),),
    (Rotation(degrees=7.0, interpolation="bilinear"), Jitter(brightness=0.0, contrast=1.0)),
    (Jitter(brightness=0.4, contrast=0.2), Affine(degrees=7.0, translate=0.1, scale=0.2, shear=10.0)),
    (Flip(), Crop(padding=4), Crop(padding=2, fill="mirror")),
    (ColourJitter(brightness=0.1, contrast=0.2, saturation=0.3), Cutout(share=0.25)),
]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_json_reads_back_as_itself(schedule, augmentation):
    recipe = replace(PLAIN_RECIPE, schedule=schedule, augmentation=augmentation, ema=0.99, fade=0.2, nesterov=True)
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    assert "\n" not in recipe.describe()


def test_every_schedule_and_augmentation_is_tried_above():
    assert {type(one) for one in SCHEDULES} == set(get_args(Schedule))
    assert {type(one) for several in AUGMENTATIONS for one in several} == set(get_args(Augmentation))


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": "lion"},
        {"learning_rate": 0.0},
        {"momentum": 1.0},
        {"weight_decay": -1.0},
        {"batch_size": 1},
        {"epochs": 0},
        {"learning_rate": float("nan")},
        {"weight_decay": float("nan")},
        {"momentum": -0.1},
        {"label_smoothing": 1.0},
        {"ema": 1.0},
        {"fade": 1.1},
        {"distillation": 1.5},
    ],
)
def test_bad_values_are_refused(change):
    (value,) = change.values()
    with pytest.raises(InvalidDesign, match=str(value)):
        replace(PLAIN_RECIPE, **change)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (StepDecay, {"every": 0, "factor": 0.1}),
        (StepDecay, {"every": 5, "factor": 1.0}),
        (ExponentialDecay, {"factor": 1.0}),
        (ExponentialDecay, {"factor": 0.0}),
        (OneCycle, {"warmup": 0.0}),
        (OneCycle, {"warmup": 1.0}),
        (OneCycle, {"start_divisor": 0.5}),
        (OneCycle, {"end_divisor": 0.0}),
        (OneCycle, {"anneal": "square"}),
        (ReduceOnPlateau, {"factor": 0.1, "patience": -1}),
        (ReduceOnPlateau, {"factor": 1.5, "patience": 1}),
        (Rotation, {"degrees": 181.0}),
        (Rotation, {"degrees": 5.0, "interpolation": "cubic"}),
        (Affine, {"degrees": -1.0, "translate": 0.1, "scale": 0.1, "shear": 0.0}),
        (Affine, {"degrees": 5.0, "translate": 2.0, "scale": 0.1, "shear": 0.0}),
        (Affine, {"degrees": 5.0, "translate": 0.1, "scale": 1.0, "shear": 0.0}),
        (Affine, {"degrees": 5.0, "translate": 0.1, "scale": 0.1, "shear": 90.0}),
        (Jitter, {"brightness": 2.0, "contrast": 0.0}),
        (Jitter, {"brightness": 0.0, "contrast": -0.1}),
        (Crop, {"padding": -1}),
        (Crop, {"padding": 1, "fill": "white"}),
        (Cutout, {"share": 1.1}),
        (ColourJitter, {"brightness": 0.0, "contrast": 0.0, "saturation": 1.5}),
    ],
)
def test_bad_schedules_and_augmentations_are_refused(kind, values):
    with pytest.raises(InvalidDesign):
        kind(**values)
