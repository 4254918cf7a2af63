"""Records made by hand, and digits as MNIST's files."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from results.findings.records import TrialRecord
from space.recipe import PLAIN_RECIPE
from train.data.dataset import open_dataset
from train.data.images import Images
from train.data.split import Split

NOTATION = "c4 relu c4 relu mp c4 relu gap c10k1"


@pytest.fixture(scope="session")
def make_record():
    def make(trial, score=None, **changes):
        values = {
            "trial": trial,
            "verdict": "trained" if score is not None else "pruned",
            "reason": "",
            "origin": "sampler",
            "notation": NOTATION,
            "parameters": 364,
            "macs": 124_000,
            "receptive_field": 24,
            "recipe": PLAIN_RECIPE,
            "fingerprint": f"{trial:016x}",
            "score": score,
            "merit": score or 0.0,
            "accuracies": (0.2, score or 0.5),
            "training_accuracies": (0.2, 0.4),
            "losses": (2.0, 1.0),
            "seconds": 3.0,
            "finished": "2026-01-01T00:00:00",
            "images": 10_000,
        }
        return TrialRecord(**values | changes)

    return make


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """301 training digits (of which batches of 32 leave 13) and all test digits: a split, and the folder MNIST/raw of
    the same as idx files."""
    folder = tmp_path_factory.mktemp("idx") / "MNIST" / "raw"
    folder.mkdir(parents=True)
    source = open_dataset("digits", Path())
    images = source.training()
    few = Images(images.images[:301], images.labels[:301])
    split = Split(train=few, held_out=source.test(), mean=(0.1307,), std=(0.3081,))
    for part, images in (("train", split.train), ("t10k", split.held_out)):
        for name, array in (("images-idx3", images.images.squeeze(1)), ("labels-idx1", images.labels)):
            head = bytes([0, 0, 8, array.dim()]) + np.array(array.shape, ">i4").tobytes()
            content = head + array.to(torch.uint8).numpy().tobytes()
            if part == "train":
                (folder / f"{part}-{name}-ubyte").write_bytes(content)
            else:
                (folder / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))
    return split, folder
