"""Designs that people name, for the images of any task."""

import pytest

from search.errors import UserError
from search.study.beginning import beginning
from search.study.begun import begin
from search.study.designs import find_design, find_trial
from search.study.folder import StudyFolder
from search.study.store import Store
from space.augmentations import Affine, Crop, Flip
from space.invalid import InvalidDesign
from space.task import DIGITS
from tests.search.study.test_store import settings
from tests.space.tasks import COLOUR, SMALL, task_of

NET = "c8 bn relu c8 bn relu mp c8 bn relu gap c10k1"


def found(text, tmp_path):
    return find_design(text, None, tmp_path)


@pytest.mark.parametrize("text", ["zoo/8000", "ladder-3/6", NET])
def test_for_digits_a_design_is_what_its_name_says(text, tmp_path):
    design = found(text, tmp_path)
    assert design.for_task(DIGITS) == design
    assert not {Flip, Crop} & {type(step) for step in design.design.recipe.augmentation}


@pytest.mark.parametrize("text", ["zoo/8000", "ladder-3/6"])
def test_a_known_design_is_made_for_the_images_without_the_weights_of_others(text, tmp_path):
    made = found(text, tmp_path).for_task(COLOUR)
    assert (made.name, made.weights, made.zoo) == (f"{text} scaled", None, None)
    assert (made.design.architecture.image, made.design.architecture.classes) == (COLOUR.image, 10)
    assert [type(step) for step in made.design.recipe.augmentation] == [Flip, Crop]


def test_a_notation_takes_the_shape_of_the_images_unless_it_names_one(tmp_path):
    made = found(NET, tmp_path).for_task(COLOUR)
    assert made.design.architecture.notation == f"3x32x32 {NET}"
    assert isinstance(made.design.recipe.augmentation[0], Flip)
    named = found(f"3x32x32 {NET}", tmp_path)
    assert named.for_task(COLOUR) == named
    assert named.design == made.design
    with pytest.raises(UserError, match="is for 3x32x32 images of 10 classes, and these are 1x28x28 of 10"):
        named.for_task(DIGITS)
    assert isinstance(found(f"1x28x28 {NET}", tmp_path).design.recipe.augmentation[0], Affine)


def test_a_notation_for_another_number_of_classes_is_refused(tmp_path):
    with pytest.raises(UserError, match="is for 1x28x28 images of 10 classes, and these are 1x12x12 of 3"):
        found(NET, tmp_path).for_task(SMALL)


def test_a_notation_that_does_not_fit_the_images_says_where(tmp_path):
    with pytest.raises(InvalidDesign, match="layer 2 `mp`"):
        found("c8 mp c8 gap c3k1", tmp_path).for_task(task_of((1, 3, 3), 3))


def test_a_network_without_parameters_is_refused(tmp_path):
    with pytest.raises(UserError, match="has no parameters, and so nothing to train"):
        found("10x28x28 relu gap", tmp_path).for_task(task_of((10, 28, 28), 10))


def test_a_study_without_a_trial_says_how_it_goes_on(tmp_path):
    given = settings()
    folder = StudyFolder(given.study, runs=tmp_path)
    with folder.locked():
        begin(folder, beginning(given, command="none"))
        Store(folder, given).close()
    with pytest.raises(UserError, match=r"study s has no trial yet; go on with it: `run\(study=s\)`"):
        find_trial("0", "s", tmp_path)
