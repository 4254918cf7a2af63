"""A folder of pictures, against torchvision's ImageFolder, and what is wrong with it in one line."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from train.data.bad_data import BadData
from train.data.dataset import Dataset, open_dataset
from train.data.preparation import Preparation
from train.data.torchvision_schemas import define_missing_operators

define_missing_operators()
from torchvision import datasets  # noqa: E402

RNG = np.random.default_rng(0)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes pictures of random pixels, so many of each class, below tmp_path/pets."""

    def write(part: str, *, ending: str = "png", shape: tuple[int, ...] = (8, 6, 3), **counts: int) -> Path:
        for name, count in counts.items():
            folder = tmp_path / "pets" / part / name
            folder.mkdir(parents=True, exist_ok=True)
            for place in range(count):
                image = Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8))
                image.save(folder / f"{place}.{ending}")
        return tmp_path / "pets"

    return write


def opened(folder: Path, **how) -> Dataset:
    return open_dataset(str(folder), folder, preparation=Preparation(**how))


def refused(folder: Path, **how) -> str:
    with pytest.raises(BadData) as caught:
        opened(folder, **how)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("ending", ["png", "jpg", "JPEG", "bmp", "gif", "webp", "tif"])
def test_train_and_test_are_what_torchvision_reads(write: Callable[..., Path], ending: str) -> None:
    write("train", ending=ending, cat=4, dog=5)
    folder = write("test", ending=ending, cat=2, dog=3)
    ours = opened(folder)
    assert (ours.name, ours.task.image, ours.task.class_names) == ("pets", (3, 8, 6), ("cat", "dog"))
    for part, images in (("train", ours.training()), ("test", ours.test())):
        theirs = datasets.ImageFolder(str(folder / part), is_valid_file=lambda _: True)
        assert images.labels.tolist() == theirs.targets
        assert torch.equal(
            images.images, torch.stack([torch.from_numpy(np.array(one)) for one, _ in theirs]).permute(0, 3, 1, 2)
        )


def test_val_is_held_out(write: Callable[..., Path]) -> None:
    write("train", cat=4, dog=5)
    write("val", cat=2, dog=2)
    ours = opened(write("test", cat=1, dog=1))
    assert (ours.counts.training, ours.counts.held_out, ours.counts.test) == (13, 4, 2)
    assert ours.training().labels.tolist() == [0] * 4 + [1] * 5 + [0, 0, 1, 1]


@pytest.mark.parametrize("part", ["", "train"])
def test_without_test_pictures_a_share_of_each_class_is_drawn(write: Callable[..., Path], part: str) -> None:
    ours = opened(write(part, cat=30, dog=12, eel=3))
    assert ours.class_counts == (25, 10, 2)
    assert ours.test().labels.bincount().tolist() == [5, 2, 1]
    every = torch.cat([ours.training().images, ours.test().images]).flatten(1)
    assert len(every.unique(dim=0)) == 45, "no picture is in both parts"
    assert "8 of 45, a sixth of each class, were drawn" in ours.notes[0]


def test_classes_are_in_natural_order(write: Callable[..., Path]) -> None:
    ours = opened(write("", **{"class10": 3, "class2": 4, "class1": 5, "Zoo": 3}))
    assert ours.task.class_names == ("Zoo", "class1", "class2", "class10")
    assert ours.class_counts == (2, 4, 3, 2)


def test_hidden_files_and_others_are_passed_over(write: Callable[..., Path]) -> None:
    folder = write("", cat=3, dog=3)
    before = opened(folder)
    (folder / ".git").mkdir()
    (folder / "cat" / ".hidden.png").write_bytes(b"none")
    (folder / "cat" / ".thumbnails").mkdir()
    (folder / "cat" / ".thumbnails" / "0.png").write_bytes(b"none")
    (folder / "cat" / "notes.txt").write_text("none")
    (folder / "README.png").write_bytes(b"beside the classes")
    after = opened(folder)
    assert after.digest == before.digest
    assert "1 file passed over, no pictures by their names" in after.notes


def test_folders_within_a_class_belong_to_it(write: Callable[..., Path]) -> None:
    folder = write("", cat=2, dog=4)
    write("cat", more=3)
    assert sum(opened(folder).class_counts) + opened(folder).counts.test == 9


def test_gray_pictures_have_one_channel(write: Callable[..., Path]) -> None:
    folder = write("", shape=(7, 9), cat=3, dog=3)
    ours = opened(folder)
    assert ours.task.image == (1, 7, 9)
    assert np.array_equal(ours.first_image(), np.asarray(Image.open(folder / "cat" / "0.png")))
    assert opened(folder, channels="rgb").task.image == (3, 7, 9)


def test_some_in_colour(write: Callable[..., Path]) -> None:
    write("", shape=(7, 9), cat=3)
    folder = write("", shape=(7, 9, 3), dog=4)
    ours = opened(folder)
    assert ours.task.image == (3, 7, 9)
    assert "3 pictures in grey, made colour as the 4 others are" in ours.notes
    (few := folder.parent / "few").mkdir()
    for name in ("cat", "dog"):
        shutil.copytree(folder / "cat", few / name)
    shutil.copy(folder / "dog" / "0.png", few / "dog" / "9.png")
    assert "6 pictures in grey, made colour as the other is" in opened(few).notes
    gray = opened(folder, channels="gray")
    assert gray.task.image == (1, 7, 9)
    theirs = Image.open(folder / "dog" / "0.png").convert("L")
    assert any(
        np.array_equal(one[0], np.asarray(theirs))
        for one in torch.cat([gray.training().images, gray.test().images]).numpy()
    )


def test_mixed_sizes_are_refused_with_their_counts_and_resized_when_asked(write: Callable[..., Path]) -> None:
    write("", shape=(7, 9, 3), cat=5)
    folder = write("", shape=(20, 30, 3), dog=4)
    assert "pictures are of 2 sizes: 7x9 (5), 20x30 (4); `image_size` resizes them all" in refused(folder)
    ours = opened(folder, image_size=16)
    assert ours.task.image == (3, 16, 16)
    every = torch.cat([ours.training().images, ours.test().images]).permute(0, 2, 3, 1).numpy()
    for file in folder.glob("*/*.png"):
        theirs = np.asarray(Image.open(file).resize((16, 16), Image.Resampling.BILINEAR))
        assert any(np.array_equal(one, theirs) for one in every)


def test_too_large_ones(write: Callable[..., Path]) -> None:
    assert "`image_size` makes them smaller" in refused(write("", shape=(3, 1025), cat=3, dog=3))


def test_all_unreadable_files_are_named(write: Callable[..., Path]) -> None:
    folder = write("", ending="jpg", cat=20, dog=20)
    contents = [
        b"",
        b"<html></html>",
        (folder / "dog" / "0.jpg").read_bytes()[:-30],
        b"\x89PNG\r\n\x1a\n" + bytes(50),
    ]
    for place in range(13):
        (folder / "cat" / f"{place}.jpg").write_bytes(contents[place % 4])
    said = refused(folder)
    assert "pictures cannot be read" in said
    heads = [place for place in range(13) if place % 4 != 2]
    assert all(f"cat/{place}.jpg (" in said for place in heads[:10])
    assert said.startswith("10 pictures cannot be read")
    for place in heads:
        (folder / "cat" / f"{place}.jpg").unlink()
    said = refused(folder)
    assert said.startswith("3 pictures cannot be read")
    assert all(f"cat/{place}.jpg (" in said for place in (2, 6, 10)), "whose heads are whole"


@pytest.mark.parametrize(("kind", "words"), [(np.int32, "32-bit whole numbers"), (np.float32, "32-bit fractions")])
def test_pictures_of_no_known_range_are_named(write: Callable[..., Path], kind: type, words: str) -> None:
    folder = write("", cat=20, dog=20)
    Image.fromarray(np.full((8, 8), 200, kind)).save(folder / "cat" / "0.tif")
    assert f"0.tif (its pixels are {words}; save it with 8 or 16 bits)" in refused(folder)


def test_more_than_ten_unreadable_files(write: Callable[..., Path]) -> None:
    folder = write("", cat=20, dog=20)
    for file in (folder / "cat").iterdir():
        file.write_bytes(b"")
    said = refused(folder)
    assert said.count(".png (") == 10
    assert "and 10 more; replace or remove them" in said


@pytest.mark.parametrize(
    ("train", "other", "words"),
    [
        ({"cat": 3, "dog": 3}, {"cat": 3}, "test lacks the class dog, which train/ has"),
        ({"cat": 3}, {"cat": 3, "dog": 1}, "test has a class dog, which train/ lacks"),
        ({"cat": 3, "dog": 3}, {"cat": 3, "dog": 0}, "test/dog holds no pictures"),
        ({"cat": 3, "dog": 0}, {"cat": 3, "dog": 1}, "train/dog holds no pictures"),
        ({"cat": 3}, {"cat": 3}, "there is only one class, cat"),
        ({"cat": 3, "dog": 1}, {"cat": 3, "dog": 1}, "class dog has 1 picture; at least 2 are needed"),
    ],
)
def test_classes_that_do_not_agree(write: Callable[..., Path], train: dict, other: dict, words: str) -> None:
    write("train", **train)
    assert words in refused(write("test", **other))


def test_too_few_to_draw_test_pictures_from(write: Callable[..., Path]) -> None:
    assert "class dog has 2 pictures; at least 3 are needed" in refused(write("", cat=3, dog=2))


def test_folders_without_pictures(tmp_path: Path, write: Callable[..., Path]) -> None:
    (tmp_path / "none").mkdir()
    assert "holds no pictures in folders of its own" in refused(tmp_path / "none")


@pytest.mark.parametrize("parts", [("test",), ("val",), ("Testing", "valid")])
@pytest.mark.parametrize("beside", [{}, {"cat": 3, "dog": 3}])
def test_parts_to_test_with_need_one_to_train_on(write: Callable[..., Path], parts: tuple[str, ...], beside) -> None:
    """They are no classes of those that stand beside them."""
    for part in parts:
        folder = write(part, cat=3, dog=3)
    assert f"has {parts[0]}/ and no train/; pictures to train on go below train/" in refused(write("", **beside))
    (folder / "train").mkdir()
    for part in ("cat", "dog"):
        shutil.copytree(folder / parts[0] / part, folder / "train" / part)
    for part in beside:
        shutil.rmtree(folder / part)
    assert opened(folder).task.class_names == ("cat", "dog")


def test_a_limit_takes_of_each_class_its_share(write: Callable[..., Path]) -> None:
    folder = write("train", cat=40, dog=20)
    write("test", cat=20, dog=40)
    ours = opened(folder, limit=30)
    assert ours.class_counts == (20, 10)
    assert ours.test().labels.bincount().tolist() == [10, 20]
    assert opened(folder, limit=30) == ours
    assert opened(folder, limit=60).class_counts == (40, 20)


@pytest.mark.parametrize("parts", [("Train", "Test", "Valid"), ("TRAINING", "testing", "Val")])
def test_parts_may_have_capitals(write: Callable[..., Path], parts: tuple[str, ...]) -> None:
    for part, count in zip(parts, (4, 2, 3), strict=True):
        folder = write(part, cat=count, dog=count)
    ours = opened(folder)
    assert ours.task.class_names == ("cat", "dog")
    assert (ours.counts.training, ours.counts.held_out, ours.counts.test) == (14, 6, 4)


@pytest.mark.parametrize("names", [("Test", "car", "train"), ("car", "test", "val")])
def test_a_class_of_trains_is_no_part(write: Callable[..., Path], names: tuple[str, ...]) -> None:
    assert opened(write("", **dict.fromkeys(names, 8))).task.class_names == names


def test_classes_are_in_one_order_whatever_their_digits(write: Callable[..., Path]) -> None:
    """Of which some are none to int(), and some are equal to it."""
    names = ("01", "1", "2", "²", "①")
    ours = opened(write("", **dict.fromkeys(names, 3)))
    assert sorted(ours.task.class_names) == sorted(names)
    assert ours.task.class_names[:3] == ("01", "1", "2")


def test_a_class_whose_name_is_not_utf_8(write: Callable[..., Path]) -> None:
    folder = write("", cat=3, dog=3)
    os.rename(folder / "cat", os.fsencode(folder) + b"/\xe9")
    assert "has a name that is not UTF-8; rename it" in refused(folder)


def test_a_folder_within_that_cannot_be_read_is_named(write: Callable[..., Path], monkeypatch) -> None:
    folder = write("", cat=3, dog=3)
    write("cat", more=3)
    scandir = os.scandir

    def closed(place):
        if str(place).endswith("more"):
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", closed)
    assert refused(folder).endswith("cat/more cannot be read (Permission denied)")
