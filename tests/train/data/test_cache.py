"""What is kept of prepared images is never stale, and whole or not there."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import train.data.prepare
from train.data import cache
from train.data.bad_data import BadData
from train.data.dataset import Dataset, open_dataset
from train.data.preparation import Preparation

Fresh = Callable[[str], Path]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three classes of eight pictures."""
    rng = np.random.default_rng(0)
    for place in range(24):
        file = tmp_path / "pictures" / f"class{place % 3}" / f"{place}.bmp"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (6, 5, 3), dtype=np.uint8)).save(file)
    return tmp_path / "pictures"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what is prepared and not taken from what is kept."""
    names, prepare = [], train.data.prepare.prepare

    def counted(contents, name, preparation, folder):
        names.append(name)
        return prepare(contents, name, preparation, folder)

    monkeypatch.setattr(train.data.prepare, "prepare", counted)
    return names


def opened(folder: Path, **how) -> Dataset:
    return open_dataset(str(folder), folder, preparation=Preparation(**how))


def test_it_is_read_once(pictures: Path, made: list[str], fresh_cache: Fresh) -> None:
    fresh_cache("cache")
    first = opened(pictures)
    assert opened(pictures) == first
    assert opened(pictures, hold_out=0.5).digest == first.digest, "which are held out is none of the content"
    assert made == ["pictures"]
    assert opened(pictures, channels="gray").digest != first.digest
    assert len(made) == 2


def test_one_picture_changed_in_place_with_its_size_and_time(pictures: Path, fresh_cache: Fresh) -> None:
    fresh_cache("cache")
    first = opened(pictures)
    file = pictures / "class1" / "4.bmp"
    facts, content = file.stat(), bytearray(file.read_bytes())
    content[-2] ^= 0xFF
    with file.open("r+b") as same:
        same.write(content)
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)
    assert opened(pictures).digest != first.digest


@pytest.mark.parametrize("change", ["added", "removed", "renamed", "moved to another class", "class renamed"])
def test_other_files(pictures: Path, fresh_cache: Fresh, change: str) -> None:
    fresh_cache("cache")
    first = opened(pictures)
    file = pictures / "class0" / "0.bmp"
    if change == "added":
        (pictures / "class0" / "new.bmp").write_bytes(file.read_bytes())
    elif change == "removed":
        file.unlink()
    elif change == "renamed":
        file.rename(pictures / "class0" / "99.bmp")
    elif change == "moved to another class":
        file.rename(pictures / "class1" / "0.bmp")
    else:
        (pictures / "class0").rename(pictures / "class9")
    assert opened(pictures).digest != first.digest


def test_a_folder_that_moved_is_the_same_data(pictures: Path, fresh_cache: Fresh) -> None:
    fresh_cache("cache")
    first = opened(pictures)
    other = opened(pictures.rename(pictures.with_name("moved")))
    assert (other.digest, other.folder, other.name) == (first.digest, first.folder, "moved")


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("damage", ["cut", "removed", "emptied"])
def test_damaged_arrays_are_made_again(
    pictures: Path, fresh_cache: Fresh, made: list[str], monkeypatch, damage: str, small: bool
) -> None:
    fresh_cache("cache")
    if not small:
        monkeypatch.setattr(cache, "_SMALL", 0)
    first = opened(pictures)
    images = first.training().images.clone()
    file = first.folder / "train_images.npy"
    if damage == "removed":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] if damage == "cut" else b"")
    assert opened(pictures).training().images.equal(images)
    assert len(made) == 2


def test_a_byte_of_small_arrays_that_flipped(pictures: Path, fresh_cache: Fresh, made: list[str]) -> None:
    fresh_cache("cache")
    first = opened(pictures)
    file = first.folder / "test_images.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert opened(pictures) == first
    assert len(made) == 2
    assert file.read_bytes() != content


@pytest.mark.parametrize("how", [{}, {"hold_out": 0.5}])
@pytest.mark.parametrize("name", ["train_images.npy", "train_labels.npy", "test_images.npy"])
def test_a_data_set_that_is_known_is_looked_at_before_it_is_taken(
    pictures: Path, fresh_cache: Fresh, made: list[str], name: str, how: dict
) -> None:
    fresh_cache("cache")
    known = opened(pictures, **how)
    whole = (known.folder / name).read_bytes()
    (known.folder / name).unlink()
    assert (known.arrays() / name).read_bytes() == whole
    assert len(made) == 2
    if not how:
        (known.folder / name).write_bytes(whole[:-8] + bytes([whole[-8] ^ 1, *whole[-7:]]))
        assert (known.arrays() / name).read_bytes() == whole
        assert len(made) == 3
    (known.folder / name).unlink()
    pictures.rename(pictures.with_name("gone"))
    with pytest.raises(BadData, match="is not on this machine; put it there as it was"):
        known.arrays()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", None])
def test_damaged_entries_are_made_again(pictures: Path, fresh_cache: Fresh, content: bytes | None) -> None:
    kept = fresh_cache("cache")
    first = opened(pictures)
    (entry,) = (kept / "thimble" / "entries").glob("*.json")
    whole = entry.read_bytes()
    entry.write_bytes(whole.replace(b"class1", b"class7") if content is None else content)
    assert opened(pictures) == first
    assert entry.read_bytes() == whole


def test_a_failure_leaves_nothing(pictures: Path, fresh_cache: Fresh) -> None:
    kept = fresh_cache("cache")
    (pictures / "class0" / "0.bmp").write_bytes(b"<html>")
    with pytest.raises(BadData):
        opened(pictures)
    assert not list((kept / "thimble" / "arrays").iterdir())
    assert not list((kept / "thimble" / "entries").glob("*.json"))


def test_where_nothing_can_be_written_it_is_kept_while_the_process_lives(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code = (
        "from pathlib import Path; from train.data.dataset import open_dataset\n"
        "digits = open_dataset('digits', Path()); assert len(digits.training()) == 1500; print(digits.folder)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "file"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_what_nobody_uses_goes(pictures: Path, fresh_cache: Fresh) -> None:
    kept = fresh_cache("cache")
    old, used = opened(pictures), opened(pictures, image_size=4)
    for path in (old.folder, used.folder, *(kept / "thimble" / "entries").iterdir()):
        os.utime(path, (0, 0))
    opened(pictures, image_size=4)
    opened(pictures, image_size=3)
    assert not old.folder.exists()
    assert used.folder.exists()
