"""The command `bench`: measures training on this machine."""

import json as json_module
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from results.wording.counted import counted
from search.commands.app import (
    DataDir,
    Dataset,
    Design,
    Device,
    Gray,
    HoldOut,
    ImageSize,
    Json,
    LimitImages,
    Precision,
    Rgb,
    Study,
    Workers,
    command,
    images_for,
    named_design,
    preparation_of,
)
from search.commands.counts import count_option
from search.commands.views import printer
from search.workers.room import parse_workers

if TYPE_CHECKING:
    from search.replication.bench import Throughput


@command(
    short_help="Measure training here beside a plain DataLoader loop.",
    epilog="Example: python -m search bench --workers 2 --json",
)
def bench(
    design: Design = "ladder-3/6",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    rgb: Rgb = False,
    limit_images: LimitImages = None,
    hold_out: HoldOut = None,
    batch: Annotated[int, count_option(help="Batch size, of the baseline too.")] = 128,
    images: Annotated[int, count_option(help="Images that an epoch is measured on.")] = 10_240,
    repeats: Annotated[int, count_option(help="Rounds of measuring; their median is shown.", most=1_000)] = 3,
    workers: Workers = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    json: Json = False,
) -> int:
    """Measure training on this machine beside a plain DataLoader loop, in the same run (about two minutes)."""
    from search.replication.bench import bench as run_bench

    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=hold_out)
    found = named_design(design, study)
    source = images_for(found, dataset, data_dir, preparation)
    found = found.for_task(source.task)
    throughputs = run_bench(
        found.design,
        name=found.name,
        source=source,
        batch=batch,
        images=images,
        repeats=repeats,
        workers=parse_workers(workers),
        device=device,
        precision=precision,
        say=printer(as_json=True),  # standard output is the figures'
    )
    for throughput in throughputs:
        print(json_module.dumps(asdict(throughput)) if json else throughput_lines(throughput), flush=True)
    return 0


def throughput_lines(t: "Throughput") -> str:
    """Write a throughput for people, without a line break at its end."""
    stages = ", ".join(f"{stage} {100 * share:.0f} %" for stage, share in t.stages.items())
    return (
        f"{counted(t.workers, 'worker')}: {t.seconds_per_epoch:.2f} s an epoch for the machine "
        f"({min(t.rounds):.2f} to {max(t.rounds):.2f}), {t.images_per_second:,.0f} images a second\n"
        f"  {t.ratio:.1f} times as fast as the baseline's {t.baseline_seconds_per_epoch:.1f} s "
        f"(DataLoader with {counted(t.baseline_loader_workers, 'worker')}, every core)\n"
        f"  {100 * t.limit_share:.0f} % of the arithmetic limit\n"
        + (f"  {stages}\n" if stages else "")
        + (f"  through torch, for want of a pass of our own: {', '.join(t.by_torch)}\n" if t.by_torch else "")
        + f"  first step {t.start_seconds:.1f} s after a worker's start, {t.worker_bytes / 2**20:,.0f} MiB a worker"
    )
