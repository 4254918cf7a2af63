"""Tiny idx files and scikit-learn's digits for the tests of `train`."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from train.data.dataset import open_dataset
from train.data.split import Split, split


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def idx_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes MNIST's four files with 12 and 6 random images of three classes and returns their folder."""

    def write(*, gz: bool = False) -> Path:
        folder = tmp_path / "MNIST" / "raw"
        folder.mkdir(parents=True)
        rng = np.random.default_rng(0)
        for part, n in (("train", 12), ("t10k", 6)):
            images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8).tobytes()
            labels = (np.arange(n, dtype=np.uint8) % 3).tobytes()
            for name, content in (
                (f"{part}-images-idx3-ubyte", struct.pack(">iiii", 2051, n, 28, 28) + images),
                (f"{part}-labels-idx1-ubyte", struct.pack(">ii", 2049, n) + labels),
            ):
                if gz:
                    (folder / f"{name}.gz").write_bytes(gzip.compress(content))
                else:
                    (folder / name).write_bytes(content)
        return folder

    return write


@pytest.fixture(scope="session")
def digits() -> Split:
    """1,250 digits to train on and 250 held out."""
    return split(open_dataset("digits", Path()), seed=0)


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Has what is prepared from then on kept in a folder of the test's own, and returns that."""

    def fresh(name: str) -> Path:
        (tmp_path / name).mkdir(exist_ok=True)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
        return tmp_path / name

    return fresh
