"""The command `export` and the files that it writes beside the module."""

import contextlib
import importlib.util
import json
import re
import runpy
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import thimble
from results.findings.confirmation import Confirmation, SeedRun
from search.commands.main import run_app
from search.errors import UserError
from search.outputs.evidence import evidence
from search.outputs.export import export as make_export
from search.outputs.files import WriteRefused
from search.outputs.targets import Targets
from search.replication.confirm import StoredConfirmation
from search.study.designs import find_design
from search.study.images import open_images
from space.architecture import Architecture
from space.task import DIGITS
from train.data.dataset import open_dataset
from train.data.preparation import Preparation
from train.data.split import split
from train.evaluation import evaluate
from train.fold import fold
from train.model import build

_NORMED = (
    "c6 bn silu mp [ c6k3p1g6 gbn16 prelu [ c6k1 relu ] c6k1b bn ] relu bn do0.1 c8k3p1g2 bn relu ap2 c10k6b gap"
)


def export(capsys, *arguments):
    """The facts that the command prints."""
    assert run_app(["export", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments):
    assert run_app(["export", *arguments]) == 2
    *notes, line = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert all(note.startswith("study ") for note in notes)  # which one is meant
    return line


def outputs(module, weights, images):
    """Logits of the exported module with the exported weights."""
    spec = importlib.util.spec_from_file_location("net", module)
    net = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(net)
    with torch.inference_mode():
        return net.load(weights)(images).numpy()


@pytest.fixture
def there(place, compared_here):
    return place


@pytest.fixture
def place(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THIMBLE_DATA", "")
    monkeypatch.setattr("train.data.forms.named.download", lambda name, folder, seconds: "no network here")
    return tmp_path


def mixed_up(model, seed=0):
    """Scales, shifts and running statistics as a training might leave them."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if tensor.dim() == 1:
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator) * (1 if "var" in name else 0.5))
    return model.eval()


@pytest.mark.parametrize("text", ["zoo/8000", _NORMED])
def test_a_folded_network_computes_the_same_in_fewer_layers(text):
    architecture = find_design(text, None, Path("runs")).design.architecture
    model = mixed_up(build(architecture, seed=2))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    folded, small = fold(model, architecture)
    images = torch.randn(8, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert torch.allclose(folded(images), model(images), atol=1e-4)
    assert sum(weights.numel() for weights in folded.parameters()) == small.parameters
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert not re.search(r"\bc\d\S* g?bn", small.notation)


def test_norms_elsewhere_are_kept():
    whole = Architecture.parse(_NORMED)
    _, small = fold(build(whole, seed=0), whole)
    assert small.notation == (
        "c6b silu mp [ c6k3p1g6b prelu [ c6k1 relu ] c6k1b ] relu bn do0.1 c8k3p1g2b relu ap2 c10k6b gap"
    )


@pytest.mark.slow
def test_all_files_of_a_folded_network_agree(place, capsys):
    whole = export(capsys, "zoo/8000", "-o", "a.py", "--weights", "a.safetensors", "--onnx", "a.onnx")
    facts = export(
        capsys,
        "zoo/8000",
        "--fold-bn",
        "-o",
        "b.py",
        "--weights",
        "b.safetensors",
        "--onnx",
        "b.onnx",
        "--opset",
        "9",
        "--card",
        "b.md",
    )
    assert whole["parameters"] == 7_384
    assert facts["parameters"] == 7_004
    assert onnx.load("b.onnx").opset_import[0].version == 9
    assert (whole["folded"], facts["folded"]) == (0, 15)
    assert facts["difference"] <= 1e-4
    images = torch.randn(65, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    logits = outputs("a.py", "a.safetensors", images)
    assert np.abs(outputs("b.py", "b.safetensors", images) - logits).max() <= 1e-4
    for file in ("a.onnx", "b.onnx"):
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        for batch in (1, 65):
            (came,) = session.run(None, {"images": images[:batch].numpy()})
            assert np.abs(came - logits[:batch]).max() <= 1e-4
    assert sum(tensor.numel() for tensor in load_file("b.safetensors").values()) == 7_004
    text = (place / "b.py").read_text()
    assert text.startswith('"""A network of 7,004 parameters')
    assert "As it was trained, with 7,384 parameters" in text
    assert "--data" not in text
    card = (place / "b.md").read_text()
    assert "| **in all** |  | **7,004** |" in card
    assert "test accuracy 99." in card
    assert "MIT licence" in card
    assert (
        sum(int(n.replace(",", "")) for n in re.findall(r"^\| [a-z]+\d+ .+x\d+ \| ([\d,]+) \|", card, re.M)) == 7_004
    )


_KINDS = [_NORMED, _NORMED.replace(" mp ", " mpb "), "c4 prelu1 mp c6 =prelu1 gap flatten fc8b =prelu1 fc10b"]


@pytest.mark.parametrize(("seed", "text"), list(enumerate(_KINDS)))
def test_every_kind_of_layer_goes_to_onnx(seed, text):
    from results.export.onnx_file import as_onnx, check
    from results.export.verify import ExportMismatch

    architecture = Architecture.parse(text)
    model = mixed_up(build(architecture, seed=seed), seed)
    images = torch.randn(64, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        logits = model(images).numpy()
    content = as_onnx(
        architecture, {name: t.numpy() for name, t in model.state_dict().items()}, task=DIGITS, about="a test"
    )
    assert check(content, images=images.numpy(), logits=logits) <= 1e-5
    with pytest.raises(ExportMismatch, match="ONNX file's logits differ"):
        check(content, images=images.numpy(), logits=logits + 1e-4)


def test_a_card_of_an_untrained_network(there, capsys):
    export(capsys, "ladder-3/6", "--card", "card.md")
    card = (there / "card.md").read_text()
    assert "not trained by this program" in card
    assert "its weights were not exported" in card
    assert "scikit-learn's 1,797 digits" in card


def test_a_card_of_the_zoo_says_how_its_network_was_chosen(there, capsys):
    export(capsys, "zoo/2000", "--card", "card.md")
    card = (there / "card.md").read_text()
    assert "Its origin: chosen by held-out accuracy among four networks; exported" in card
    assert "docs/log.md" not in card, "which is not where the card is"


def test_a_distilled_network_says_that_it_does_not_train_itself(there, capsys, monkeypatch):
    from search.study import designs
    from space.recipe import DEFAULT_RECIPE

    monkeypatch.setattr(designs, "DEFAULT_RECIPE", replace(DEFAULT_RECIPE, distillation=0.5))
    for more in ([], ["--json", "--force"]):
        assert run_app(["export", "c4 relu mp c10 gap", *more]) == 0
        assert "note: " in (err := capsys.readouterr().err)
        assert "distillation" in err
    assert "distillation), so this file does not train it again" in (text := (there / "net.py").read_text())
    assert "--data" not in text
    distilled = refused(capsys, "c4 relu mp c10 gap", "--data", "net.npz", "--force")
    assert "and one that learned from a larger network does not train; leave --data out" in distilled


def test_what_cannot_be_exported_is_refused_and_nothing_is_written(there, capsys, monkeypatch):
    assert "nothing to fold; leave --fold-bn out" in refused(capsys, "ladder-3/6", "--fold-bn")
    assert "--onnx and --card both name x" in refused(capsys, "zoo/8000", "--onnx", "x", "--card", "./x")
    assert "does not exist" in refused(capsys, "zoo/8000", "--onnx", "no/x.onnx")
    assert "has no trained weights" in refused(capsys, "ladder-3/6", "--weights", "w.pt")
    assert "and one for MNIST reads MNIST's four idx files; leave --data out" in refused(
        capsys, "zoo/2000", "--data", "net.npz"
    )
    assert "and with --fold-bn it does not train" in refused(capsys, "zoo/8000", "--fold-bn", "--data", "net.npz")
    from results.export import onnx_file

    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    assert "pip install 'thimble[onnx]'" in refused(capsys, "zoo/8000", "--onnx", "x.onnx")
    (there / "card.md").write_text("mine")
    assert "exists" in refused(capsys, "zoo/8000", "--card", "card.md")
    assert [path.name for path in there.iterdir()] == ["card.md"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "net.c"), "--output writes a Python file, so its name must end in .py, not net.c; other runtimes"),
        (("-o", "net"), "--output writes a Python file"),
        (("-o", "net.onnx"), "export writes net.onnx with --onnx"),
        (("--onnx", "x.tflite"), "must end in .onnx, not x.tflite; other runtimes convert from --onnx NAME.onnx"),
        (("--weights", "x.tflite"), "must end in .safetensors or .pt or .pth, not x.tflite; other runtimes convert"),
        (("--weights", "x.onnx"), "export writes x.onnx with --onnx"),
        (("--weights", "x.py"), "export writes x.py with --output"),
        (("--card", "card.pdf"), "--card writes Markdown"),
        (("-o", "torch.py"), "--output torch.py would hide the module torch"),
        (("-o", "numpy.py"), "would hide the module numpy"),
        (("-o", "gzip.py"), "would hide the module gzip"),
        (
            ("-o", "zoo-2000.py", "--card", "net.md"),
            "--output zoo-2000.py cannot be imported by its name, as the card",
        ),
        (("-o", "class.py", "--card", "net.md"), "--output class.py cannot be imported by its name"),
        (("--opset", "9"), "name one with --onnx"),
        (("--onnx", "x.onnx", "--opset", "8"), "--opset must be from 9 to 17, not 8"),
        (("--onnx", "x.onnx", "--opset", "18"), "--opset must be from 9 to 17, not 18"),
    ],
)
def test_a_name_that_says_something_else_is_refused_with_the_right_option(there, capsys, arguments, words):
    assert words in refused(capsys, "zoo/2000", *arguments)
    assert not list(there.iterdir())


def test_the_module_loads_weights_of_both_kinds(there, capsys):
    export(capsys, "zoo/2000", "--weights", "net.pt")
    done = subprocess.run([sys.executable, "-I", "net.py", "net.pt"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1876 parameters\n")
    theirs, weights = load_file(find_design("zoo/2000", None, there).weights), torch.load("net.pt")
    assert theirs.keys() == weights.keys()
    assert all(torch.equal(theirs[name], weights[name]) for name in theirs)
    save_file(theirs, "net.safetensors")
    images = torch.rand(2, 1, 28, 28)
    assert (outputs("net.py", "net.pt", images) == outputs("net.py", "net.safetensors", images)).all()


@pytest.mark.parametrize("opset", [9, 10, 11, 13, 14, 15, 16, 17])
def test_operators_of_every_age(opset):
    from results.export.onnx_file import as_onnx, check

    architecture = Architecture.parse(_NORMED.replace(" mp ", " mpb "))
    model = mixed_up(build(architecture, seed=0))
    images = torch.randn(64, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        logits = model(images).numpy()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    content = as_onnx(architecture, weights, opset=opset, task=DIGITS, about="a test")
    assert check(content, images=images.numpy(), logits=logits) <= 1e-5
    read = onnx.load_from_string(content)
    assert [operators.version for operators in read.opset_import] == [opset]
    assert read.ir_version == {9: 4, 10: 5, 11: 6}.get(opset, 7 if opset < 15 else 8)


def write_as_mnist(folder, *, shift=0):
    """The digits as MNIST's four files. shift: by how many places labels are off."""
    folder.mkdir(exist_ok=True)
    for part, images in (
        ("train", open_dataset("digits", Path()).training()),
        ("t10k", open_dataset("digits", Path()).test()),
    ):
        for name, array in (("images-idx3", images.images.squeeze(1)), ("labels-idx1", images.labels.roll(shift))):
            head = bytes([0, 0, 8, array.dim()]) + np.array(array.shape, ">i4").tobytes()
            (folder / f"{part}-{name}-ubyte").write_bytes(head + array.to(torch.uint8).numpy().tobytes())


@pytest.fixture
def trial(studied, there):
    """The best trial of a study in a place of its own."""
    shutil.copytree(studied[0] / "runs", there / "runs")
    return find_design("best", None, there / "runs")


def damaged(content, kind, others):
    head = 8 + int.from_bytes(content[:8], "little")
    match kind:
        case "zeroed":
            return content[:head] + bytes(len(content) - head)
        case "a zeroed page":
            return content[:head] + bytes(2048) + content[head + 2048 :]
        case "flipped":
            return content[:-1] + bytes([content[-1] ^ 1])
        case "cut":
            return content[:-4]
    return others


def forget_digests(folder):
    """As a study of 0.2 is, which has none."""
    with contextlib.closing(sqlite3.connect(folder.database)) as database:
        assert database.execute("DELETE FROM trial_user_attributes WHERE key = 'weights sha256'").rowcount
        database.commit()


@pytest.mark.parametrize("kind", ["zeroed", "a zeroed page", "flipped", "cut", "another trial's"])
def test_damaged_weights_are_named_and_nothing_is_written(trial, there, capsys, kind):
    others = next(f for f in trial.folder.weights.iterdir() if f != trial.weights).read_bytes()
    trial.weights.write_bytes(damaged(trial.weights.read_bytes(), kind, others))
    for files in ((), ("--weights", "w.pt"), ("--onnx", "x.onnx")):
        line = refused(capsys, "best", *files)
        assert f"{trial.weights.name} is damaged" in line
        assert line.endswith("; put a copy of it back, or train the design again")
    assert [path.name for path in there.iterdir()] == ["runs"]
    with pytest.raises(ValueError, match="is damaged"):
        thimble.network("best")


def test_weights_that_are_gone_are_not_initial_ones_instead(trial, there, capsys):
    file = trial.weights
    file.unlink()
    for files in (("--weights", "w.pt"), ("--onnx", "x.onnx")):
        assert f"{file.name} is gone" in refused(capsys, "best", *files)
    assert export(capsys, "best")["trained"] is False


@pytest.mark.slow
def test_the_module_finds_its_weights_beside_it_whatever_they_are_called(trial, there, capsys):
    export(capsys, "-o", "small.py", "--weights", "mine of 'today'.pt")
    Image.new("L", (28, 28)).save("picture.png")
    done = subprocess.run([sys.executable, "small.py", "picture.png"], capture_output=True, text=True, check=True)
    assert "picture.png" in done.stdout
    assert "mine of 'today'.pt" in Path("small.py").read_text()


def test_a_trained_network_scores_what_its_study_says(trial, capsys):
    facts, last = export(capsys, "best"), trial.record.accuracies[-1]
    assert (facts["parameters"], facts["images"]) == (trial.record.parameters, 256)
    assert facts["difference"] <= 1e-6
    assert run_app(["export", "best", "--force"]) == 0
    sentence = f"it scores {100 * last:.2f} % on 250 held-out images, as the study says\n"
    assert capsys.readouterr().out.endswith(sentence)
    facts = export(capsys, "best", "--fold-bn", "--force")
    assert facts["rescored"] == {"accuracy": last, "said": last, "images": 250}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_study_in_bf16_may_have_turned_one_picture_in_100(trial, there, capsys, precision):
    """It is scored again in fp32; more of its pictures are on the border than another machine turns."""
    source = open_dataset("digits", Path(), preparation=Preparation(hold_out=0.5))
    settings = json.loads(trial.folder.settings_file.read_text())
    settings["identity"]["precision"] = precision
    trial.folder.settings_file.write_text(json.dumps(settings))
    parts = split(source, seed=settings["identity"]["seed"])
    reached, _ = evaluate(thimble.network("best"), parts.held_out, parts.mean, parts.std)
    images = len(parts.held_out)
    apart = images // 200
    assert apart > 2

    def rescored(pictures):
        said = replace(trial.record, accuracies=(reached - pictures / images,))
        found, targets = replace(trial, record=said), Targets(module=there / "net.py")
        return make_export(found, targets, source=source, runs=there / "runs").rescored

    if precision == "bf16":
        assert rescored(apart).pictures == apart
    with pytest.raises(UserError, match="these are other images than those of the study"):
        rescored(apart if precision == "fp32" else images // 100 + 1)


def test_what_is_said_of_a_trial_does_not_contradict_itself(trial, there, monkeypatch):
    """Of one that nobody chose, of one that is confirmed, of ends of other kinds."""

    def told(**changes):
        found = replace(trial, **changes)
        return evidence(found, source, runs=there / "runs", parameters=1).scores

    source = open_images(trial.folder, None, there)
    chosen, unread = "chosen on held-out images, so a little optimistic", "nothing was scored on the test set"
    assert f"digits: {chosen}; {unread}" in told()
    assert f"digits: {chosen}; {unread}" in told(selection=None, of_front=True)
    another = "of held-out images, by which the search chooses, so a little optimistic"
    assert f"digits: {another}; {unread}" in told(selection=None)
    screened = replace(trial.record, verdict="pruned", score=None, accuracies=(), screened=0.875)
    assert told(record=screened, selection=None) == ("pruned, held-out accuracy 87.50 % in screening",)
    ended = replace(screened, accuracies=(0.5, 0.75))
    assert told(record=ended, selection=None) == ("pruned, held-out accuracy 75.00 % after epoch 2",)
    failed = replace(screened, verdict="failed", screened=None)
    assert told(record=failed, selection=None) == ("failed, no score",)
    run = SeedRun(seed=1001, accuracies=(0.5, 0.9), training_accuracies=(0.5, 0.9), seconds=1.0)
    confirmation = Confirmation(runs=(run,), epochs=2, last_epochs=1)
    stored = StoredConfirmation(confirmation=confirmation, precision="fp32", weights=(there / "none",))
    monkeypatch.setattr("search.outputs.evidence.stored_confirmation", lambda *_, **__: stored)
    assert f"digits: {chosen}" in told()
    assert unread not in " ".join(told())
    assert f"digits: {another}" in told(selection=None)
    assert "the weights here are those of the search" in " ".join(told())
    trial.weights.unlink()
    for without in ({}, {"record": screened, "selection": None}):
        assert "the weights here are initial ones" in " ".join(told(**without))


@pytest.mark.parametrize(
    ("given", "others"), [(False, "seeds and held-out images"), (True, "seeds, on the same held")]
)
def test_an_exported_file_says_whether_finals_had_other_held_out_images(trial, given, others):
    found = replace(trial, record=replace(trial.record, finals=(0.5, 0.6)))
    source = replace(open_dataset("digits", Path()), held_out_given=given)
    said = evidence(found, source, runs=Path("runs"), parameters=2000)
    assert said.scores[0].partition(" with other ")[2].startswith(others)


def test_an_exported_file_scores_as_many_last_epochs_as_the_study(trial, there):
    source = open_dataset("digits", Path())
    settings = json.loads(trial.folder.settings_file.read_text())
    design = replace(trial.design, recipe=replace(trial.design.recipe, epochs=12))

    def last_epochs(found):
        return evidence(found, source, runs=Path("runs"), parameters=2000).last_epochs

    for hold in (1, 7, 12):
        settings["identity"]["hold"] = hold
        trial.folder.settings_file.write_text(json.dumps(settings))
        assert last_epochs(replace(trial, design=design)) == hold
    assert last_epochs(replace(trial, design=design, record=None, folder=None)) == 4
    kept = find_design("zoo/2000", None, Path("runs"))
    assert last_epochs(kept) == kept.zoo.last_epochs


def test_zeroed_weights_without_a_digest_are_found_by_what_they_score(trial, there, capsys):
    """They were exported as "checked … differ by at most 0"."""
    forget_digests(trial.folder)
    assert export(capsys, "best")["rescored"]["images"] == 250
    trial.weights.write_bytes(damaged(trial.weights.read_bytes(), "zeroed", b""))
    line = refused(capsys, "best", "--weights", "w.pt", "--force")
    assert f"on 250 held-out images, and the study says {100 * trial.record.accuracies[-1]:.2f} %" in line
    assert f"{trial.weights.name} is damaged, or these are other images" in line


def test_a_network_goes_without_its_images_and_without_a_download(trial, there, capsys, monkeypatch):
    """Those of MNIST were there once; what normalises its pixels is known."""

    def never(*_):
        raise AssertionError("an export downloads nothing")

    monkeypatch.setattr("train.data.forms.named.download", never)
    settings = json.loads(trial.folder.settings_file.read_text())
    settings["identity"]["dataset"], settings["data_dir"] = "mnist", str(there / "moved")
    del settings["settings"]["data"]  # as versions before 0.4 have it
    trial.folder.settings_file.write_text(json.dumps(settings))
    assert run_app(["export", "best", "--weights", "net.pt", "--onnx", "net.onnx", "--card", "net.md"]) == 0
    out = capsys.readouterr().out
    assert "its outputs on 256 random images differ by at most" in out
    assert out.endswith("; not scored again, as its images are not on this machine\n")
    assert "MEAN, STD = 0.1307, 0.3081" in (there / "net.py").read_text()
    assert "does not have the images of study" in refused(capsys, "best", "--data-dir", str(there), "--force")


def test_images_are_found_where_they_have_moved_and_others_are_told_apart(trial, there, capsys, monkeypatch):
    """These are the digits of the study, and then with other labels."""
    settings = json.loads(trial.folder.settings_file.read_text())
    settings["identity"]["dataset"], settings["data_dir"] = "mnist", str(there / "moved")
    del settings["settings"]["data"]  # as versions before 0.4 have it
    trial.folder.settings_file.write_text(json.dumps(settings))
    write_as_mnist(there / "data")
    found = find_design("best", None, Path("runs"))
    assert open_images(found.folder, None, Path("data")).root == Path("data")
    assert found.source_here(None, Path("data")).root == Path("data")
    assert run_app(["export", "best"]) == 0
    assert "as the study says" in capsys.readouterr().out
    write_as_mnist(there / "data", shift=1)
    assert "these are other images than those of the study; name their folder with --data-dir" in refused(
        capsys, "best", "--force"
    )


def test_an_export_is_a_value_that_is_written_when_it_is_told_to(there, two_threads):
    """And torch computes afterwards as it did before."""
    tiny = torch.tensor([1e-39])
    targets = Targets(module=there / "a.py", weights=there / "a.safetensors")
    made = make_export(
        find_design("zoo/2000", None, there), targets, source=open_dataset("digits", Path()), runs=there
    )
    assert (torch.get_num_threads(), (tiny * 0.5).item() > 0) == (2, True)
    assert list(there.iterdir()) == []
    made.write(force=False)
    assert {path: path.read_bytes() for path in there.iterdir()} == made.contents
    with pytest.raises(WriteRefused, match="exists"):
        made.write(force=False)


@pytest.mark.parametrize(
    ("notation", "shape", "classes"),
    [
        ("3x32x32 c8 relu mp gap c10k1", "3, 32, 32", 10),
        ("c8 relu gap c5k1", "1, 28, 28", 5),
        ("1x14x20 c4 gap c10k1", "1, 14, 20", 10),
    ],
)
def test_a_notation_for_other_images_is_exported_for_these(there, capsys, monkeypatch, notation, shape, classes):
    """Not for those that happen to be on this machine."""
    assert run_app(["export", notation, "--onnx", "net.onnx", "--card", "net.md"]) == 0
    assert "its outputs on 256 random images differ by at most" in capsys.readouterr().out
    module = (there / "net.py").read_text()
    assert f"SHAPE = {shape}" in module or f"SHAPE = ({shape})" in module
    monkeypatch.setattr(sys, "argv", ["net.py"])
    runpy.run_path("net.py", run_name="__main__")
    assert "parameters" in capsys.readouterr().out
    names = json.loads(next(p.value for p in onnx.load(there / "net.onnx").metadata_props if p.key == "classes"))
    assert len(names) == classes
    assert "MNIST" not in (there / "net.md").read_text()
    assert "handwritten" not in (there / "net.md").read_text()
    assert "--data needs the images that" in refused(capsys, notation, "--data", "images.npz", "--force")
