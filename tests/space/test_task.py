"""The task against the images that the data sets deliver."""

import pytest

from space.task import DIGITS
from train.data.dataset import Source, load_test, load_training


@pytest.mark.parametrize("load", [load_training, load_test])
def test_the_images_are_of_the_task(load):
    digits = load(Source(name="digits"))
    assert tuple(digits.images.shape[1:]) == DIGITS.image
    assert digits.labels.unique().tolist() == list(range(DIGITS.classes))
    assert DIGITS.class_names == tuple(map(str, digits.labels.unique().tolist()))
