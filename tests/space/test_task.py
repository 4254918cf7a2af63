"""The task against the images that the data sets deliver."""

from pathlib import Path

import pytest

from space.architecture import Architecture
from space.task import DIGITS
from train.data.dataset import Dataset, open_dataset


@pytest.mark.parametrize("load", [Dataset.training, Dataset.test])
def test_the_images_are_of_the_task(load):
    opened = open_dataset("digits", Path())
    digits = load(opened)
    assert tuple(digits.images.shape[1:]) == DIGITS.image == opened.task.image
    assert digits.labels.unique().tolist() == list(range(DIGITS.classes))
    assert DIGITS.class_names == tuple(map(str, digits.labels.unique().tolist())) == opened.task.class_names


def test_a_network_is_made_for_the_task():
    network = Architecture.parse("c10k28")
    assert (network.image, network.classes) == (DIGITS.image, len(DIGITS.class_names)) == ((1, 28, 28), 10)
