"""Searches of pictures of any kind, end to end: search, confirm, report, export, and the exported file by itself."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.commands.main import run_app

# Channels, height, width, classes, pictures of each to train on; how they are stored; and a budget.
TASKS = {
    "gray 12x12": (1, 12, 12, 3, 12, ".npz", 1_000),
    "mixed sizes in colour": (3, 32, 32, 10, 30, "folder", 4_000),
    "64x64 in colour": (3, 64, 64, 100, 6, ".npz", 20_000),
    "oblong 40x24": (3, 40, 24, 5, 12, "folder", 3_000),
}


def drawn(rng, label, classes, shape):
    """A picture (H, W, C) whose brightness and place of a bar tell its class."""
    channels, height, width = shape
    picture = rng.integers(0, 60, (height, width, channels))
    bar = slice(label * height // classes, max(label * height // classes + 1, (label + 1) * height // classes))
    picture[bar, :, label % channels] += 150
    return picture.astype(np.uint8)


def write(place, task):
    """The data set in one of the forms that people have; returns what `--dataset` takes."""
    channels, height, width, classes, each, form, _ = TASKS[task]
    rng = np.random.default_rng(0)
    if form == ".npz":
        labels = np.repeat(np.arange(classes), each)
        images = np.stack([drawn(rng, label, classes, (channels, height, width)) for label in labels])
        images = images[..., 0] if channels == 1 else images
        np.savez(place / "own.npz", x_train=images, y_train=labels, x_test=images[::2], y_test=labels[::2])
        return "own.npz"
    for part, count in (("train", each), ("test", 3)):
        for label in range(classes):
            folder = place / "own" / part / f"class {label}"
            folder.mkdir(parents=True)
            for number in range(count):
                larger = 1 + (number % 3 if task.startswith("mixed") else 0)
                picture = Image.fromarray(drawn(rng, label, classes, (channels, larger * height, larger * width)))
                picture.save(folder / f"{number}.png")
    return "own"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("task", TASKS)
def test_pictures_of_any_kind_from_a_search_to_a_file_that_names_them(task, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    channels, height, width, *_, budget = TASKS[task]
    dataset = write(tmp_path, task)
    sized = ["--image-size", "32"] if task.startswith("mixed") else []
    run = ["run", "--budget", str(budget), "--dataset", dataset, *sized, "--epochs", "1"]
    run += ["--trials", "1" if task.startswith("64x64") else "3"]
    if sized:
        assert run_app([arg for arg in run if arg not in sized]) == 2
        assert "--image-size" in capsys.readouterr().err
    assert run_app([*run, "--workers", "1", "--json"]) == 0, capsys.readouterr().err
    best = json.loads(capsys.readouterr().out.splitlines()[-1])["best"]
    assert best["parameters"] <= budget
    assert best["notation"].startswith(f"{channels}x{height}x{width} ")
    assert run_app(["confirm", "best", "--seeds", "1", "--workers", "1", "--json"]) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert run_app(["space", "--budget", str(budget), "--dataset", dataset, *sized, "--json"]) == 0
    offered = json.loads(capsys.readouterr().out)
    assert offered["share_inside_budget"]["inside"] == 1.0
    assert ("flip" in offered["choices"]["augmentation"]) == (channels == 3)
    shutil.move(dataset, "elsewhere.npz" if dataset.endswith(".npz") else "elsewhere")  # it needs them no more
    assert run_app(["report", "-o", "page.html"]) == 0, capsys.readouterr().err
    files = ["--weights", "net.safetensors", "--onnx", "net.onnx", "--card", "net.md", "--data", "net.npz"]
    assert run_app(["export", "best", "-o", "net.py", *files]) == 0, capsys.readouterr().err
    assert "as the study says" in capsys.readouterr().out
    by_itself(tmp_path, TASKS[task])


def by_itself(place, task):
    """The exported file in an interpreter that has torch and the picture, and nothing of ours."""
    channels, height, width, classes, *_ = task
    picture = drawn(np.random.default_rng(1), 1, classes, (channels, height, width))
    Image.fromarray(picture[..., 0] if channels == 1 else picture).save(place / "one.png")
    command = [sys.executable, "-I", str(place / "net.py")]
    done = subprocess.run([*command, "one.png"], capture_output=True, text=True, cwd=place, check=True)
    named = done.stdout.removeprefix("one.png: ").rpartition(",")[0]
    names = {"class " * (task[5] == "folder") + str(label) for label in range(classes)}
    assert named in names
    trained = subprocess.run(
        [*command, "--data", "net.npz", "--epochs", "1"], capture_output=True, text=True, cwd=place, check=True
    )
    assert "epoch   1 of 1" in trained.stdout


def test_a_study_goes_on_with_its_images_wherever_they_lie_and_with_no_others(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = ["run", "--budget", "1000", "--trials", "1", "--epochs", "1", "--workers", "1", "--study", "s"]
    assert run_app([*run, "--dataset", write(tmp_path, "gray 12x12")]) == 0, capsys.readouterr().err
    Path("own.npz").rename("moved.npz")
    assert run_app([*run[:-4], "--study", "s", "--workers", "1", "--dataset", "moved.npz"]) == 0
    capsys.readouterr()
    kept = json.loads(Path("runs/s/settings.json").read_text())
    assert kept["settings"]["data"]["given"] == str(tmp_path / "moved.npz")
    with np.load("moved.npz") as arrays:
        changed = dict(arrays)
    changed["x_train"][0, 0, 0] ^= 1
    np.savez("other.npz", **changed)
    assert run_app([*run, "--dataset", "other.npz"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "own there, other here" in line
    assert "was begun with other settings (" in line
    changed["y_test"] = changed["y_test"][:-1]
    changed["x_test"] = changed["x_test"][:-1]
    np.savez("fewer.npz", **changed)
    assert run_app([*run, "--dataset", "fewer.npz"]) == 2
    assert "images 36 to train on and 18 to test with" in capsys.readouterr().err
