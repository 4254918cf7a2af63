"""Arrays in .npz files: every usual form, and what is wrong with others in one line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from train.data.bad_data import BadData
from train.data.dataset import Dataset, open_dataset

RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 256, (24, 7, 5, 3), dtype=np.uint8), np.arange(24) % 3
X[0, 0, 0], X[0, 0, 1] = 0, 255


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Dataset]:
    def opened(**arrays) -> Dataset:
        np.savez(tmp_path / "set.npz", **arrays)
        return open_dataset(str(tmp_path / "set.npz"), tmp_path)

    return opened


@pytest.fixture
def refused(opened: Callable[..., Dataset]) -> Callable[..., str]:
    def refused(**arrays) -> str:
        with pytest.raises(BadData) as caught:
            opened(**arrays)
        assert "\n" not in str(caught.value)
        assert "set.npz" in str(caught.value)
        return str(caught.value)

    return refused


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
    ],
)
def test_parts_by_their_names(opened: Callable[..., Dataset], names: tuple[str, ...]) -> None:
    ours = opened(**dict(zip(names, (X[:15], Y[:15], X[15:], Y[15:]), strict=True)))
    assert (ours.name, ours.task.image, ours.task.class_names) == ("set", (3, 7, 5), ("0", "1", "2"))
    assert np.array_equal(ours.training().images.permute(0, 2, 3, 1), X[:15])
    assert np.array_equal(ours.test().images.permute(0, 2, 3, 1), X[15:])
    assert ours.test().labels.tolist() == Y[15:].tolist()


@pytest.mark.parametrize("names", [("X", "y"), ("images", "labels")])
def test_one_part_to_draw_test_images_from(opened: Callable[..., Dataset], names: tuple[str, str]) -> None:
    ours = opened(**dict(zip(names, (X, Y), strict=True)))
    assert (ours.counts.training, ours.counts.test) == (21, 3)


def test_a_part_to_hold_out(opened: Callable[..., Dataset]) -> None:
    parts = {"train_images": X[:15], "train_labels": Y[:15], "val_images": X[15:18], "val_labels": Y[15:18]}
    ours = opened(**parts, test_images=X[18:], test_labels=Y[18:])
    assert (ours.counts.training, ours.counts.held_out, ours.counts.test) == (18, 3, 6)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (X, "taken as (N, H, W, C)"),
        (X.transpose(0, 3, 1, 2), "taken as (N, C, H, W)"),
        (X[..., 0], ""),
        (X / np.float32(255), "taken as numbers in [0, 1]"),
        (X.astype(float), "taken as numbers in [0, 255]"),
        (X.astype(np.int64), "taken as numbers in [0, 255]"),
        (X.astype(np.uint16) * 257, "16 bits, and brought to 8"),
        (X > 127, "taken as numbers in [0, 1]"),
    ],
)
def test_every_usual_form(opened: Callable[..., Dataset], made: np.ndarray, said: str) -> None:
    ours = opened(x_train=made[:15], y_train=Y[:15], x_test=made[15:], y_test=Y[15:])
    theirs = torch.from_numpy(X if made.dtype != bool else (X > 127) * np.uint8(255)).permute(0, 3, 1, 2)
    theirs = theirs if made.ndim == 4 else theirs[:, :1]
    assert torch.equal(torch.cat([ours.training().images, ours.test().images]), theirs)
    assert any(said in note for note in ours.notes) or not said


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (Y, ("0", "1", "2")),
        (Y.astype(float), ("0", "1", "2")),
        (Y[:, None], ("0", "1", "2")),
        (np.array([2, 10, 7])[Y], ("2", "7", "10")),
        (np.array(["class10", "class2", "Ä"])[Y], ("class2", "class10", "Ä")),
        (Y > 0, ("False", "True")),
    ],
)
def test_labels_of_every_kind(opened: Callable[..., Dataset], labels: np.ndarray, names: tuple[str, ...]) -> None:
    ours = opened(X=X, y=labels, x_test=X, y_test=labels)
    assert ours.task.class_names == names
    flat = labels.reshape(-1)
    flat = flat.astype(int) if flat.dtype.kind == "f" else flat
    assert [names[label] for label in ours.test().labels.tolist()] == [str(label) for label in flat]


def test_class_names_in_the_file(opened: Callable[..., Dataset], refused: Callable[..., str]) -> None:
    ours = opened(X=X, y=Y, class_names=np.array(["cat", "ant", "bee"]))
    assert ours.task.class_names == ("cat", "ant", "bee")
    assert "holds a label 2; labels go from 0 to 1" in refused(X=X, y=Y, class_names=np.array(["cat", "ant"]))
    words = np.array(["cat", "ant", "bee"])
    assert opened(X=X, y=words[Y], class_names=words) == ours
    assert opened(X=X, y=Y > 0, class_names=words[:2]).class_counts == (7, 13)
    assert "holds a label bee that is no class name; these are cat, ant" in refused(
        X=X, y=words[Y], class_names=words[:2]
    )
    assert "holds the class name ant more than once" in refused(X=X, y=Y, class_names=words[[0, 1, 1]])


@pytest.mark.parametrize(
    ("train", "val", "test", "words"),
    [
        (X, X, X / 255, "x_test goes to 1 and x_train to 255; bring both to one range"),
        (X, X / 255, X, "x_val goes to 1 and x_train to 255; bring both to one range"),
        (X / 255, X / 255, X, "x_train goes to 1 and x_test to 255; bring both to one range"),
        (X / 255, X / 255, X.astype(float), "x_train goes to 1 and x_test to 255; bring both to one range"),
        (X.astype(np.int64), X, X > 127, "x_test goes to 1 and x_train to 255; bring both to one range"),
    ],
)
def test_parts_of_several_ranges_are_refused(
    refused: Callable[..., str], train: np.ndarray, val: np.ndarray, test: np.ndarray, words: str
) -> None:
    assert words in refused(x_train=train, y_train=Y, x_val=val, y_val=Y, x_test=test, y_test=Y)


@pytest.mark.parametrize("other", [X * 0, X * 0.0, X % 2, X // 2, X // 2 * 1.0])
def test_a_dark_part_is_of_the_range_of_the_others(opened: Callable[..., Dataset], other: np.ndarray) -> None:
    ours = opened(x_train=X * 1.0, y_train=Y, x_test=other, y_test=Y)
    assert np.array_equal(ours.training().images.permute(0, 2, 3, 1), X)
    assert np.array_equal(ours.test().images.permute(0, 2, 3, 1), other)


NAN, HALF = X / np.float32(255), Y + 0.5
NAN[3, 2, 1, 0] = np.nan


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": NAN, "y": Y}, "no numbers (NaN or infinite)"),
        ({"X": X - 0.5, "y": Y}, "pixels from -0.5 to"),
        ({"X": X * 300.0, "y": Y}, "they must be in [0, 1] or [0, 255]"),
        ({"X": X[:-1], "y": Y}, "holds 23 X images and 24 labels; the two must match"),
        ({"X": X[:1], "y": Y}, "holds 1 X image and 24 labels; the two must match"),
        ({"X": X}, "has X and no y"),
        ({"y": Y}, "has y and no X"),
        ({"data": X, "target": Y}, "holds data, target; images and labels must be called"),
        ({}, "holds nothing"),
        ({"X": X, "y": HALF}, "labels that are no whole numbers"),
        ({"X": X, "y": Y - 1}, "holds a label -1"),
        (
            {"X": X, "y": Y, "x_test": X, "y_test": Y + 1},
            "a label 3 that no training image has; these have 0, 1, 2",
        ),
        ({"X": X, "y": np.eye(3)[Y]}, "labels of shape (24, 3)"),
        ({"X": X[:, 0, 0], "y": Y}, "holds images of shape (24, 3)"),
        ({"X": X.reshape(24, 5, 7, 3)[..., :2], "y": Y}, "the first or the last axis must be of 1, 3 or 4"),
        ({"X": X, "y": Y * 0}, "there is only one class, 0"),
        ({"X": X, "y": Y + 1e20}, "a label 1e+20, too large to be told from the next by float64"),
        ({"X": X, "y": (Y + 2**24).astype(np.float32)}, "a label 1.67772e+07, too large"),
        ({"X": X[:, :0], "y": Y}, "which have no pixels; each needs one at least"),
        ({"X": X[:0], "y": Y[:0]}, "there are no images to train on"),
        ({"X": X[:1], "y": Y[:1]}, "there is only one class"),
        ({"X": X, "y": Y, "x_test": X[:, :5], "y_test": Y}, "all must be of one shape"),
        ({"X": X * 0, "y": Y}, "all pixels of all training images are the same"),
        ({"X": X[:4], "y": np.array([0, 0, 0, 1])}, "class 1 has 1 picture; at least 3 are needed"),
        ({"X": X, "y": Y, "x_test": X[:0], "y_test": Y[:0]}, "there are no images to test with"),
        ({"X": X[:0], "y": Y[:0]}, "set.npz"),
        ({"X": X.astype(str), "y": Y}, "in the place of images; numbers are needed"),
        ({"X": X + 0j, "y": Y}, "numbers are needed"),
        ({"X": np.array([{1: 2}, None]), "y": Y[:2]}, "holds Python objects in the place of numbers in X"),
        ({"X": X, "y": np.array([1, None] * 12)}, "holds Python objects in the place of numbers in y"),
    ],
)
def test_what_is_no_data_is_refused_in_one_line(refused: Callable[..., str], arrays: dict, words: str) -> None:
    assert words in refused(**arrays)


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04", "cut", "flipped", "one array"])
def test_damaged_files(tmp_path: Path, content: bytes | str) -> None:
    file = tmp_path / "set.npz"
    np.savez_compressed(file, X=X, y=Y)
    whole = bytearray(file.read_bytes())
    if content == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif content == "flipped":
        whole[len(whole) // 2] ^= 0xFF
        file.write_bytes(whole)
    elif content == "one array":
        with file.open("wb") as stream:
            np.save(stream, X)
    else:
        file.write_bytes(content)  # type: ignore[arg-type]
    with pytest.raises(BadData, match=r"set\.npz") as caught:
        open_dataset(str(file), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_channel_that_is_the_same_everywhere(opened: Callable[..., Dataset]) -> None:
    blue = X.copy()
    blue[..., 2] = 9
    ours = opened(X=blue, y=Y)
    assert ours.task.std[2] == 1.0
    assert min(ours.task.std) > 0
