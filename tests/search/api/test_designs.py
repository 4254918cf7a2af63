"""What is asked of designs, data and spaces from Python is what the commands say, and errors speak of arguments."""

import json
import re
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

import thimble
from search.commands.main import run_app


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *words):
    assert run_app([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_counts_are_the_commands(here, capsys):
    counted, network = said(capsys, "count", "zoo/2000"), thimble.count("zoo/2000")
    assert {name: getattr(network, name) for name in ("parameters", "macs", "activation_bytes")} == {
        name: counted[name] for name in ("parameters", "macs", "activation_bytes")
    }


def test_predictions_and_comparisons_are_the_commands(here, capsys):
    digit = np.zeros((28, 28), np.uint8)
    digit[4:24, 13:16] = 250
    Image.fromarray(digit).save("one.png")
    shown, (seen,) = said(capsys, "predict", "zoo/2000", "one.png"), thimble.predict("zoo/2000", "one.png").every
    assert (shown["class"], shown["share"]) == (seen.answer, seen.share)
    assert run_app(["compare", "zoo/2000", "ladder-3/6", "--json"]) == 0
    shown = [json.loads(line)["parameters"] for line in capsys.readouterr().out.splitlines()]
    assert [one.design.architecture.parameters for one in thimble.compare("zoo/2000", "ladder-3/6")] == shown


def test_studies_are_listed_and_deleted(here, capsys, studied):
    shutil.copytree(studied[0] / "runs", "runs")
    assert run_app(["list", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    (listed,) = thimble.studies()
    assert (shown["study"], shown["budget"], shown["bytes"]) == (listed.name, listed.budget, listed.size)
    thimble.load(f"runs/{listed.name}").delete()
    assert thimble.studies() == []


@pytest.mark.slow
def test_a_space_is_the_commands(here, capsys):
    assert said(capsys, "space", "--budget", "2000")["share_inside_budget"] == dict(thimble.space(2_000).shares)


def test_data_is_the_commands(here, capsys):
    shown, opened = said(capsys, "data", "digits"), thimble.data("digits")
    assert (shown["digest"], shown["duplicates"]) == (opened.digest, opened.duplicates())
    assert opened.sheet().startswith(b"\x89PNG")


def test_a_network_of_the_zoo_predicts_whatever_the_callers_default_type(here):
    images = torch.zeros(2, 1, 28, 28)
    usual = thimble.network("zoo/2000")(images)
    torch.set_default_dtype(torch.float64)
    try:
        again = thimble.network("zoo/2000")(images)
    finally:
        torch.set_default_dtype(torch.float32)
    assert usual.shape == (2, 10)
    assert torch.equal(usual, again)


def test_training_is_the_commands_epoch_by_epoch(here, capsys):
    words = ("train", "c4 relu mp c10k1 gap", "--dataset", "digits", "--epochs", "2", "--json")
    assert run_app(list(words)) == 0
    *epochs, result = map(json.loads, capsys.readouterr().out.splitlines())
    torch.set_grad_enabled(False)
    try:
        *scores, trained = thimble.train("c4 relu mp c10k1 gap", "digits", epochs=2)
    finally:
        torch.set_grad_enabled(True)
    assert [score.accuracy for score in scores] == [epoch["accuracy"] for epoch in epochs]
    assert trained.score == result["score"]


class OfLargerImages(torch.nn.Module):
    """Whose last convolution is as large as the maps of images of 32x32."""

    def __init__(self):
        super().__init__()
        conv = torch.nn.Conv2d
        self.a, self.b, self.c = (conv(maps, 4, 3, bias=False) for maps in (1, 4, 4))
        self.head = conv(4, 2, 12, bias=False)

    def forward(self, x):
        x = torch.relu(self.b(torch.relu(self.a(x))))
        return self.head(torch.relu(self.c(torch.nn.functional.max_pool2d(x, 2)))).flatten(1)


def test_a_module_for_images_of_another_size_is_read_at_those_that_there_are(here):
    data = (np.arange(40 * 32 * 32, dtype=np.uint8).reshape(40, 32, 32), np.arange(40) % 2)
    notation = "1x32x32 c4 relu c4 relu mp c4 relu c2k12"
    search = thimble.Search(2_000, data, warm_start=OfLargerImages, folder="runs/own")
    assert search.settings.warm_start == notation
    *_, trained = thimble.train(OfLargerImages(), data, epochs=1)
    assert trained.parameters == thimble.count(notation).parameters
    with pytest.raises(ValueError, match=r"runs on 1x32x32: name it with that by its file, as '1x32x32 net\.py:Of"):
        thimble.count(OfLargerImages)


WRONG = [
    (lambda: thimble.Search(10), "the smallest that can be met is 132"),
    (lambda: thimble.Search(8_000, "digits", target=99.4), "`target` is an accuracy as a share .* 99.4 % is 0.994"),
    (lambda: thimble.Search(8_000, "digits", epochs=2.5), "`epochs` must be a whole number, not 2.5"),
    (lambda: thimble.Search(None, "digits"), "`budget` must be a whole number, not None"),
    (lambda: thimble.Search(True, "digits"), "`budget` must be a whole number, not True"),
    (lambda: thimble.Search(10**12, "digits"), "`budget` 1,000,000,000,000 is more than"),
    (lambda: thimble.Search(8_000, "digits", sampler="grid"), "`sampler` must be one of tpe"),
    (lambda: thimble.Search(8_000, "digits", executor="slurm"), "`executor` must be one of local, ray"),
    (lambda: thimble.Search(8_000, "digits", workers=1.5), "`workers` must be `auto` or a whole number"),
    (lambda: thimble.Search(8_000, "digits", folder="runs/.x"), "`folder` '.x' must be the name of a folder"),
    (lambda: thimble.Search(8_000, "nowhere"), "`data` nowhere is no folder or file"),
    (lambda: thimble.Search(8_000, 42), "`data` came as int"),
    (lambda: thimble.Search(8_000, "digits").run(timeout="2h"), "`timeout` must be a number"),
    (lambda: thimble.Search(8_000, "digits").run(0), "`trials` must be at least 1"),
    (lambda: thimble.Search(8_000, "digits").best, "there is no study in runs/digits-8000; `thimble.Search"),
    (lambda: thimble.load("zoo/8000"), r"is a design, not a study's folder; thimble.network\('zoo/8000'\)"),
    (lambda: thimble.load("c8 gap c10k1"), "is a design"),
    (
        lambda: thimble.load("runs/mine"),
        r"there is no study in runs/mine; `thimble.Search\(...\).run\(\)` begins one",
    ),
    (lambda: thimble.count("best"), r"no study in runs/ yet; `thimble.Search\(budget=8000\).run\(\)` begins one"),
    (lambda: thimble.network("c8 gap c10k1"), "has no trained weights"),
    (lambda: thimble.confirm("c8 gap c10k1", "digits", seeds="a"), "`seeds` must be a whole number, not 'a'"),
    (lambda: thimble.confirm("c8 gap", "digits"), "or other images with `data`"),
    (lambda: thimble.train("c8 gap c10k1", "digits", seed=-1), "`seed` must be from 0"),
    (lambda: thimble.export("zoo/2000", "torch.py"), "`output` torch.py would hide the module torch"),
    (lambda: thimble.space("8x"), "`budget` must be a whole number such as 8000, 8_000, 8,000, 8k or 0.5M, not '8x'"),
    (lambda: thimble.bench(data="digits", batch=1), "`batch` must be at least 2"),
    (lambda: thimble.compare("zoo/2000"), "compare needs two designs at least"),
    (lambda: thimble.predict("zoo/2000", "nope.png"), "a picture cannot be read: nope.png"),
    (lambda: thimble.predict("c8 gap c10k1", "nope.png"), "has no trained weights"),
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_cannot_be_is_a_value_error_of_one_line_that_speaks_of_arguments(here, call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    text = str(error.value)
    assert "\n" not in text
    assert not re.search(r"(^|[ `])--[a-z]|python -m search|`dataset`", text)
