"""What surrounds a captured step: every batch is taken once, and the capture leaves no trace."""

import contextlib
from dataclasses import replace
from types import SimpleNamespace

from space.architecture import Architecture
from space.recipe import PLAIN_RECIPE
from train.data.images import Images
from train.fast.graph import CapturedSteps
from train.loop import Training
from train.model import build

NET = Architecture.parse("c6 relu bn c8 bn relu mp c8k1 relu c10 relu bn gap c10k1")


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


def test_captured_steps_take_every_batch_once_and_leave_no_trace_of_the_capture(digits, monkeypatch):
    """What surrounds the graph, with a stand-in for torch.cuda: the scores of a training without it, bit for bit.
    The graph itself is tested in tests/train/test_device.py, on a GPU."""
    few = replace(digits, train=Images(digits.train.images[:300], digits.train.labels[:300]))
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
