"""The command `explain`: says why a design works."""

from pathlib import Path
from typing import Annotated

import typer

from search.commands.app import RUNS, DataDir, Dataset, Device, Force, Json, Precision, Study, Workers, app, noted
from search.settings import (
    parse_workers,
)


@app.command(epilog="Example: python -m search explain zoo/8000 --seeds 3 -o ladder.md")
def explain(
    design: Annotated[str, typer.Argument(help="best, a trial number, zoo/8000, ladder-3/6 or a notation.")] = "best",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each step, the same seeds for all.")] = 3,
    epochs: Annotated[int | None, typer.Option(help="Length (default: the recipe's own).")] = None,
    hold: Annotated[int | None, typer.Option(help="Last epochs that count (default: 5, or all if fewer).")] = None,
    undo: Annotated[bool, typer.Option(help="Train the design with each change undone, too.")] = True,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the story to this Markdown file.")
    ] = None,
    workers: Workers = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Why a design works: its ladder from the bare skeleton, one change at a time, each step trained for real and
    scored on held-out images; then the design with each change undone.

    Interrupted, the same command goes on. With more --seeds, only those that are missing are trained.
    """
    count = parse_workers(workers)
    from search.replication.explain import explain as run_explain
    from search.study.designs import find_design

    found = find_design(design, study, RUNS)
    return run_explain(
        found,
        source=noted(found.source(dataset, data_dir)),
        epochs=epochs,
        seeds=seeds,
        hold=hold,
        undo=undo,
        workers=count,
        device=device,
        precision=precision,
        output=output,
        force=force,
        as_json=json,
        runs=RUNS,
    )
