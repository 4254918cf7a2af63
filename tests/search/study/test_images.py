"""A study's images: under the name that it was begun with, wherever they lie, and never others in their place."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from search.commands.main import run_app
from search.study.beginning import beginning
from search.study.begun import begin, check_same
from search.study.folder import StudyFolder, existing
from search.study.images import find_images, known_images, open_images
from tests.search.study.test_store import settings
from train.data.bad_data import BadData
from train.data.dataset import Dataset, open_dataset
from train.data.preparation import Preparation

ROOT = Path("data")


def write(file: Path, *, seed: int = 0) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (60, 12, 12), dtype=np.uint8)
    np.savez(file, X=pixels, y=np.arange(60) % 3)


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StudyFolder]:
    """Begins a study `s` on the images of pics.npz, which nothing is trained for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    write(tmp_path / "pics.npz")

    def begun(**how: float) -> StudyFolder:
        source = open_dataset("pics.npz", ROOT, preparation=Preparation(**how))
        folder = StudyFolder("s", Path("runs"))
        folder.told.mkdir(parents=True)
        begin(folder, beginning(settings(source=source), command="python -m search run --budget 8000 --study s"))
        return folder

    return begun


def forget_prepared(images: Dataset) -> None:
    shutil.rmtree(images.folder)


def test_images_that_are_called_otherwise_now_have_their_confirmations(begun, monkeypatch) -> None:
    folder = begun()
    before = known_images(folder)
    forget_prepared(before)
    Path("pics.npz").rename("photos.npz")
    moved = open_images(folder, Path("photos.npz"), ROOT)
    assert (moved.key, Path(moved.given).name) == (before.key, "photos.npz")
    assert known_images(folder) == replace(moved, notes=())
    asked = []
    monkeypatch.setattr("search.commands.searching.search", lambda chosen, **_: asked.append(chosen) or 0)
    assert run_app(["run", "--study", "s", "--dataset", "photos.npz"]) == 0
    assert asked[0].source.key == before.key
    stored = json.loads(folder.settings_file.read_text())
    stored["settings"]["data"]["name"] = "photos"  # as version 1.0 wrote it
    folder.settings_file.write_text(json.dumps(stored))
    assert known_images(folder).key == before.key


def test_finding_images_makes_no_study_the_latest_searched(begun) -> None:
    """The new place is written down in two folders, of which one has the time of what was told last."""
    folder = begun()
    shutil.copytree(folder.path, Path("runs/later"))
    for name, when in (("s", 1_000_000), ("later", 2_000_000)):
        for path in Path("runs", name).rglob("*"):
            os.utime(path, (when, when))
    forget_prepared(known_images(folder))
    Path("pics.npz").rename("photos.npz")
    assert find_images(folder, Path("photos.npz"), ROOT)
    assert "photos.npz" in folder.settings_copy.read_text()
    assert existing(Path("runs")) == ["later", "s"]


@pytest.mark.parametrize("share", [None, 0.3])
def test_a_study_goes_on_with_no_other_share_held_out(begun, capsys, share: float | None) -> None:
    folder = begun(**({} if share is None else {"hold_out": share}))
    stored = json.loads(folder.settings_file.read_text())
    same = settings(source=known_images(folder)).identity
    assert same == stored["identity"]
    assert ("hold_out" in same) == (share is not None)
    stored["identity"].pop("hold_out", None)  # of which version 1.0 wrote nothing
    folder.settings_file.write_text(json.dumps(stored))
    check_same("s", stored, same)
    assert run_app(["run", "--study", "s", "--hold-out", "0.4"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert f"begun with other settings (hold_out {share or 'none'} there, 0.4 here)" in line


def test_others_in_their_place_are_done_without_where_they_need_not_be(begun, caplog) -> None:
    folder = begun()
    forget_prepared(known_images(folder))
    write(Path("pics.npz"), seed=1)
    assert find_images(folder, None, ROOT) is None
    assert "pics.npz is not the images of study s, but 51 others of 1x12x12" in caplog.text
    with pytest.raises(BadData, match=r"pics\.npz is not the images of study s, .* name theirs with `data_dir`"):
        open_images(folder, None, ROOT)


def test_damaged_images_are_not_said_to_be_gone(begun) -> None:
    folder = begun()
    forget_prepared(known_images(folder))
    file = Path("pics.npz")
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(BadData, match=r"pics\.npz cannot be read"):
        open_images(folder, None, ROOT)
    file.unlink()
    with pytest.raises(BadData, match=r"pics\.npz is gone; name their new place"):
        open_images(folder, None, ROOT)


def test_prepared_images_that_are_damaged_are_not_the_studys(begun) -> None:
    folder = begun()
    known = known_images(folder)
    labels = known.folder / "train_labels.npy"
    whole = labels.read_bytes()
    labels.write_bytes(whole[:-8] + bytes([whole[-8] ^ 1, *whole[-7:]]))
    found = find_images(folder, None, ROOT)
    assert found
    assert replace(found, notes=()) == known
    assert labels.read_bytes() == whole
