"""How images are parted, and their moments."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from train.data import drawn
from train.data.bad_data import BadData
from train.data.dataset import Dataset, open_dataset
from train.data.preparation import Preparation
from train.data.split import split, whole


@pytest.fixture
def numbered(tmp_path: Path) -> Callable[..., Dataset]:
    """Makes a data set of so many images a class, each of which says by its pixels which it is."""

    def make(counts: list[int], *, val: int = 0, **how: float) -> Dataset:
        y = np.repeat(np.arange(len(counts)), counts)
        x = np.arange(len(y), dtype=">u2").view(np.uint8).reshape(-1, 1, 2)
        arrays = {"x_train": x[: len(y) - val], "y_train": y[: len(y) - val]}
        if val:
            arrays |= {"x_val": x[-val:], "y_val": y[-val:]}
        np.savez(tmp_path / "numbered.npz", **arrays, x_test=x, y_test=y)
        return open_dataset(str(tmp_path / "numbered.npz"), tmp_path, preparation=Preparation(**how))

    return make


def numbers(images: torch.Tensor) -> list[int]:
    return (images[:, 0, 0].long() @ torch.tensor([256, 1])).tolist()


def test_digits_moments_are_those_of_the_training_pixels() -> None:
    digits = open_dataset("digits", Path())
    pixels = digits.training().images.double() / 255
    assert digits.task.mean == (round(pixels.mean().item(), 4),)
    assert digits.task.std == (round(pixels.std().item(), 4),)


def test_moments_are_a_channel(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = (rng.random((2_000, 3, 9, 7)) * np.array([255, 90, 30])[:, None, None]).astype(np.uint8)
    np.savez(tmp_path / "x.npz", X=x, y=np.arange(2_000) % 4)
    opened = open_dataset(str(tmp_path / "x.npz"), tmp_path)
    pixels = opened.training().images.double().transpose(0, 1).flatten(1) / 255
    assert opened.task.mean == tuple(round(value, 4) for value in pixels.mean(1).tolist())
    assert opened.task.std == tuple(round(value, 4) for value in pixels.std(1).tolist())


@pytest.mark.parametrize("seed", [0, 7])
def test_one_in_six_digits_is_held_out_as_torch_draws_them(seed: int) -> None:
    digits = open_dataset("digits", Path())
    images, order = digits.training(), torch.randperm(1_500, generator=torch.Generator().manual_seed(seed))
    parts = split(digits, seed=seed)
    assert torch.equal(parts.held_out.images, images.images[order[:250]])
    assert torch.equal(parts.held_out.labels, images.labels[order[:250]])
    assert torch.equal(parts.train.images, images.images[order[250:]])
    assert torch.equal(parts.train.labels, images.labels[order[250:]])
    assert digits.counts.held_out == 250


def test_the_real_images_are_held_out_as_torch_draws_them(mnist_dir: Path) -> None:
    """They are many: then they are in a file that all processes map."""
    mnist = open_dataset("mnist", mnist_dir)
    images, order = mnist.training(), torch.randperm(60_000, generator=torch.Generator().manual_seed(5))
    for _ in range(2):  # made, and then found
        parts = split(mnist, seed=5)
        assert torch.equal(parts.held_out.images, images.images[order[:10_000]])
        assert torch.equal(parts.train.images, images.images[order[10_000:]])
        assert torch.equal(parts.train.labels, images.labels[order[10_000:]])
    assert (parts.mean, parts.std) == ((0.1307,), (0.3081,))


def test_large_ones_are_the_same_from_a_file(numbered: Callable[..., Dataset], monkeypatch) -> None:
    opened = numbered([120, 130])
    small = [split(opened, seed=seed) for seed in range(5)]
    monkeypatch.setattr(drawn, "_SMALL", 0)
    for _ in range(2):
        for seed in range(5):
            large = split(opened, seed=seed)
            assert torch.equal(large.train.images, small[seed].train.images)
            assert torch.equal(large.held_out.images, small[seed].held_out.images)
            assert torch.equal(large.held_out.labels, small[seed].held_out.labels)
    assert len(list(opened.folder.glob("drawn-*.npy"))) == 3


def test_a_split_parts_all_images_and_keeps_their_labels(numbered: Callable[..., Dataset]) -> None:
    opened = numbered([100, 150, 110])
    parts = split(opened, seed=3)
    assert sorted(numbers(parts.train.images) + numbers(parts.held_out.images)) == list(range(360))
    assert (len(parts.train), len(parts.held_out)) == (300, 60) == (300, opened.counts.held_out)
    for part in (parts.train, parts.held_out):
        assert np.digitize(numbers(part.images), [100, 250]).tolist() == part.labels.tolist()


def test_a_split_follows_from_its_seed_alone(numbered: Callable[..., Dataset]) -> None:
    opened = numbered([20, 20])

    def held(seed: int) -> list[int]:
        return numbers(split(opened, seed=seed).held_out.images)

    first = held(1)
    torch.rand(5)
    assert held(1) == first
    assert held(2) != first


@pytest.mark.parametrize(
    ("counts", "share", "held"),
    [
        ([60, 30, 2], None, [10, 5, 1]),
        ([99, 500], None, [16, 83]),
        ([10, 10], 0.5, [5, 5]),
        ([10, 10], 0.99, [9, 9]),
        ([10, 2], 0.01, [1, 1]),
    ],
)
def test_few_images_are_held_out_by_class(
    numbered: Callable[..., Dataset], counts: list[int], share: float | None, held: list[int]
) -> None:
    opened = numbered(counts, **({} if share is None else {"hold_out": share}))
    parts = split(opened, seed=1)
    assert parts.held_out.labels.bincount().tolist() == held
    assert opened.counts.held_out == sum(held) == len(parts.held_out)
    assert sorted(numbers(parts.train.images) + numbers(parts.held_out.images)) == list(range(sum(counts)))


def test_a_share_of_many_images(numbered: Callable[..., Dataset]) -> None:
    parts = split(numbered([200, 300], hold_out=0.25), seed=1)
    assert (len(parts.train), len(parts.held_out)) == (375, 125)


@pytest.mark.parametrize(
    ("share", "limit", "left"),
    [(0.998, None, "1 to train on and 299 to score by"), (0.998, 200, "0 to train on"), (0.995, 200, "1 to train on"),
     (0.001, None, "300 to train on and 0 to score by"), (0.004, None, "299 to train on and 1 to score by")],
)  # fmt: skip
def test_a_share_that_leaves_too_few_images_on_either_side_is_refused(
    numbered: Callable[..., Dataset], share: float, limit: int | None, left: str
) -> None:
    """Of a single image there are no batch statistics: each trial ended in a division by no batches."""
    with pytest.raises(BadData, match=f"`hold_out` {share} of .* leaves {left}.*nearer to 0.5"):
        numbered([150, 150], hold_out=share, **({} if limit is None else {"limit": limit}))
    assert len(split(numbered([100, 100], hold_out=0.99), seed=0).train) == 2


def test_a_share_of_a_few_images_among_which_are_given_ones(numbered: Callable[..., Dataset]) -> None:
    with pytest.raises(BadData, match="leaves 1 to train on and 2 to score by"):
        numbered([1, 2], val=1, hold_out=0.5)


def test_a_given_part_is_held_out(numbered: Callable[..., Dataset]) -> None:
    opened = numbered([10, 10], val=6)
    assert (opened.held_out_given, opened.counts.held_out, opened.counts.training) == (True, 6, 20)
    for seed in (1, 2):
        parts = split(opened, seed=seed)
        assert (numbers(parts.train.images), numbers(parts.held_out.images)) == (list(range(14)), list(range(14, 20)))
    drawn_ones = split(numbered([10, 10], val=6, hold_out=0.5), seed=1)
    assert sorted(numbers(drawn_ones.held_out.images)) != list(range(14, 20))
    assert drawn_ones.held_out.labels.bincount().tolist() == [5, 5]


def test_in_a_final_training_all_are_trained_on(numbered: Callable[..., Dataset]) -> None:
    opened = numbered([10, 10], val=6)
    parts = whole(opened)
    assert (numbers(parts.train.images), len(parts.held_out)) == (list(range(20)), opened.counts.test)
    assert (parts.mean, parts.std) == (opened.task.mean, opened.task.std)
