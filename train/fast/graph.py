"""Launches a training step as one CUDA graph.

A step of a tiny network is a hundred tiny kernels, and launching them one by one takes longer than running them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from torch import Generator, Tensor

_WARM_UP = 3  # steps on a side stream before the capture, as torch's notes on CUDA graphs ask for

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Numbers of images (N,), rate (), momentum () and strength of the augmentation (): the arguments of a step."""


class CapturedSteps:
    """A step that has been captured, and is replayed for each full batch of a training."""

    def __init__(
        self,
        step: Callable[[Tensor, Tensor, Tensor, Tensor], None],
        *,
        batch_size: int,
        generator: Generator,
        rehearsal: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """Takes the step to capture and what the capture needs to know of it.

        Args:
            step: Trains on one batch and waits for nothing.
            batch_size: Images of a full batch, the only size that the graph holds.
            generator: The one, beside torch's own, that a step draws from on the device.
            rehearsal: A context that undoes at its end whatever the steps within it did.
        """
        self._train_on = step
        self._batch_size = batch_size
        self._generator = generator
        self._rehearsal = rehearsal
        self._graph: torch.cuda.CUDAGraph | None = None

    def run(self, batches: list[Batch]) -> list[Batch]:
        """Runs what the captured step can, and returns the rest: a last batch that is not full."""
        full = [batch for batch in batches if len(batch[0]) == self._batch_size]
        if full:
            if self._graph is None:
                self._capture(full)
            # The graph reads its inputs where they lay when it was captured.
            for inputs, parts in zip(self._inputs, zip(*full, strict=True), strict=True):
                torch.stack(parts, out=inputs)
            self._next.zero_()
            assert self._graph is not None
            for _ in full:
                self._graph.replay()
        return batches[len(full) :]

    def _capture(self, full: list[Batch]) -> None:
        self._inputs = [torch.stack(parts) for parts in zip(*full, strict=True)]
        self._next = torch.zeros(1, dtype=torch.int64, device=self._inputs[0].device)
        with self._rehearsal():
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(_WARM_UP):
                    self._next.zero_()
                    self._step()
            torch.cuda.current_stream().wait_stream(side)
            self._graph = torch.cuda.CUDAGraph()
            self._graph.register_generator_state(self._generator)
            with torch.cuda.graph(self._graph):
                self._step()

    def _step(self) -> None:
        """Trains on the batch that `_next` counts to."""
        chosen, rate, momentum, strength = (inputs.index_select(0, self._next).squeeze(0) for inputs in self._inputs)
        self._train_on(chosen, rate, momentum, strength)
        self._next += 1
