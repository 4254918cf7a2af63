"""Time training in processes of their own, side by side: what `bench` starts, and what each of them reports."""

import functools
import multiprocessing
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.synchronize import Barrier
from typing import TYPE_CHECKING, Any, Literal

from search.errors import UserError
from search.workers.starting import start
from search.workers.stopping import end_with_parent
from space.design import Design
from train.data.dataset import Dataset
from train.device import Precision

if TYPE_CHECKING:
    from train.data.images import Images
    from train.data.split import Split
    from train.loop import Training

_EPOCHS = 2  # that are timed, after one that warms up
_STAGES = {
    "assemble": "augment",
    "forward": "forward",
    "backward": "backward",
    "update": "step",
    "evaluate": "evaluate",
}  # what people call the methods of a training
_MATRIX = 1024  # side of the matrices whose product measures the arithmetic limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """A value that says what each process trains.

    Attributes:
        images: To train on, at most; figures are scaled up to all of them.
    """

    design: Design
    source: Dataset
    images: int
    device: Literal["cpu", "cuda"]
    precision: Precision


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineTiming:
    """What one process that trains with this engine measures.

    Attributes:
        epochs: Seconds of each timed epoch over all images.
        start: Seconds from the process's start to the end of its first step.
        flops_a_second: Of a product of large matrices, while the other processes compute theirs.
        images: How many images there are to train on in all.
        held_out: How many held-out ones.
        stages: Share of an epoch that each part of the step takes, by its name; empty on a GPU.
        peak_bytes: The most resident memory that the process had.
    """

    epochs: tuple[float, ...]
    start: float
    flops_a_second: float
    images: int
    held_out: int
    stages: dict[str, float]
    peak_bytes: int


def time_baseline(workload: Workload, *, loader_workers: int) -> float:
    """Return the seconds of an epoch of the loop that people write, in a process of its own."""
    (seconds,) = side_by_side(_baseline, [(workload, loader_workers)])
    return seconds


def time_engine(workload: Workload, *, processes: int) -> list[EngineTiming]:
    """Return what so many processes measure that train side by side with this engine, each with a seed of its own."""
    return side_by_side(_engine, [(workload, seed) for seed in range(processes)])


def side_by_side(target: Callable[..., None], tasks: list[tuple[Any, ...]]) -> list[Any]:
    """Run `target` once for each task, side by side in processes of their own, and return what they send."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(tasks))
    pipes = [context.Pipe(duplex=False) for _ in tasks]
    processes = [
        context.Process(target=_timed, args=(target, theirs, barrier, time.time(), *task))
        for (_, theirs), task in zip(pipes, tasks, strict=True)
    ]
    try:
        for process in processes:
            start(process)
        for _, theirs in pipes:
            theirs.close()
        places = {ours: place for place, (ours, _) in enumerate(pipes)}
        reports: list[Any] = [None] * len(pipes)
        while places:  # for the others would wait for ever at the barrier for one that ends early
            for ours in wait(list(places)):
                assert isinstance(ours, Connection)
                reports[places.pop(ours)] = ours.recv()
        for process in processes:
            process.join()
        return reports
    except EOFError:
        raise UserError("a process that is timed ended early; what it printed is above") from None
    finally:
        for process in processes:
            if process.pid is not None:
                process.kill()


def _timed(target: Callable[..., None], *arguments: Any) -> None:
    end_with_parent(when_killed=True)
    target(*arguments)


def _baseline(
    connection: Connection, _barrier: Barrier, _began: float, workload: Workload, loader_workers: int
) -> None:
    from train.baseline import baseline

    split, scale, _ = _data(workload)
    epochs = baseline(workload.design, split, loader_workers=loader_workers, device=workload.device)
    next(epochs)
    connection.send(scale * next(epochs))


def _engine(connection: Connection, barrier: Barrier, began: float, workload: Workload, seed: int) -> None:
    from train.fast import process

    process.prepare()
    from train.loop import Training
    from train.model import build

    split, scale, whole = _data(workload)
    model = build(workload.design.architecture, seed=seed).to(workload.device)
    recipe = replace(workload.design.recipe, epochs=_EPOCHS + 2)
    training = Training(model, recipe, split, seed=seed, precision=workload.precision)
    training.step(*training.first_batch())
    start = time.time() - began
    training.epoch()
    barrier.wait()
    rate = _flops_a_second(workload)
    barrier.wait()
    connection.send(
        EngineTiming(
            epochs=tuple(scale * training.epoch().seconds for _ in range(_EPOCHS)),
            start=start,
            flops_a_second=rate,
            images=len(whole.train),
            held_out=len(whole.held_out),
            stages=_stages(training) if workload.device == "cpu" else {},
            peak_bytes=peak_bytes(),
        )
    )


def _data(workload: Workload) -> tuple["Split", float, "Split"]:
    """Load the first images of both parts; say how many times the whole is larger; and load the whole."""
    from train.data.images import Images
    from train.data.split import split

    whole = split(workload.source, seed=0)
    scale = max(1.0, len(whole.train) / workload.images)

    def some(images: "Images") -> "Images":
        count = max(1, round(len(images) / scale))
        return Images(images.images[:count], images.labels[:count])

    part = replace(whole, train=some(whole.train), held_out=some(whole.held_out))
    return part.to(workload.device), scale, whole


def _stages(training: "Training") -> dict[str, float]:
    """Run an epoch, and return each stage's share of it; of the CPU alone, where a call ends when it is done."""
    spent: dict[str, float] = defaultdict(float)

    def timed(stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def run(*args: Any) -> Any:
            began = time.perf_counter()
            result = call(*args)
            spent[stage] += time.perf_counter() - began
            return result

        return run

    for method, stage in _STAGES.items():
        setattr(training, method, timed(stage, getattr(training, method)))
    whole = training.epoch().seconds
    return {stage: seconds / whole for stage, seconds in spent.items()} | {"other": 1 - sum(spent.values()) / whole}


def _flops_a_second(workload: Workload) -> float:
    """Measure the best of ten matrix products, by the device and in the precision that trains."""
    import torch

    kind = torch.bfloat16 if workload.precision == "bf16" else torch.float32
    a = torch.randn(_MATRIX, _MATRIX, device=workload.device).to(kind)
    best = float("inf")
    for _ in range(10):
        began = time.perf_counter()
        (a @ a)[0, 0].item()
        best = min(best, time.perf_counter() - began)
    return 2 * _MATRIX**3 / best


def peak_bytes() -> int:
    """Return the most resident memory that this process has had; where the system does not say, what it has now."""
    try:
        import resource  # which Windows has not
    except ImportError:
        import psutil

        memory = psutil.Process().memory_info()
        return getattr(memory, "peak_wset", memory.rss)
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
