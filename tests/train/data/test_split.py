"""How images are parted, and their moments."""

from pathlib import Path

import numpy as np
import pytest
import torch

from train.data.dataset import Source, load_training, resolve
from train.data.images import Images
from train.data.split import moments, split

DIGITS = Source(name="digits")


def test_digits_moments_are_those_of_the_training_pixels() -> None:
    training = load_training(DIGITS)
    pixels = training.images.numpy() / 255
    assert moments(training, DIGITS) == (
        pytest.approx(pixels.mean(), abs=1e-4),
        pytest.approx(pixels.std(), abs=1e-4),
    )


@pytest.mark.parametrize(("n", "held"), [(1_500, 250), (60_000, 10_000), (7, 1)])
def test_a_split_parts_all_images(n: int, held: int) -> None:
    images = Images(torch.zeros(n, 1, 28, 28, dtype=torch.uint8), torch.arange(n))
    parts = split(images, seed=3, source=DIGITS)
    assert (len(parts.train), len(parts.held_out)) == (n - held, held)
    assert torch.equal(torch.cat([parts.train.labels, parts.held_out.labels]).sort().values, torch.arange(n))


def test_a_split_follows_from_its_seed_alone() -> None:
    images = Images(torch.zeros(600, 1, 28, 28, dtype=torch.uint8), torch.arange(600))

    def held(seed: int) -> torch.Tensor:
        return split(images, seed=seed, source=DIGITS).held_out.labels

    first = held(1)
    torch.rand(5)
    assert torch.equal(held(1), first)
    assert not torch.equal(held(2), first)


def test_images_keep_their_labels_in_a_split() -> None:
    labels = torch.arange(60)
    images = Images(labels.to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 28, 28), labels)
    parts = split(images, seed=0, source=DIGITS)
    for part in (parts.train, parts.held_out):
        assert torch.equal(part.images[:, 0, 5, 5].long(), part.labels)


def test_the_real_moments_are_the_published_ones(mnist_dir: Path) -> None:
    source = resolve("mnist", mnist_dir)
    training = load_training(source)
    assert len(training) == 60_000
    pixels = training.images.numpy() / np.float32(255)
    assert moments(training, source) == (
        pytest.approx(pixels.mean(), abs=1e-4),
        pytest.approx(pixels.std(), abs=1e-4),
    )
