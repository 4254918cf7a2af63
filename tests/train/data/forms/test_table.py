"""Tables of files and of pixels, against pandas and Pillow."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from train.data.bad_data import BadData
from train.data.dataset import Dataset, open_dataset

RNG = np.random.default_rng(0)
N = 18


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Pictures below tmp_path/pictures, by their paths from tmp_path."""
    (tmp_path / "pictures").mkdir()
    names = [f"pictures/{place:03}.png" for place in range(N)]
    for name in names:
        Image.fromarray(RNG.integers(0, 256, (6, 4, 3), dtype=np.uint8)).save(tmp_path / name)
    return names


@pytest.fixture(params=["csv", "parquet"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Dataset]:
    def opened(table: pd.DataFrame) -> Dataset:
        file = tmp_path / f"table.{request.param}"
        table.to_csv(file, index=False) if request.param == "csv" else table.to_parquet(file)
        return open_dataset(str(file), tmp_path)

    return opened


@pytest.mark.parametrize(("file", "label"), [("file_name", "label"), ("image", "class"), ("path", "Target")])
def test_files_with_classes(
    opened: Callable[..., Dataset], files: list[str], tmp_path: Path, file: str, label: str
) -> None:
    classes = [f"kind {place % 3 * 5}" for place in range(N)]
    split = ["train"] * 9 + ["val"] * 3 + ["test"] * 6
    ours = opened(pd.DataFrame({"id": range(N), file: files, label: classes, "split": split}))
    assert (ours.name, ours.task.class_names) == ("table", ("kind 0", "kind 5", "kind 10"))
    assert (ours.counts.training, ours.counts.held_out, ours.counts.test) == (12, 3, 6)
    images = torch.cat([ours.training().images, ours.test().images])
    for name, image in zip(files, images, strict=True):
        assert np.array_equal(image.permute(1, 2, 0), np.asarray(Image.open(tmp_path / name)))
    labels = ours.training().labels.tolist() + ours.test().labels.tolist()
    assert [ours.task.class_names[label] for label in labels] == classes


def test_classes_keep_their_names(opened: Callable[..., Dataset], files: list[str]) -> None:
    """Numbers with zeros before them, and what pandas takes for a gap."""
    ours = opened(pd.DataFrame({"image": files, "label": ["01", "NA", "007"] * 6}))
    assert ours.task.class_names == ("NA", "01", "007") or ours.task.class_names == ("01", "007", "NA")


@pytest.mark.parametrize("name", ["pixel{}", "{}", "pixel_{}"])
def test_pixels_in_columns_as_kaggle_has_them(opened: Callable[..., Dataset], name: str) -> None:
    x = RNG.integers(0, 256, (30, 36), dtype=np.uint8)
    columns = {name.format(place): x[:, place] for place in range(36)}
    split = ["train"] * 20 + ["test"] * 10
    ours = opened(pd.DataFrame({"label": np.arange(30) % 2 * 7, **columns, "split": split}))
    assert ours.task.class_names == ("0", "7")
    assert np.array_equal(torch.cat([ours.training().images, ours.test().images]), x.reshape(-1, 1, 6, 6))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": None}, "one of label, class, target is needed"),
        ({"image": None}, "one of file_name, image, path is needed"),
        ({"image": ["no.png"] * N}, "names pictures that are not there"),
        ({"image": ["1 2 3 "] * (N - 1) + ["1 2 3 " * 400]}, "has 2,400 letters in the column image of row 18; it"),
        ({"split": ["dev"] * 9 + ["holdout"] * 9}, "has holdout in its column split; it must be train, val or test"),
        ({"split": ["test"] * N}, "has no rows with train"),
        ({"label": ["a", "b", None] * 6}, "has a label in 12 of 18 rows; all need one"),
        ({"label": ["a"] * N}, "there is only one class, a"),
        (
            {"label": list("ab" * 8 + "cc"), "split": ["train"] * 16 + ["test"] * 2},
            "a label c that no",
        ),
    ],
)
def test_what_is_wrong_with_a_table(
    opened: Callable[..., Dataset], files: list[str], change: dict, words: str
) -> None:
    columns = {"image": files, "label": list("abc" * 6)} | change
    with pytest.raises(BadData) as caught:
        opened(pd.DataFrame({name: values for name, values in columns.items() if values is not None}))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pictures_within_a_table(files: list[str], tmp_path: Path) -> None:
    """As Hugging Face's have them, some by their paths."""
    cells = [{"bytes": (tmp_path / name).read_bytes(), "path": "elsewhere.png"} for name in files]
    cells[3] = {"bytes": None, "path": files[3]}
    rows = {"image": cells, "label": list("abc" * 6)}
    pd.DataFrame(rows).to_parquet(tmp_path / "within.parquet")
    pd.DataFrame(rows | {"image": files}).to_csv(tmp_path / "beside.csv")
    within, beside = (open_dataset(str(tmp_path / name), tmp_path) for name in ("within.parquet", "beside.csv"))
    assert within.digest == beside.digest
    cells[4]["bytes"] = b"<html>"
    pd.DataFrame(rows).to_parquet(tmp_path / "within.parquet")
    with pytest.raises(BadData, match=r"row 5 of .*within\.parquet \(no picture that Pillow knows\)"):
        open_dataset(str(tmp_path / "within.parquet"), tmp_path)
    cells[4]["bytes"] = cells[4]["path"] = None
    pd.DataFrame(rows).to_parquet(tmp_path / "within.parquet")
    with pytest.raises(BadData, match="in the column image of row 5; it must have the path of a picture's file"):
        open_dataset(str(tmp_path / "within.parquet"), tmp_path)


def test_numbers_in_the_place_of_pictures(tmp_path: Path) -> None:
    pd.DataFrame({"image": range(N), "label": list("abc" * 6)}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(BadData, match=r"has a value of type int in the column image of row 1"):
        open_dataset(str(tmp_path / "t.parquet"), tmp_path)


def test_pixels_that_make_no_square(opened: Callable[..., Dataset]) -> None:
    with pytest.raises(BadData, match="5 columns of pixels, which make no square"):
        opened(pd.DataFrame({"label": [0, 1] * 9} | {f"pixel{place}": range(18) for place in range(5)}))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_class_names_of_digits_stay_apart(tmp_path: Path, ending: str) -> None:
    names = ["1", "01", "+1", "１", "9" * 25]
    table, file = pd.DataFrame({"label": names * 3, "pixel0": range(15)}), tmp_path / f"table.{ending}"
    table.to_csv(file, index=False) if ending == "csv" else table.to_parquet(file)
    assert sorted(open_dataset(str(file), tmp_path).task.class_names) == sorted(names)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize(("rows", "words"), [(0, "has columns and no rows"), (1, "there is only one class, 5")])
def test_too_few_rows(tmp_path: Path, ending: str, rows: int, words: str) -> None:
    table, file = pd.DataFrame({"label": [5] * rows, "pixel0": [3] * rows}), tmp_path / f"table.{ending}"
    table.to_csv(file, index=False) if ending == "csv" else table.to_parquet(file)
    with pytest.raises(BadData, match=words):
        open_dataset(str(file), tmp_path)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x00", b"<html>\n<p>,a\n1,2,3,4\n</html>"])
def test_damaged_tables(tmp_path: Path, ending: str, content: bytes) -> None:
    (tmp_path / f"table.{ending}").write_bytes(content)
    with pytest.raises(BadData, match=rf"table\.{ending}") as caught:
        open_dataset(str(tmp_path / f"table.{ending}"), tmp_path)
    assert "\n" not in str(caught.value)


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_: Path) -> None:
        raise ImportError("Unable to find a usable engine")

    monkeypatch.setattr(pd, "read_parquet", read)
    (tmp_path / "table.parquet").touch()
    with pytest.raises(BadData, match=r"pip install 'thimble\[parquet\]'"):
        open_dataset(str(tmp_path / "table.parquet"), tmp_path)


def test_a_picture_that_changed(opened: Callable[..., Dataset], files: list[str], tmp_path: Path) -> None:
    table = pd.DataFrame({"image": files, "label": list("abc" * 6)})
    first = opened(table)
    Image.fromarray(RNG.integers(0, 256, (6, 4, 3), dtype=np.uint8)).save(tmp_path / files[4])
    assert opened(table).digest != first.digest


def test_a_table_that_changes_while_it_is_read_is_not_kept(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or its old rows would be taken for those of the new one."""
    rows = pd.DataFrame({"image": files, "label": ["a", "b"] * 9})
    read = pd.read_csv

    def changing(file, **how):
        table = read(file, **how)
        if "dtype" in how:
            rows.assign(label=["b", "a"] * 9).to_csv(file, index=False)
            os.utime(file, (0, 0))
        return table

    monkeypatch.setattr(pd, "read_csv", changing)
    rows.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(BadData, match=r"t\.csv changed while it was read; try again"):
        open_dataset(str(tmp_path / "t.csv"), tmp_path)
