"""The command `bench`: this engine beside the loop that people write, on this machine, in one run."""

import functools
import json
import multiprocessing
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from search.errors import UserError
from search.study.designs import Found
from search.wording import duration
from space.architecture import Architecture
from space.design import Design
from train.data.dataset import Source
from train.device import DeviceName, Precision, PrecisionName, choose

if TYPE_CHECKING:
    from train.data.split import Split

_LOADER_WORKERS = (0, 2)  # of the baseline, which is the better of them
_TIMED = 2  # epochs of a round, after one that warms up
_STAGES = {"assemble": "augment", "forward": "forward", "backward": "backward", "update": "step"}
_MATRIX = 1024  # side of the matrices whose product measures the arithmetic limit


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What every process of a benchmark is told. images: to train on, at most."""

    design: Design
    source: Source
    images: int
    device: Literal["cpu", "cuda"]
    precision: Precision


def bench(
    found: Found,
    *,
    source: Source,
    batch: int,
    images: int,
    repeats: int,
    workers: int,
    device: DeviceName,
    precision: PrecisionName,
    as_json: bool,
) -> int:
    """Prints, for one worker and for `workers`, seconds an epoch of the whole training set for the machine (an
    epoch's time over the workers that train side by side), and what they are to the baseline's and to the time
    that the arithmetic alone would take."""
    for field, value, least in (("batch", batch, 2), ("images", images, batch), ("repeats", repeats, 1)):
        if value < least:
            raise UserError(f"`{field}` must be at least {least}, not {value}")
    from dataclasses import replace

    chosen, bits = choose(device, precision)
    design = Design(found.design.architecture, replace(found.design.recipe, batch_size=batch))
    plan = _Plan(design=design, source=source, images=images, device=chosen, precision=bits)
    counts = sorted({1, workers})
    print(
        f"{found.name} on {source.name}, batch {batch}, {chosen} {bits}: {repeats} rounds of the baseline with "
        f"{' and '.join(map(str, _LOADER_WORKERS))} loader workers and of this engine with "
        f"{' and '.join(map(str, counts))}; keep the machine idle",
        file=sys.stderr,
        flush=True,
    )
    baselines: dict[int, list[float]] = defaultdict(list)
    engines: dict[int, list[list[dict[str, Any]]]] = defaultdict(list)
    began = time.monotonic()
    for number in range(1, repeats + 1):
        for loader_workers in _LOADER_WORKERS:
            ((seconds,),) = (report["epochs"] for report in _together(_baseline, [(plan, loader_workers)]))
            baselines[loader_workers].append(seconds)
        for count in counts:
            engines[count].append(_together(_engine, [(plan, seed) for seed in range(count)]))
        gone = time.monotonic() - began
        left = duration(gone / number * (repeats - number))
        print(f"round {number} of {repeats}, about {left} left", file=sys.stderr, flush=True)
    best = min(_LOADER_WORKERS, key=lambda loader_workers: median(baselines[loader_workers]))
    results = [_result(found, plan, rounds, baselines[best], best) for rounds in engines.values()]
    for result in results:
        print(json.dumps(result) if as_json else _lines(result), flush=True)
    return 0


def _result(
    found: Found, plan: _Plan, rounds: list[list[dict[str, Any]]], baselines: list[float], loader_workers: int
) -> dict[str, Any]:
    """Each round's figure is the machine's; the rounds' median is what is told, with all of them beside it."""
    count, reports = len(rounds[0]), [report for reports in rounds for report in reports]
    whole, held_out = reports[0]["images"], reports[0]["held_out"]
    seconds = [median(second for report in reports for second in report["epochs"]) / count for reports in rounds]
    limits = [
        _flops(plan.design.architecture, whole, held_out) / sum(r["flops_a_second"] for r in round_)
        for round_ in rounds
    ]
    stages = {stage: median(report["stages"][stage] for report in reports) for stage in reports[0]["stages"]}
    return {
        "design": found.name,
        "batch": plan.design.recipe.batch_size,
        "device": plan.device,
        "precision": plan.precision,
        "workers": count,
        "seconds_per_epoch": median(seconds),
        "rounds": seconds,
        "images_per_second": whole / median(seconds),
        "baseline_seconds_per_epoch": median(baselines),
        "baseline_rounds": baselines,
        "baseline_loader_workers": loader_workers,
        "ratio": median(base / own for base, own in zip(baselines, seconds, strict=True)),
        "limit_share": median(limit / own for limit, own in zip(limits, seconds, strict=True)),
        "stages": stages,
        "start_seconds": max(report["start"] for report in reports),
        "worker_bytes": max(report["bytes"] for report in reports),
    }


def _lines(result: dict[str, Any]) -> str:
    stages = ", ".join(f"{stage} {100 * share:.0f} %" for stage, share in result["stages"].items())
    spread = f"{min(result['rounds']):.2f} to {max(result['rounds']):.2f}"
    return (
        f"{result['workers']} worker{'s' if result['workers'] > 1 else ''}: {result['seconds_per_epoch']:.2f} s an "
        f"epoch for the machine ({spread}), {result['images_per_second']:,.0f} images a second\n"
        f"  {result['ratio']:.1f} times as fast as the baseline's {result['baseline_seconds_per_epoch']:.1f} s "
        f"(DataLoader with {result['baseline_loader_workers']} workers, every core)\n"
        f"  {100 * result['limit_share']:.0f} % of the arithmetic limit\n"
        + (f"  {stages}\n" if stages else "")
        + f"  first step {result['start_seconds']:.1f} s after a worker's start, "
        f"{result['worker_bytes'] / 2**20:,.0f} MiB a worker"
    )


def _flops(architecture: Architecture, images: int, held_out: int) -> float:
    """Of an epoch: forward, backward to weights and backward to inputs cost a multiply-add each, but that
    nobody needs the gradient of the images; scoring is a forward pass."""
    first = next(cost.macs for cost in architecture.costs if cost.macs)
    return 2.0 * (images * (3 * architecture.macs - first) + held_out * architecture.macs)


def _together(target: Callable[..., None], tasks: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Runs `target` once for each task, side by side in processes of their own, and returns their reports."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(tasks))
    pipes = [context.Pipe(duplex=False) for _ in tasks]
    processes = [
        context.Process(target=target, args=(theirs, barrier, time.time(), *task))
        for (_, theirs), task in zip(pipes, tasks, strict=True)
    ]
    for process in processes:
        process.start()
    for _, theirs in pipes:
        theirs.close()
    try:
        reports = [ours.recv() for ours, _ in pipes]
        for process in processes:
            process.join()
        return reports
    except EOFError:
        raise RuntimeError("a process of the benchmark ended early; what it printed is above") from None
    finally:
        for process in processes:
            process.kill()


def _baseline(connection: Connection, _barrier: Barrier, _began: float, plan: _Plan, loader_workers: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our parent ends us
    from train.baseline import baseline

    split, scale, _ = _data(plan)
    epochs = baseline(plan.design, split, loader_workers=loader_workers, device=plan.device)
    next(epochs)
    connection.send({"epochs": [scale * next(epochs)]})


def _engine(connection: Connection, barrier: Barrier, began: float, plan: _Plan, seed: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import resource

    from train.fast import process

    process.prepare()
    from dataclasses import replace

    from train.loop import Training
    from train.model import build

    split, scale, whole = _data(plan)
    model = build(plan.design.architecture, seed=seed).to(plan.device)
    recipe = replace(plan.design.recipe, epochs=_TIMED + 2)
    training = Training(model, recipe, split, seed=seed, precision=plan.precision)
    training.step(*training.first_batch())
    started = time.time() - began
    training.epoch()
    barrier.wait()
    rate = _flops_a_second(plan)
    barrier.wait()
    epochs = [scale * training.epoch().seconds for _ in range(_TIMED)]
    connection.send(
        {
            "epochs": epochs,
            "start": started,
            "flops_a_second": rate,
            "images": len(whole.train),
            "held_out": len(whole.held_out),
            "stages": _stages(training) if plan.device == "cpu" else {},
            "bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }
    )


def _data(plan: _Plan) -> tuple["Split", float, "Split"]:
    """The first images of both parts; how many times the whole is larger; and the whole."""
    from dataclasses import replace

    from train.data.dataset import load_training
    from train.data.images import Images
    from train.data.split import split

    whole = split(load_training(plan.source), seed=0, source=plan.source)
    scale = max(1.0, len(whole.train) / plan.images)

    def some(images: Images) -> Images:
        kept = round(len(images) / scale)
        return Images(images.images[:kept], images.labels[:kept])

    part = replace(whole, train=some(whole.train), held_out=some(whole.held_out))
    return part.to(plan.device), scale, whole


def _stages(training: Any) -> dict[str, float]:
    """Shares of an epoch, which is run for it, by part of the step; the CPU's, where a call ends when it is done."""
    spent: dict[str, float] = defaultdict(float)

    def timed(stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def run(*args: Any) -> Any:
            began = time.perf_counter()
            result = call(*args)
            spent[stage] += time.perf_counter() - began
            return result

        return run

    for method, stage in (_STAGES | {"evaluate": "evaluate"}).items():
        setattr(training, method, timed(stage, getattr(training, method)))
    whole = training.epoch().seconds
    return {stage: seconds / whole for stage, seconds in spent.items()} | {"other": 1 - sum(spent.values()) / whole}


def _flops_a_second(plan: _Plan) -> float:
    """The best of ten matrix products, by the device and in the precision that trains."""
    import torch

    kind = torch.bfloat16 if plan.precision == "bf16" else torch.float32
    a = torch.randn(_MATRIX, _MATRIX, device=plan.device).to(kind)
    best = float("inf")
    for _ in range(10):
        began = time.perf_counter()
        (a @ a)[0, 0].item()
        best = min(best, time.perf_counter() - began)
    return 2 * _MATRIX**3 / best
