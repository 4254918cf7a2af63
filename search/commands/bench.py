"""The command `bench`: measures training on this machine."""

from typing import Annotated

import typer

from search.commands.app import RUNS, DataDir, Dataset, Device, Json, Precision, Study, app, source_of
from search.settings import (
    parse_workers,
)


@app.command(epilog="Example: python -m search bench --workers 2 --json")
def bench(
    design: Annotated[str, typer.Argument(help="Notation, ladder-3/6, a trial number or best.")] = "ladder-3/6",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    batch: Annotated[int, typer.Option(help="Batch size, of the baseline too.")] = 128,
    images: Annotated[int, typer.Option(help="Images that an epoch is measured on.")] = 10_240,
    repeats: Annotated[int, typer.Option(help="Rounds, whose median is told.", max=1000)] = 3,
    workers: Annotated[str, typer.Option(help="Worker processes; auto is one a core.")] = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    json: Json = False,
) -> int:
    """Measure training on this machine beside a plain DataLoader loop, in the same run (about two minutes)."""
    from search.replication.bench import bench as run_bench
    from search.study.designs import find_design

    return run_bench(
        find_design(design, study, RUNS),
        source=source_of(dataset, data_dir),
        batch=batch,
        images=images,
        repeats=repeats,
        workers=parse_workers(workers),
        device=device,
        precision=precision,
        as_json=json,
    )
