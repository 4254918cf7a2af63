"""Known designs made for other tasks: the same structure, as far as the images have room for it."""

import pytest
import torch

from space.augmentations import Affine, Crop, Flip
from space.choices.augment_sets import default_augment
from space.choices.blueprint import blueprint_of
from space.invalid import InvalidDesign
from space.known.references import REFERENCES
from space.known.scaled import scaled
from space.known.teacher import TEACHER, teacher_of
from space.known.zoo import zoo
from space.layers import Conv, MaxPool
from space.task import DIGITS
from tests.space.tasks import COLOUR, LARGE, OBLONG, SMALL, name
from train.model import build

KNOWN = {name: reference.design for name, reference in REFERENCES.items()} | {
    name: design.design for name, design in zoo().items()
}


def known():
    """The designs whose structure the search space has."""
    for design in KNOWN.values():
        try:
            blueprint_of(design.architecture)
        except InvalidDesign:
            continue
        yield design


@pytest.mark.parametrize("task", [COLOUR, SMALL, LARGE, OBLONG], ids=name)
def test_known_designs_are_made_for_other_tasks(task):
    made = [(design, scaled(design, image=task.image, classes=task.classes, augment="digits")) for design in known()]
    assert len(made) > 30
    for design, other in made:
        assert build(other.architecture)(torch.rand(2, *task.image)).shape == (2, task.classes)
        assert other.recipe == design.recipe
        before, after = (
            [layer.channels for layer in d.architecture.layers if isinstance(layer, Conv)] for d in (design, other)
        )
        assert len(after) >= len(before)
        pools = [sum(isinstance(layer, MaxPool) for layer in d.architecture.layers) for d in (design, other)]
        assert pools[1] == pools[0] or (task is LARGE and pools[1] > pools[0])


def test_for_its_own_task_a_design_stays_as_it_is():
    for design in KNOWN.values():
        assert scaled(design, image=(1, 28, 28), classes=10, augment="digits") == design


@pytest.mark.slow
def test_a_structure_that_is_not_known_is_refused():
    unknown = [design for design in KNOWN.values() if design not in list(known())]
    with pytest.raises(InvalidDesign):
        scaled(unknown[0], image=(3, 32, 32), classes=10, augment="digits")


def test_a_teacher_is_for_the_task_of_its_pupil():
    assert teacher_of((1, 28, 28), 10) == TEACHER
    for task in (COLOUR, SMALL, LARGE, OBLONG):
        network = teacher_of(task.image, task.classes).architecture
        assert (network.image, network.classes) == (task.image, task.classes)
        assert network.parameters > 100_000


def test_a_teacher_has_the_augmentation_of_its_pupils():
    kinds = {"digits": [Affine], "natural": [Flip, Crop], "none": []}
    for task in (DIGITS, COLOUR):
        for augment, expected in kinds.items():
            recipe = teacher_of(task.image, task.classes, augment).recipe
            assert [type(one) for one in recipe.augmentation] == expected
        assert teacher_of(task.image, task.classes) == teacher_of(task.image, task.classes, default_augment(task))
