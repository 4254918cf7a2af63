"""The training that an exported module brings along, beside the training loop that it stands for."""

import gzip
import importlib.util
from dataclasses import replace

import numpy as np
import pytest
import torch

from results.export import render
from space.architecture import Architecture
from space.design import Design
from space.recipe import (
    PLAIN_RECIPE,
    Affine,
    Constant,
    Cosine,
    ExponentialDecay,
    Jitter,
    OneCycle,
    ReduceOnPlateau,
    Rotation,
    StepDecay,
)
from tests.results.test_export import EVIDENCE
from train.data import Images, Source, Split, load_test, load_training
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
        weight_decay=0.05,
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


def write_idx(folder, split):
    """`split` as MNIST's four files: the training images raw, the others gzipped."""
    for part, images in (("train", split.train), ("t10k", split.held_out)):
        for name, array in (("images-idx3", images.images.squeeze(1)), ("labels-idx1", images.labels)):
            head = bytes([0, 0, 8, array.dim()]) + np.array(array.shape, ">i4").tobytes()
            content = head + array.to(torch.uint8).numpy().tobytes()
            if part == "train":
                (folder / f"{part}-{name}-ubyte").write_bytes(content)
            else:
                (folder / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """300 training and all test digits, as a split and as a folder of idx files."""
    source, folder = Source(name="digits"), tmp_path_factory.mktemp("idx")
    images = load_training(source)
    split = Split(
        train=Images(images.images[:301], images.labels[:301]),  # the last batch of 32 has 13
        held_out=load_test(source),
        mean=EVIDENCE.mean,
        std=EVIDENCE.std,
    )
    write_idx(folder, split)
    return split, folder


def module_of(design, folder):
    """The exported module, imported."""
    file = folder / "net.py"
    file.write_text(render(design, EVIDENCE))
    spec = importlib.util.spec_from_file_location("net", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", _RECIPES)
def test_an_exported_training_is_the_loops_own(name, digits, tmp_path):
    """The same first weights, order and augmentation: losses, scores and final weights agree up to rounding."""
    split, folder = digits
    design = Design(Architecture.parse(_NETWORK), _RECIPES[name])
    torch.set_num_threads(1)
    model = build(design.architecture, seed=5)
    known = list(train(model, design.recipe, split, seed=5))
    came = [(loss, score, net) for net, loss, score in module_of(design, tmp_path).train(folder, seed=5)]
    assert [loss for loss, _, _ in came] == pytest.approx([score.loss for score in known], rel=1e-3)
    mine, theirs = _logits(model, split), _logits(came[-1][2], split)
    assert float((mine - theirs).abs().mean()) < 0.1 * float(mine.std())


def _logits(net, split):
    with torch.inference_mode():
        return net.eval()((split.held_out.images / 255 - split.mean) / split.std)
