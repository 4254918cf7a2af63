"""The command `train`: trains one design outside any study."""

from pathlib import Path
from typing import Annotated

import typer

from search.commands.app import (
    RUNS,
    DataDir,
    Dataset,
    Design,
    Device,
    Force,
    Json,
    Precision,
    Study,
    app,
    source_of,
)


@app.command(epilog="Example: python -m search train ladder-3/6 --epochs 15 --save w.safetensors")
def train(
    design: Design,
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    epochs: Annotated[int | None, typer.Option(help="Length (default: the recipe's own).")] = None,
    hold: Annotated[int, typer.Option(help="Last epochs whose mean is the score.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the split and the training.")] = 0,
    test: Annotated[bool, typer.Option("--test", help="Score on the test set, once, after the end.")] = False,
    save: Annotated[Path | None, typer.Option(help="Write the weights to this safetensors file.")] = None,
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Train one design outside any study: on the search's training images, scored on the held-out ones."""
    from search.replication.train_one import train_one
    from search.study.designs import find_design

    return train_one(
        find_design(design, study, RUNS).lasting(epochs),
        source=source_of(dataset, data_dir),
        hold=hold,
        seed=seed,
        test=test,
        save=save,
        device=device,
        precision=precision,
        force=force,
        as_json=json,
        runs=RUNS,
    )
