"""What is asked of designs, data and spaces from Python is what the commands say, and errors speak of arguments."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import thimble
from search.commands.main import run_app
from search.errors import UserError
from search.outputs import front
from train.data.dataset import UNREACHED
from train.data.unreached import remember


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


def test_a_studys_images_are_downloaded_whatever_became_of_mnist(here, studied, monkeypatch):
    tried = []
    monkeypatch.setattr("train.data.forms.named.download", lambda name, *_: tried.append(name) or "refused")
    monkeypatch.delenv("THIMBLE_DATA", raising=False)
    shutil.copytree(studied[0] / "runs", "runs")
    study, memory = thimble.load("runs/digits-2000"), here / "runs" / UNREACHED
    settings = json.loads(study.folder.joinpath("settings.json").read_text())
    settings["settings"]["data"] |= {"name": "svhn", "given": "svhn", "digest": "0" * 64}
    study.folder.joinpath("settings.json").write_text(json.dumps(settings))
    refused = r"SVHN is not in data and could not be downloaded \(refused\)"
    with pytest.raises(ValueError, match=refused):
        study.confirm(seeds=1, workers=1)
    assert not memory.exists(), "which speaks of MNIST"
    remember(memory, Path("data"), "no route")
    with pytest.raises(ValueError, match=refused):
        study.confirm(seeds=1, workers=1)
    assert tried == ["svhn", "svhn"]


def test_numbers_and_truth_values_may_be_numpys(here, studied):
    assert (
        thimble.data("digits", limit_images=np.int64(200)).digest == thimble.data("digits", limit_images=200).digest
    )
    one, other = (thimble.Search(2_000, "digits", deterministic=value) for value in (np.True_, True))
    assert one.settings == other.settings
    shutil.copytree(studied[0] / "runs", "runs")
    study = thimble.load("runs/digits-2000")
    first = study.leaderboard().iloc[0]
    network = thimble.count(first["trial"], study=study)  # which is a path, too
    assert (network.notation, network.parameters) == (first["notation"], first["parameters"])


def test_a_search_goes_on_with_what_its_study_has_unless_it_is_given(here, studied):
    new = thimble.Search(2_000, "digits", epochs=2).settings
    shutil.copytree(studied[0] / "runs", "runs")
    assert (new.target, new.pruner, new.sampler, new.patience) == (0.994, "screening", "tpe", None)
    others = ("--target", "98.5", "--pruner", "none", "--sampler", "random", "--patience", "5")
    assert run_app(["run", "--study", "digits-2000", "--trials", "1", "--finals", "0", *others]) == 0
    on = thimble.Search(2_000, "digits", epochs=2, folder="runs/digits-2000").settings
    assert (on.target, on.pruner, on.sampler, on.patience) == (0.985, "none", "random", 5)
    given = thimble.Search(
        2_000, "digits", epochs=2, folder="runs/digits-2000", target=0.97, pruner="median"
    ).settings
    assert (given.target, given.pruner, given.sampler) == (0.97, "median", "random")


def test_of_a_front_nothing_is_written_where_one_network_cannot_be_made(here, studied, compared_here, monkeypatch):
    shutil.copytree(studied[0] / "runs", "runs")
    study = thimble.load("runs/digits-2000")
    trained = [record for record in study.trials if record.score is not None]
    with monkeypatch.context() as patch:
        patch.setattr(front, "front_of", lambda _: (trained[0], trained[0]))
        patch.setattr(front, "export", failing_at_the_second(front.export))
        with pytest.raises(ValueError, match="no norm"):
            study.export_front("nets")
    assert list((here / "nets").iterdir()) == []
    written = study.export_front("nets")
    suffixes = sorted(path.suffix for path in (here / "nets").iterdir())
    assert suffixes == sorted([".py", ".safetensors"] * len(study.front))
    assert [one.parameters for one in written] == [record.parameters for record in study.front]


def failing_at_the_second(export):
    made = []

    def make(*words, **options):
        made.append(export(*words, **options))
        if len(made) > 1:
            raise UserError("no norm")
        return made[-1]

    return make


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


@pytest.mark.slow
def test_a_benchmark_leaves_torchs_random_state_as_it_was(here):
    before = torch.get_rng_state()
    (one,) = thimble.bench("zoo/2000", "digits", images=256, batch=64, repeats=1, workers=1)
    assert one.ratio > 0
    assert torch.equal(torch.get_rng_state(), before)


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
    (lambda: thimble.Search(8_000, "digits").best, "there is no study in .*/runs/digits-8000; `thimble.Search"),
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
    (lambda: thimble.predict("zoo/2000"), "predict needs a picture"),
    (lambda: thimble.data("digits", limit_images=200.5), "`limit_images` must be a whole number, not 200.5"),
    (lambda: thimble.data("digits", image_size="16"), "`image_size` must be a whole number, not '16'"),
    (lambda: thimble.data("digits", hold_out="some"), "`hold_out` must be a number, not 'some'"),
    (
        lambda: thimble.data("digits", hold_out=0.9999),
        "`hold_out` 0.9999 of 1,500 training images leaves 0 to train on",
    ),
    (lambda: thimble.data("digits", gray=1), "`gray` must be True or False, not 1"),
    (lambda: thimble.confirm("c8 gap c10k1", "digits", seeds=True), "`seeds` must be a whole number, not True"),
    (lambda: thimble.Search(8_000, "digits", minimize_parameters="false"), "`minimize_parameters` must be True or"),
    (lambda: thimble.Search(8_000, "digits", deterministic=None), "`deterministic` must be True or False, not None"),
    (lambda: thimble.Search(8_000, "digits", epochs=5_000), "`epochs` must be from 1 to 1,000, not 5,000"),
    (lambda: thimble.Search(8_000, "digits", folder=5), "`folder` must be a path, a text or a pathlib.Path, not 5"),
    (lambda: thimble.load(None), "`folder` must be a path"),
    (lambda: thimble.studies(5), "`runs` must be a path"),
    (lambda: thimble.data("digits", data_dir=5), "`data_dir` must be a path"),
    (lambda: thimble.export("zoo/2000", 5), "`output` must be a path"),
    (lambda: thimble.export("zoo/2000", force="no"), "`force` must be True or False, not 'no'"),
    (lambda: thimble.train("c8 gap c10k1", "digits", test="no"), "`test` must be True or False, not 'no'"),
    (lambda: thimble.train("best", "digits", study="runs/mine"), "`study` names one of: none yet"),
    (lambda: thimble.explain("c8 gap c10k1", "digits", undo=None), "`undo` must be True or False, not None"),
    (lambda: thimble.confirm("c8 gap c10k1", "digits", device="gpu"), "`device` must be one of auto, cpu, cuda, not"),
    (lambda: next(thimble.train("c8 gap c10k1", "digits", precision="fp16")), "`precision` must be one of auto"),
    (lambda: thimble.predict("zoo/2000", 5), "`pictures` must be a path"),
    (lambda: thimble.Search(8_000, "digits", storage=5), "`storage` must be a URL like"),
    (lambda: thimble.compare(torch.nn.Linear, "zoo/2000"), "compare takes designs by name"),
    (lambda: thimble.reproduce(None), "`reference` must name a published design"),
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_cannot_be_is_a_value_error_of_one_line_that_speaks_of_arguments(here, call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    text = str(error.value)
    assert "\n" not in text
    assert not re.search(r"(^|[ `])--[a-z]|python -m search|`dataset`", text)
