"""What the command `predict` says of pictures, beside the network asked directly."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from search.commands.main import run_app
from search.outputs.network import network_of
from search.study.designs import find_design
from search.study.images import known_images

NAME = "digits-2000"
PICTURES = 12


@pytest.fixture(scope="module")
def folder(studied, tmp_path_factory):
    """A study, and test images of its data as pictures, those of two classes in folders of their own."""
    made = tmp_path_factory.mktemp("predict")
    shutil.copytree(studied[0] / "runs" / NAME, made / "runs" / NAME)
    (made / "pictures" / "deeper").mkdir(parents=True)
    test = known_images(find_design("best", NAME, made / "runs").folder).test()
    for number in range(PICTURES):
        place = made / "pictures" / ("deeper" if number % 2 else "") / f"{number}.png"
        Image.fromarray(test.images[number, 0].numpy()).save(place)
    (made / "pictures" / "notes.txt").write_text("no picture")
    return made


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)


def said(capsys, *words, code=0):
    assert run_app(["predict", *words]) == code
    return capsys.readouterr()


def objects(capsys, *words):
    return [json.loads(line) for line in said(capsys, *words, "--json").out.splitlines()]


def asked_directly(design):
    """The shares of the study's first test images, by the file's name, from torch alone."""
    import torch

    found = find_design(design, NAME, Path("runs"))
    data = known_images(found.folder)
    pixels = data.test().images[:PICTURES].float() / 255
    with torch.inference_mode():
        logits = network_of(found)((pixels - data.task.mean[0]) / data.task.std[0])
    return {f"{number}.png": row for number, row in enumerate(logits.softmax(1).tolist())}


@pytest.mark.parametrize("design", ["best", "0", f"{NAME}:1", NAME])
def test_shares_are_those_of_the_network(here, capsys, design):
    expected = asked_directly(design)
    rows = objects(capsys, design, "pictures")
    files = [row["file"] for row in rows]
    assert files == sorted(files, key=lambda file: ("deeper" in file, int(Path(file).stem)))
    assert len(rows) == PICTURES
    for row in rows:
        shares = expected[Path(row["file"]).name]
        assert list(row["shares"].values()) == pytest.approx(shares, abs=1e-5)
        assert row["class"] == str(int(np.argmax(shares)))
        assert row["share"] == max(row["shares"].values())


def test_three_forms_say_the_same(here, capsys):
    told = objects(capsys, "best", "pictures/0.png", "pictures/2.png")
    rows = list(csv.DictReader(io.StringIO(said(capsys, "best", "pictures/0.png", "pictures/2.png", "--csv").out)))
    head, *lines = said(capsys, "best", "pictures/0.png", "pictures/2.png").out.splitlines()
    assert head.split() == ["picture", "class", "share"]
    assert list(rows[0]) == ["file", "class", "share"]
    for one, row, line in zip(told, rows, lines, strict=True):
        assert (row["file"], row["class"], float(row["share"])) == (one["file"], one["class"], round(one["share"], 6))
        assert line.split() == [one["file"], one["class"], f"{100 * one['share']:.2f}", "%"]
    assert "leave one out" in said(capsys, "best", "pictures/0.png", "--csv", "--json", code=2).err


def test_a_picture_is_prepared_and_never_inverted(here, capsys):
    """Larger, in colour and transparent ones come to the same; one that is dark on light is said to be so."""
    image = Image.open("pictures/0.png")
    image.convert("RGB").save("colour.png")
    image.resize((56, 56), Image.Resampling.NEAREST).save("large.png")
    ImageOps.invert(image).save("inverted.png")
    changed = ("colour.png", "large.png", "inverted.png")
    plain, colour, large, inverted = objects(capsys, "best", "pictures/0.png", *changed)
    assert colour["shares"] == plain["shares"]
    assert list(large["shares"].values()) == pytest.approx(list(plain["shares"].values()), abs=0.05)
    assert inverted["shares"] != pytest.approx(plain["shares"], abs=1e-3)
    notes = said(capsys, "best", *changed).err
    assert "1 picture resized to 28x28" in notes
    assert "1 picture in colour made grey" in notes
    assert "1 picture looks dark on light (inverted.png), and the network has learnt light on dark" in notes
    assert "note" not in said(capsys, "best", "pictures/0.png").err


def test_all_that_cannot_be_read_is_named_before_anything_is_said(here, capsys):
    Path("broken.png").write_bytes(b"nonsense")
    Path("cut.png").write_bytes(Path("pictures/0.png").read_bytes()[:150])
    Path("none").mkdir(exist_ok=True)
    shown = said(capsys, "best", "pictures", "broken.png", "cut.png", "gone.png", code=2)
    (line,) = shown.err.splitlines()
    assert shown.out == ""
    for name in ("broken.png", "gone.png"):
        assert name in line
    assert "cut.png" in said(capsys, "best", "cut.png", "pictures/0.png", code=2).err
    assert "the folder none holds no picture" in said(capsys, "best", "none", code=2).err


def test_weights_are_asked_for(here, capsys, tmp_path, monkeypatch):
    assert "has no trained weights" in said(capsys, "c8 relu mp c10 gap", "pictures", code=2).err
    shutil.copytree("runs", tmp_path / "runs")
    shutil.copytree("pictures", tmp_path / "pictures")
    monkeypatch.chdir(tmp_path)
    file = Path("runs", NAME, "weights", "trial-00000.safetensors")
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "is damaged" in said(capsys, "0", "pictures", code=2).err
    file.unlink()
    assert f"{file} is gone; put a copy of it back" in said(capsys, "0", "pictures", code=2).err
