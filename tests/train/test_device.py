"""Devices and precisions: what is refused, what bfloat16 does, and on a GPU, that it trains as the CPU does."""

from dataclasses import replace

import pytest
import torch

from space.architecture import Architecture
from space.recipe import PLAIN_RECIPE
from train.data.images import Images
from train.device import BadDevice, choose
from train.fast import machine
from train.loop import train
from train.model import build

NET = Architecture.parse("c6 relu bn c8 bn relu mp c8k1 relu c10 relu bn gap c10k1")
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here")


@pytest.fixture(scope="module")
def few(digits):
    first = lambda images, n: Images(images.images[:n], images.labels[:n])  # noqa: E731
    return replace(digits, train=first(digits.train, 300), held_out=first(digits.held_out, 100))


def test_a_device_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadDevice, match=r"`device` cuda needs a GPU.*use `device` cpu"):
        choose("cuda", "auto")
    assert choose("auto", "auto") == ("cpu", "fp32")


@pytest.mark.parametrize(
    ("device", "precision"), [("gpu", "auto"), ("cuda:0", "fp32"), ("cpu", "fp16"), ("auto", 16)]
)
def test_what_is_no_name_of_either_is_not_taken_for_the_cpu_or_fp32(device, precision):
    with pytest.raises(BadDevice, match=r"\A`(device|precision)` must be one of auto, [\w, ]+, not ('[\w:]+'|16)\Z"):
        choose(device, precision)


def test_a_precision_that_the_device_lacks(monkeypatch):
    monkeypatch.setattr(machine, "PAIRS", False)
    with pytest.raises(BadDevice, match="no bf16 arithmetic; use `precision` fp32"):
        choose("cpu", "bf16")


@pytest.mark.slow
def test_bfloat16_is_another_training_but_learns_as_well(digits):
    recipe = replace(PLAIN_RECIPE, epochs=10, batch_size=32)
    last = {}
    for precision in ("fp32", "bf16"):
        scores = list(train(build(NET, seed=0), recipe, digits, seed=0, precision=precision))
        last[precision] = scores[-1].accuracy
        assert scores[-1].held_loss < 0.6
    assert abs(last["fp32"] - last["bf16"]) < 0.05


@gpu
def test_the_captured_step_is_the_step(few):
    """Without dropout and augmentation, whose random numbers differ between devices."""
    recipe = replace(PLAIN_RECIPE, batch_size=64, epochs=3, augmentation=(), ema=0.9)
    on_cpu = list(train(build(NET, seed=0), recipe, few, seed=0))
    on_gpu = list(train(build(NET, seed=0).cuda(), recipe, few.to("cuda"), seed=0))
    assert len(on_gpu) == len(on_cpu)
    for a, b in zip(on_cpu, on_gpu, strict=True):  # the orders of images differ, too
        assert b.loss == pytest.approx(a.loss, rel=0.3)
        assert b.learning_rate == a.learning_rate


@gpu
def test_equal_seeds_on_a_gpu(few):
    recipe = replace(PLAIN_RECIPE, batch_size=64, epochs=2)
    losses = [[s.loss for s in train(build(NET, seed=0).cuda(), recipe, few.to("cuda"), seed=7)] for _ in range(2)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
