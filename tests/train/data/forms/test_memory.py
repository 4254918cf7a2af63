"""Arrays and torch Datasets in memory."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

import train.data.prepare
from train.data.bad_data import BadData
from train.data.dataset import IN_MEMORY, Dataset, open_dataset
from train.data.forms.memory import open_arrays
from train.data.preparation import Preparation
from train.data.split import split


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "thimble" / "arrays"


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, 6, 5), dtype=np.uint8)


@pytest.fixture
def y() -> np.ndarray:
    return np.arange(24) % 3


def test_they_are_what_a_file_of_them_is(x: np.ndarray, y: np.ndarray, tmp_path: Path) -> None:
    np.savez(tmp_path / "arrays.npz", X=x, y=y)
    file, memory = open_dataset(str(tmp_path / "arrays.npz"), tmp_path), open_arrays((x, y))
    assert (memory.digest, memory.counts, memory.task) == (file.digest, file.counts, file.task)
    assert (memory.name, memory.given) == ("arrays", IN_MEMORY)


def test_none_is_drawn_to_test_with_where_none_is_wanted(x: np.ndarray, y: np.ndarray) -> None:
    whole = open_arrays((x, y), draws_test=False)
    assert (whole.counts.training, whole.counts.held_out, whole.counts.test) == (24, 3, 0)
    assert np.array_equal(whole.training().images[:, 0], x)
    assert len(whole.test()) == 0
    parts = split(whole, seed=0)
    assert (len(parts.train), len(parts.held_out)) == (21, 3)
    given = open_arrays((x, y, x[:4], y[:4]), draws_test=False)
    assert given.counts.test == 4


def test_two_of_a_class_are_enough_where_none_is_drawn(x: np.ndarray) -> None:
    labels = np.array([0, 0, 1, 1])
    assert open_arrays((x[:4], labels), draws_test=False).counts.held_out == 2
    with pytest.raises(BadData, match="at least 3 are needed, one each to train on, to hold out, to test with"):
        open_arrays((x[:4], labels))


def test_the_same_are_prepared_once(x: np.ndarray, y: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_arrays((x, y))
    monkeypatch.setattr(train.data.prepare, "prepare", None)
    assert open_arrays((x.copy(order="F"), y.copy())) == first
    assert open_arrays([x, y]) == first
    for others in ((x[::-1], y), (x, y[::-1])):
        with pytest.raises(TypeError):  # these are not known, and cannot be prepared here
            open_arrays(others)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array([3, 1, 2] * 8), ("1", "2", "3")),
        (np.array([-1, 1, 1] * 8), ("1", "-1")),
        (np.array(["ant", "bee", "cat"] * 8), ("ant", "bee", "cat")),
        (np.array(["ant", "bee", "cat"] * 8, dtype=object), ("ant", "bee", "cat")),
        (np.array([True, False, False] * 8), ("False", "True")),
        (["ant", "bee", "cat"] * 8, ("ant", "bee", "cat")),
    ],
)
def test_labels_of_every_kind(x: np.ndarray, labels: Any, names: tuple[str, ...]) -> None:
    opened = open_arrays((x, labels), draws_test=False)
    assert opened.task.class_names == names
    assert [names[place] for place in opened.training().labels] == [str(label) for label in labels]


def test_torchs_datasets_and_pairs_of_them(x: np.ndarray, y: np.ndarray) -> None:
    items = TensorDataset(torch.from_numpy(x)[:, None], torch.from_numpy(y))
    one, pair = open_arrays(items, draws_test=False), open_arrays((items, items))
    assert np.array_equal(one.training().images[:, 0], x)
    assert (one.counts.test, pair.counts.test) == (0, 24)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "`data` came as NoneType; images and labels must come as (x, y)"),
        (([[1.0, 2.0]], [0]), "`data` holds images of shape (1, 2)"),
        ((np.full((4, 6, 5), np.nan), [0, 0, 1, 1]), "no numbers"),
        ((np.ones((4, 6, 5)), [0, 0, 1]), "the two must match"),
        ((np.zeros((4, 0, 5)), [0, 0, 1, 1]), "images of shape (4, 0, 5), which have no pixels"),
        ((np.zeros((4, 6, 5, 0)), [0, 0, 1, 1]), "images of shape (4, 6, 5, 0), which have no pixels"),
        ((np.zeros((4, 6, 5)), np.zeros((4, 0), int)), "labels of shape (4, 0)"),
        ((np.zeros((0, 6, 5)), np.zeros(0, int)), "there are no images to train on"),
        ((np.zeros((1, 6, 5)), [7]), "there is only one class, 7; at least two are needed"),
        (TensorDataset(torch.zeros(4, 0, 5), torch.arange(4)), "images of shape (4, 0, 5), which have no pixels"),
        (TensorDataset(torch.zeros(0, 6, 5), torch.arange(0)), "`data` came as TensorDataset without items"),
    ],
)
def test_what_is_refused_in_one_line(data: Any, words: str) -> None:
    with pytest.raises(BadData) as caught:
        open_arrays(data)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_they_are_found_again_by_what_was_written_down(x: np.ndarray, y: np.ndarray, cache: Path) -> None:
    opened = open_arrays((x, y), preparation=Preparation(image_size=8))
    again = Dataset.from_json(opened.to_json())
    assert np.array_equal(again.first_image(), opened.first_image())
    shutil.rmtree(cache)
    for ask in (again.training, lambda: open_dataset(again.given, cache)):
        with pytest.raises(BadData, match="pass the same arrays again from Python"):
            ask()
