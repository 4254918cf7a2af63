"""The task against the images that the data sets deliver."""

import pytest

from space.architecture import CLASSES, INPUT
from space.task import DIGITS
from train.data.dataset import Source, load_test, load_training


@pytest.mark.parametrize("load", [load_training, load_test])
def test_the_images_are_of_the_task(load):
    digits = load(Source(name="digits"))
    assert tuple(digits.images.shape[1:]) == DIGITS.image
    assert digits.labels.unique().tolist() == list(range(DIGITS.classes))
    assert DIGITS.class_names == tuple(map(str, digits.labels.unique().tolist()))


def test_a_network_is_made_for_the_task():
    assert (INPUT, CLASSES) == (DIGITS.image, len(DIGITS.class_names)) == ((1, 28, 28), 10)
