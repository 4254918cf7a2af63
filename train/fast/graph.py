"""Training steps as one CUDA graph, launched whole: a step of a tiny network is a hundred tiny kernels, and
launching them one by one takes longer than running them."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from train.loop import Training

_WARM_UP = 3  # steps on a side stream before the capture, as torch's notes on CUDA graphs ask for

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Arguments of `Training.step`."""


class CapturedSteps:
    """Runs a training's full batches by replaying one captured step."""

    def __init__(self, training: "Training") -> None:
        self._training = training
        self._graph: torch.cuda.CUDAGraph | None = None

    def run(self, batches: list[Batch]) -> list[Batch]:
        """Runs what the captured step can, and returns the rest: a last batch that is not full."""
        size = self._training.recipe.batch_size
        full = [batch for batch in batches if len(batch[0]) == size]
        if full:
            if self._graph is None:
                self._capture(full)
            # What the graph reads lies where it was when captured.
            for place, parts in zip(self._inputs, zip(*full, strict=True), strict=True):
                torch.stack(parts, out=place)
            self._next.zero_()
            assert self._graph is not None
            for _ in full:
                self._graph.replay()
        return batches[len(full) :]

    def _capture(self, full: list[Batch]) -> None:
        training = self._training
        before = training.state(), training.facts(), training.sums.clone()
        self._inputs = [torch.stack(parts) for parts in zip(*full, strict=True)]
        self._next = torch.zeros(1, dtype=torch.int64, device=training.device)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UP):
                self._next.zero_()
                self._step()
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(training.warps)
        with torch.cuda.graph(self._graph):
            self._step()
        training.restore(*before[:2])
        training.sums.copy_(before[2])

    def _step(self) -> None:
        """The batch that `_next` counts to."""
        self._training.step(*(inputs.index_select(0, self._next).squeeze(0) for inputs in self._inputs))
        self._next += 1
