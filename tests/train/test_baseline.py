"""The loop that people write trains here, wherever its loader's processes come from."""

import multiprocessing
from dataclasses import replace

import pytest

from space.architecture import Architecture
from space.design import Design
from space.recipe import PLAIN_RECIPE
from train.baseline import baseline
from train.data.images import Images

DESIGN = Design(Architecture.parse("c4 relu mp c10 gap"), replace(PLAIN_RECIPE, batch_size=20))


@pytest.mark.slow
@pytest.mark.parametrize("methods", [["fork", "spawn"], ["spawn"]])
def test_loader_processes_start_where_there_is_no_fork_too(digits, monkeypatch, methods):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: methods)
    data = replace(
        digits,
        train=Images(digits.train.images[:60], digits.train.labels[:60]),
        held_out=Images(digits.held_out.images[:20], digits.held_out.labels[:20]),
    )
    epochs = baseline(DESIGN, data, loader_workers=1, device="cpu")
    assert next(epochs) > 0
    epochs.close()
