"""Measure this engine beside the loop that people write, on this machine, in one run."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from results.wording.counted import counted
from search.errors import UserError
from search.replication.timing import EngineTiming, Workload, time_baseline, time_engine
from search.wording import duration
from space.architecture import Architecture
from space.design import Design
from train.data.dataset import Dataset
from train.device import DeviceName, Precision, PrecisionName, choose

_LOADER_WORKERS = (0, 2)  # of the baseline, which is the better of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Throughput:
    """What a machine trains with a number of processes side by side.

    Each round's figure is the machine's: an epoch's seconds over all training images, divided by the processes that
    train side by side. What is told is the median of the rounds.

    Attributes:
        design: What the design is called.
        batch: Images in a batch, the baseline's too.
        workers: How many processes train.
        seconds_per_epoch: Of the machine.
        rounds: The same of each round.
        baseline_seconds_per_epoch: Of the loop that people write, with as many loader workers as suit it better.
        baseline_rounds: The same of each round.
        ratio: How many times as fast as the baseline.
        limit_share: Time that the arithmetic alone would take over the time taken.
        stages: Share of an epoch that each part of the step takes, by its name; empty on a GPU.
        start_seconds: From a worker's start to the end of its first step, of the slowest.
        worker_bytes: Resident memory of a worker at its peak, of the largest.
        by_torch: The kinds of layers that the CPU's engine has no pass for, and that run through torch.
    """

    design: str
    batch: int
    device: Literal["cpu", "cuda"]
    precision: Precision
    workers: int
    seconds_per_epoch: float
    rounds: tuple[float, ...]
    images_per_second: float
    baseline_seconds_per_epoch: float
    baseline_rounds: tuple[float, ...]
    baseline_loader_workers: int
    ratio: float
    limit_share: float
    stages: dict[str, float]
    start_seconds: float
    worker_bytes: int
    by_torch: tuple[str, ...]


def bench(
    design: Design,
    *,
    name: str,
    source: Dataset,
    batch: int,
    images: int,
    repeats: int,
    workers: int,
    device: DeviceName,
    precision: PrecisionName,
    say: Callable[[str], None],
) -> list[Throughput]:
    """Measure the machine with one process that trains and, where `workers` are more, with that many.

    Args:
        name: What people call the design.
        images: That an epoch is measured on, at most; figures are scaled up to all of them.
        repeats: Rounds, each of the baseline and of this engine.
        say: Called with a line on what is measured, and with one after each round.

    Raises:
        UserError: `batch`, `images` or `repeats` is too small.
        BadDevice: The device is not there.
        CannotCompile: The compiled engine cannot be stored.
    """
    for field, value, least in (("batch", batch, 2), ("images", images, batch), ("repeats", repeats, 1)):
        if value < least:
            raise UserError(f"`{field}` must be at least {least}, not {value}")
    chosen, bits = choose(device, precision)
    design = Design(design.architecture, replace(design.recipe, batch_size=batch))
    workload = Workload(design=design, source=source, images=images, device=chosen, precision=bits)
    counts = sorted({1, workers})
    say(
        f"{name} on {source.name}, batch {batch}, {chosen} {bits}: {counted(repeats, 'round')} of the baseline with "
        f"{' and '.join(map(str, _LOADER_WORKERS))} loader workers and of this engine with "
        f"{' and '.join(map(str, counts))}; keep the machine idle"
    )
    if chosen == "cpu":
        from train.fast.ready import make_ready

        for line in make_ready(bits):
            say(line)
    baselines: dict[int, list[float]] = defaultdict(list)
    engines: dict[int, list[list[EngineTiming]]] = defaultdict(list)
    began = time.monotonic()
    for number in range(1, repeats + 1):
        for loader_workers in _LOADER_WORKERS:
            baselines[loader_workers].append(time_baseline(workload, loader_workers=loader_workers))
        for count in counts:
            engines[count].append(time_engine(workload, processes=count))
        left = (time.monotonic() - began) / number * (repeats - number)
        say(f"round {number} of {repeats}, about {duration(left)} left")
    best = min(_LOADER_WORKERS, key=lambda loader_workers: median(baselines[loader_workers]))
    return [_throughput(name, workload, rounds, baselines[best], best) for rounds in engines.values()]


def _throughput(
    name: str, workload: Workload, rounds: list[list[EngineTiming]], baselines: list[float], loader_workers: int
) -> Throughput:
    """Reckon the machine's figures from what its processes measured in each round."""
    count, timings = len(rounds[0]), [timing for timings in rounds for timing in timings]
    whole, held_out = timings[0].images, timings[0].held_out
    seconds = [median(second for timing in timings for second in timing.epochs) / count for timings in rounds]
    flops = _flops(workload.design.architecture, whole, held_out)
    limits = [flops / sum(timing.flops_a_second for timing in timings) for timings in rounds]
    return Throughput(
        design=name,
        batch=workload.design.recipe.batch_size,
        device=workload.device,
        precision=workload.precision,
        workers=count,
        seconds_per_epoch=median(seconds),
        rounds=tuple(seconds),
        images_per_second=whole / median(seconds),
        baseline_seconds_per_epoch=median(baselines),
        baseline_rounds=tuple(baselines),
        baseline_loader_workers=loader_workers,
        ratio=median(base / own for base, own in zip(baselines, seconds, strict=True)),
        limit_share=median(limit / own for limit, own in zip(limits, seconds, strict=True)),
        stages={stage: median(timing.stages[stage] for timing in timings) for stage in timings[0].stages},
        start_seconds=max(timing.start for timing in timings),
        worker_bytes=max(timing.peak_bytes for timing in timings),
        by_torch=_by_torch(workload),
    )


def _by_torch(workload: Workload) -> tuple[str, ...]:
    """Name the kinds of layers that run through torch on the CPU."""
    if workload.device == "cuda":
        return ()
    from torch import Generator

    from train.fast.engine import BlockNetwork
    from train.model import build

    architecture = workload.design.architecture
    return tuple(BlockNetwork(build(architecture, seed=0), architecture.image, Generator()).by_torch)


def _flops(architecture: Architecture, images: int, held_out: int) -> float:
    """Count an epoch's floating-point operations.

    Forward, backward to weights and backward to inputs cost a multiply-add each, but that nobody needs the gradient
    of the images; scoring is a forward pass.
    """
    first = next(cost.macs for cost in architecture.costs if cost.macs)
    return 2.0 * (images * (3 * architecture.macs - first) + held_out * architecture.macs)
