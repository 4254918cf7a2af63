"""The command `data`: what would be trained on, in lines, in JSON and as a sheet of pictures."""

import io
import json
import os
import re

import numpy as np
import pytest
from PIL import Image

import thimble
from search.commands.main import run_app
from search.outputs.evidence import evidence
from search.study.designs import find_design
from train.data.dataset import open_dataset


@pytest.fixture
def pets(tmp_path, monkeypatch):
    """A folder of two classes, the current one above it; a picture of each class is one of the test pictures, too."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for part, count in (("train", 12), ("test", 3)):
        for name, red in (("cat", 0), ("dog", 255)):
            folder = tmp_path / "pets" / part / name
            folder.mkdir(parents=True)
            for place in range(count):
                pixels = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
                pixels[..., 0] = red
                Image.fromarray(pixels).save(folder / f"{place}.png")
    for name in ("cat", "dog"):
        content = (tmp_path / "pets" / "train" / name / "5.png").read_bytes()
        (tmp_path / "pets" / "test" / name / "1.png").write_bytes(content)
    return tmp_path / "pets"


def test_it_says_what_would_be_trained_on(pets, capsys):
    assert run_app(["data", "pets"]) == 0
    out = capsys.readouterr().out
    assert "images    8x10, colour" in out
    found = find_design("3x8x10 c4 gap c2k1", None, pets.parent)
    module = evidence(found, open_dataset("pets", pets.parent), runs=pets.parent, parameters=118)
    assert module.title == "A network of 118 parameters for 8x10 colour pictures of 2 classes."
    assert "training  24, 4 of them held out" in out
    assert "test      6, 2 of them also among the training images" in out
    assert re.search(r"mean      0\.5000, 0\.\d{4}, 0\.\d{4}", out)
    assert re.search(r"digest    [0-9a-f]{64}\n", out)
    assert "  cat  12\n  dog  12\n" in out


def test_in_json(pets, capsys):
    arguments = ["data", "pets", "--json", "--image-size", "6", "--gray", "--limit-images", "10", "--hold-out", "0.4"]
    assert run_app(arguments) == 0
    captured = capsys.readouterr()
    facts = json.loads(captured.out)
    assert facts["image"] == [1, 6, 6]
    assert facts["classes"] == {"cat": 5, "dog": 5}
    assert (facts["training"], facts["held_out"], facts["test"]) == (10, 4, 6)
    assert facts["name"] == "pets"
    assert "note: images of 8x10 resized to 6x6" in captured.err


def test_a_sheet_has_ten_pictures_of_each_class(pets, capsys):
    assert run_app(["data", "pets", "-o", "sheet.png"]) == 0
    sheet = np.asarray(Image.open(io.BytesIO((pets.parent / "sheet.png").read_bytes())).convert("RGB"))
    enlarged = 4
    rows = []
    for row in np.split(sheet[4:], 2):  # a class each
        pictures = 0
        for file in sorted((pets / "train").glob("*/*.png")):
            big = np.asarray(Image.open(file)).repeat(enlarged, 0).repeat(enlarged, 1)
            for left in range(sheet.shape[1] - big.shape[1]):
                if np.array_equal(row[0, left : left + 5], big[0, :5]):
                    pictures += np.array_equal(row[: big.shape[0], left : left + big.shape[1]], big)
        rows.append(pictures)
    assert rows == [10, 10]
    assert run_app(["data", "pets", "-o", "sheet.png"]) == 2
    assert "exists" in capsys.readouterr().err
    assert run_app(["data", "pets", "-o", "sheet.png", "--force"]) == 0


def test_a_sheet_of_many_classes_and_of_large_pictures_stays_small(tmp_path, monkeypatch, capsys):
    """All of them were drawn, each as large as it is."""
    monkeypatch.chdir(tmp_path)
    shades = np.arange(303, dtype=np.uint8)[:, None, None].repeat(40, 1).repeat(480, 2)
    np.savez("many.npz", X=shades, y=np.arange(303) % 101)
    assert run_app(["data", "many.npz", "-o", "sheet.png"]) == 0
    assert "wrote sheet.png with the first 100 of 101 classes" in capsys.readouterr().err
    sheet = np.asarray(Image.open("sheet.png"))
    assert sheet.shape[0] == 4 + 100 * (14 + 4 + 4)
    assert sheet.shape[1] < 50 + 10 * (96 + 4)
    assert (sheet[4:12, -200:] == 255).all(), "a class has two pictures to train on"
    assert run_app(["data", "digits", "-o", "digits.png"]) == 0
    assert "wrote digits.png\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pets", "--gray", "--rgb"], "--gray and --rgb cannot both be"),
        (["pets", "-o", "sheet.txt"], "its name must end in .png"),
        (["pets", "--limit-images", "3"], "--limit-images must be at least 4"),
        (["pets", "--image-size", "0"], "--image-size must be from 1"),
        (["pets", "--hold-out", "2"], "--hold-out must be between 0 and 1"),
        (["digits", "--hold-out", "0.9999"], "--hold-out 0.9999 of 1,500 training images leaves 0 to train on"),
        (["nothing"], "nothing is no folder or file"),
        (["mnist", "--data-dir", "nothing"], "--data-dir must hold MNIST/raw"),
    ],
)
def test_one_line_and_exit_code_2(pets, capsys, arguments, words):
    assert run_app(["data", *arguments]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_what_a_users_function_says_is_repeated_as_it_is(pets, monkeypatch, capsys):
    """Its words in backticks are neither commands of ours nor arguments."""
    monkeypatch.syspath_prepend(pets.parent)
    (pets.parent / "theirs.py").write_text(
        "def load():\n    raise RuntimeError('call `setup()` before `load(x=1)`')\n"
    )
    assert run_app(["data", "theirs:load"]) == 2
    assert "RuntimeError: call `setup()` before `load(x=1)`" in capsys.readouterr().err
    with pytest.raises(ValueError, match=re.escape("RuntimeError: call `setup()` before `load(x=1)`")):
        thimble.data("theirs:load")


def test_a_file_name_need_not_be_utf_8(pets, capsys):
    os.rename(pets / "train" / "cat" / "5.png", os.fsencode(pets / "train" / "cat") + b"/\xe9.png")
    assert run_app(["data", "pets"]) == 0
    assert "training  24" in capsys.readouterr().out
