"""Devices and precisions: what is refused, what bfloat16 does, and on a GPU, that it trains as the CPU does."""

import contextlib
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from space.architecture import Architecture
from space.recipe import PLAIN_RECIPE
from train.data.images import Images
from train.device import BadDevice, choose
from train.fast.graph import CapturedSteps
from train.loop import Training, train
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


def test_a_precision_that_the_device_lacks(monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    with pytest.raises(BadDevice, match="no bf16 arithmetic; use `precision` fp32"):
        choose("cpu", "bf16")


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


class EagerGraph:
    """Stands in for a CUDA graph where there is none: what it captured runs again, eagerly."""

    def __init__(self):
        self.captured = None
        self.replays = 0

    def register_generator_state(self, generator):
        assert self.captured is None, "too late: the capture has begun"

    def replay(self):
        self.replays += 1
        self.captured()


def test_captured_steps_take_every_batch_once_and_leave_no_trace_of_the_capture(few, monkeypatch):
    """What surrounds the graph, with a stand-in for torch.cuda: the scores of a training without it, bit for bit.
    The graph itself is tested above, on a GPU."""
    recipe = replace(PLAIN_RECIPE, batch_size=64, epochs=3, ema=0.9)  # 300 images: four full batches, one of 44
    expected = Training(build(NET, seed=0), recipe, few, seed=0, precision="fp32")
    training = Training(build(NET, seed=0), recipe, few, seed=0, precision="fp32")
    steps = training._captured = CapturedSteps(
        training.step, batch_size=64, generator=training.warps, rehearsal=training.rehearsal
    )

    @contextlib.contextmanager
    def capture(graph):
        yield
        graph.captured = steps._step

    stream = SimpleNamespace(wait_stream=lambda other: None)
    monkeypatch.setattr(
        "train.fast.graph.torch.cuda",
        SimpleNamespace(
            Stream=lambda: stream,
            current_stream=lambda: stream,
            stream=contextlib.nullcontext,
            CUDAGraph=EagerGraph,
            graph=capture,
        ),
    )
    for epoch in range(1, 4):
        one, other = training.epoch(), expected.epoch()
        assert replace(one, seconds=0) == replace(other, seconds=0)
        assert steps._graph.replays == 4 * epoch
