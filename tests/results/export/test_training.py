"""The training that an exported module brings along, beside the training loop that it stands for."""

import importlib.util
import os
import random
import runpy
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from results.export.module import render
from space.architecture import Architecture
from space.augmentations import Affine, Jitter, Rotation
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.design import Budget, Design
from space.recipe import PLAIN_RECIPE, Constant, Cosine, ExponentialDecay, OneCycle, ReduceOnPlateau, StepDecay
from space.task import DIGITS
from tests.amounts import slow, soak
from tests.results.export.test_module import EVIDENCE
from train.loop import train
from train.model import build

_NETWORK = "c6 gbn16 silu mp [ c6k3p1g6 gbn16 prelu [ c6k1 relu ] c6k1 bn ] relu c8k3p1g2 bn relu mp gap c10k1b"
_AFFINE = Affine(degrees=10.0, translate=0.07, scale=0.1, shear=5.0, interpolation="bilinear")
_TURN = Rotation(degrees=7.0, interpolation="bilinear")
_JITTER = Jitter(brightness=0.4, contrast=0.3)
_BARE = replace(PLAIN_RECIPE, batch_size=32, augmentation=(), weight_decay=0.0, epochs=3)
_SGD = replace(_BARE, optimizer="sgd", learning_rate=0.05, schedule=Constant())
_RECIPES = {
    "sgd": _SGD,
    "sgd without momentum": replace(_SGD, momentum=0.0, nesterov=True),
    "sgd nesterov, steps": replace(
        _SGD, nesterov=True, weight_decay=0.01, schedule=StepDecay(every=2, factor=0.1), augmentation=(_TURN,)
    ),
    "sgd one cycle": replace(_SGD, schedule=OneCycle(warmup=0.2, start_divisor=10.0, end_divisor=50.0)),
    "sgd plateau": replace(
        _SGD,
        learning_rate=0.005,
        momentum=0.0,
        schedule=ReduceOnPlateau(factor=0.1, patience=0),
        augmentation=(replace(_TURN, degrees=45.0), replace(_JITTER, brightness=0.9, contrast=0.9)),
        epochs=8,
    ),
    "adam, exponential, jitter": replace(
        _BARE, optimizer="adam", weight_decay=0.01, schedule=ExponentialDecay(factor=0.7), augmentation=(_JITTER,)
    ),
    "adam, composed warps": replace(
        _BARE, optimizer="adam", schedule=Constant(), augmentation=(_TURN, _AFFINE, _JITTER, _TURN), fade=0.4
    ),
    "adamw, average, fade": replace(
        _BARE,
        weight_decay=5.0,
        decay_vectors=False,
        schedule=OneCycle(anneal="linear"),
        augmentation=(_AFFINE,),
        label_smoothing=0.1,
        ema=0.9,
        fade=0.5,
    ),
    "adamw, average alone": replace(_BARE, schedule=Constant(), ema=0.99),
    "muon, cosine": replace(_BARE, optimizer="muon", weight_decay=0.05, schedule=Cosine(), ema=0.9),
    "muon, one cycle": replace(_BARE, optimizer="muon", weight_decay=0.05, decay_vectors=False, momentum=0.8),
}


def module_of(design, folder, evidence=EVIDENCE):
    """The exported module, imported."""
    file = folder / "net.py"
    file.write_text(render(design, evidence))
    spec = importlib.util.spec_from_file_location("net", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_OF_ALL_KINDS = (
    "c6s2 lne lrelu0.2 [ c6k3p1 gn2 prelu1 | c6k1 ] { c4k3p1 ln gelu | mp3s1p1 } "
    "eca3 se2b c10k3p1 =conv5 aap2 flatten fc12 bn tanh fc10b"
)
_FEW = [("adamw, average, fade", _NETWORK), ("muon, one cycle", _OF_ALL_KINDS)]
_TRAININGS = [(name, _NETWORK) for name in _RECIPES]
_TRAININGS += [("muon, one cycle", _OF_ALL_KINDS), ("adamw, average, fade", _OF_ALL_KINDS)]


@pytest.mark.parametrize(
    ("name", "network"),
    [pytest.param(*one, marks=() if one in _FEW else pytest.mark.slow) for one in _TRAININGS],
)
def test_an_exported_training_is_the_loops_own(name, network, digits, tmp_path):
    """The same first weights, order and augmentation: losses, scores and final weights agree up to rounding."""
    split, folder = digits
    design = Design(Architecture.parse(network), _RECIPES[name])
    torch.set_num_threads(1)
    model = build(design.architecture, seed=5)
    known = list(train(model, design.recipe, split, seed=5))
    came = [(loss, score, net) for net, loss, score in module_of(design, tmp_path).train(folder, seed=5)]
    assert [loss for loss, _, _ in came] == pytest.approx([score.loss for score in known], rel=1e-3)
    mine, theirs = _logits(model, split), _logits(came[-1][2], split)
    assert float((mine - theirs).abs().mean()) < 0.05 * float(mine.std())


def _logits(net, split):
    with torch.inference_mode():
        return net.eval()((split.held_out.images / 255 - split.mean[0]) / split.std[0])


def ran(file, *arguments):
    """What the exported file does as a program, in a clean interpreter."""
    run = [sys.executable, "-I", str(file), *map(str, arguments)]
    few = {**os.environ, "OMP_NUM_THREADS": "1"}  # threads, beside other tests
    return subprocess.run(run, capture_output=True, text=True, check=False, cwd=file.parent, env=few)


@pytest.mark.parametrize(
    ("epochs", "said"),
    [
        (6, "99.20%, mean of the last 4 epochs"),
        (7, "99.50%, mean of the last 2 epochs"),
        (2, "99.00%, the last epoch"),
    ],
)
def test_the_accuracy_is_of_as_many_last_epochs_as_in_the_study(epochs, said, tmp_path, monkeypatch, capsys):
    design = Design(Architecture.parse(_NETWORK), replace(_SGD, epochs=6))
    module = module_of(design, tmp_path, replace(EVIDENCE, last_epochs=4))
    scores = (0.9, 0.99, 0.99, 0.99, 0.99, 0.998, 0.992)[:epochs]
    monkeypatch.setattr(module, "train", lambda *_: ((None, 0.1, score) for score in scores))
    module.run(None, 0, epochs, None)
    assert capsys.readouterr().out.splitlines()[-1] == f"test accuracy {said}"


def test_no_accuracy_of_less_than_all_is_printed_as_all(tmp_path, monkeypatch, capsys):
    module = module_of(Design(Architecture.parse(_NETWORK), _SGD), tmp_path)
    monkeypatch.setattr(module, "train", lambda *_: ((None, 0.1, score) for score in (0.99996, 1.0)))
    module.run(None, 0, 2, None)
    first, second, _ = capsys.readouterr().out.splitlines()
    assert "test 99.99% " in first
    assert "test 100.00% " in second
    assert module.percent(0.9997, 1) == "99.9%"  # as the share of a picture's class is printed


def test_the_file_trains_saves_and_loads(digits, tmp_path):
    _, folder = digits
    recipe = replace(_RECIPES["adamw, average, fade"], epochs=2)
    file, design = tmp_path / "net.py", Design(Architecture.parse(_NETWORK), recipe)
    file.write_text(render(design, replace(EVIDENCE, last_epochs=2)))
    done = ran(file, "--data", folder.parent.parent, "--epochs", 2, "--save", "w.safetensors")
    assert done.returncode == 0, done.stderr
    *epochs, last = done.stdout.splitlines()
    assert [line.partition("loss")[0].strip() for line in epochs] == ["epoch   1 of 2", "epoch   2 of 2"]
    assert last.endswith("mean of the last 2 epochs")
    assert ran(file, "w.safetensors").stdout.startswith(f"{design.architecture.parameters} parameters")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--data", "."), "must hold train-images-idx3-ubyte or train-images-idx3-ubyte.gz"),
        (("no.safetensors",), "no.safetensors cannot be loaded as the weights of this network ("),
        *slow((("net.py",), "net.py cannot be loaded as the weights of this network (")),
        *slow((("--data", ".", "--save", "no/w.pt"), "the folder of no/w.pt does not exist")),
    ],
)
def test_the_file_says_what_is_missing(arguments, line, tmp_path, monkeypatch, capsys):
    file = tmp_path / "net.py"
    file.write_text(render(Design(Architecture.parse(_NETWORK), _SGD), EVIDENCE))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["net.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(file), run_name="__main__")
    assert ended.value.code
    said = capsys.readouterr().err or str(ended.value)
    assert line in said.splitlines()[-1]


def test_every_drawn_design_makes_a_clean_file(tmp_path):
    """Nothing unused, nothing undefined, nothing too long, whatever the recipe."""
    rng = random.Random(0)
    for number in range(soak("DRAWS", 24)):
        values = draw(rng.choice(["core", "wide", "taught"]), "inside", rng, task=DIGITS, augment="digits")
        design = design_from(values, space="wide", budget=Budget(parameters=8_000), epochs=15, task=DIGITS)
        (tmp_path / f"net{number}.py").write_text(render(design, EVIDENCE))
    for name, recipe in _RECIPES.items():
        design = Design(Architecture.parse(_NETWORK), recipe)
        (tmp_path / f"{name.replace(' ', '_')}.py").write_text(render(design, EVIDENCE))
    checks = ["check", "--isolated", "--select", "E,F,W,I", "--line-length", "118", "--output-format", "concise"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *checks, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
