"""What is kept of prepared images is never stale, and whole or not there."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import train.data.prepare
from train.data import cache
from train.data.bad_data import BadData
from train.data.dataset import Dataset, open_dataset
from train.data.forms.memory import open_arrays
from train.data.preparation import Preparation

Fresh = Callable[[str], Path]
GOLDEN = Path(__file__).parent / "golden" / "read.json"


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


def images(*shape: int) -> np.ndarray:
    """Bytes that no version of numpy draws otherwise."""
    return (np.arange(np.prod(shape)) ** 2 * 37 % 251).astype(np.uint8).reshape(shape)


def pictures_of_every_kind(folder: Path) -> Path:
    """Two classes of pictures of each kind that is read in a way of its own; none of a form that loses anything."""
    colour, grey = images(6, 9, 3), images(6, 9)
    palette = Image.frombytes("P", (9, 6), (grey % 4).tobytes())
    palette.putpalette([0, 0, 0, 250, 0, 9, 0, 130, 70, 20, 20, 255])
    turned = Image.Exif()
    turned[0x0112] = 3
    kinds: list[tuple[Image.Image, str, dict]] = [
        (Image.fromarray(colour), "png", {}),
        (Image.fromarray(colour), "tif", {"exif": turned}),
        (Image.fromarray(grey), "bmp", {}),
        (Image.fromarray(images(6, 9, 4)), "png", {}),
        (Image.fromarray(grey * np.uint16(200)), "png", {}),
        (Image.fromarray(grey > 99), "tif", {}),
        (Image.frombytes("CMYK", (9, 6), images(6, 9, 4).tobytes()), "tif", {}),
        (palette, "png", {"transparency": 1}),
        (palette, "gif", {}),
    ]
    for name in ("2", "10"):
        (folder / name).mkdir(parents=True)
        for place, (image, ending, how) in enumerate(kinds):
            image.save(folder / name / f"{place}.{ending}", **how)
    return folder


def sets_of_every_form(folder: Path) -> dict[str, Dataset]:
    """A small data set of each form, read from files that are written here."""
    x, y = images(12, 7, 7), np.arange(12) % 3
    kinds = pictures_of_every_kind(folder / "kinds")
    np.savez(folder / "shares.npz", X=images(12, 3, 5, 7) / 255, y=np.array(["b", "a", "c"])[y])
    np.savez(folder / "wide.npz", x_train=x * np.uint16(257), y_train=y, x_val=x[:3] * np.uint16(99), y_val=y[:3])
    pixels = pd.DataFrame(x.reshape(12, 49), columns=[f"pixel{place}" for place in range(49)])
    pixels.assign(label=y).to_csv(folder / "pixels.csv", index=False)
    files = sorted(str(file.relative_to(folder)) for file in kinds.glob("*/*"))
    paths = pd.DataFrame({"file_name": files, "label": ["07" if "10" in file else "7" for file in files]})
    paths.to_csv(folder / "paths.csv", index=False)
    inside = [{"bytes": (folder / file).read_bytes(), "path": None} for file in files]
    pd.DataFrame({"image": inside, "label": paths.label}).to_parquet(folder / "inside.parquet")
    (folder / "idx").mkdir()
    for part in ("train", "t10k"):
        (folder / "idx" / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">iiii", 2051, *x.shape) + x.tobytes())
        (folder / "idx" / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">ii", 2049, 12) + bytes(y.tolist()))
    made = {name: opened(folder / name) for name in ("kinds", "paths.csv", "inside.parquet")}
    made |= {name: opened(folder / name) for name in ("shares.npz", "wide.npz", "pixels.csv", "idx")}
    made |= {"kinds, resized": opened(kinds, image_size=5), "kinds, grey": opened(kinds, channels="gray")}
    made |= {"pixels.csv, resized and limited": opened(folder / "pixels.csv", image_size=12, channels="rgb", limit=6)}
    return made | {"memory": open_arrays((x / 16, y, x[:4] / 16, y[:4]))}


def test_what_reading_makes_of_the_same_files_changes_with_its_version_alone(tmp_path: Path) -> None:
    """$THIMBLE_WRITE_GOLDEN writes the digests anew, once `_VERSION` is raised; see that the new ones are meant.

    What users have prepared is kept by that number: where reading changes and it does not, they go on with the old.
    """
    digests = {name: made.digest for name, made in sets_of_every_form(tmp_path).items()}
    known = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {"version": 0, "digests": {}}
    same = {name: digest for name, digest in digests.items() if known["digests"].get(name, digest) == digest}
    if os.environ.get("THIMBLE_WRITE_GOLDEN") and (same == digests or known["version"] != cache._VERSION):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(json.dumps({"version": cache._VERSION, "digests": digests}, indent=2) + "\n")
        known = json.loads(GOLDEN.read_text())
    assert digests == known["digests"], "reading has changed: raise _VERSION of train/data/cache.py"
    assert known["version"] == cache._VERSION, "write the digests anew by THIMBLE_WRITE_GOLDEN=1"
