"""The command `confirm`: says what a design really reaches."""

from typing import Annotated

import typer

from search.commands.app import RUNS, DataDir, Dataset, Device, Json, Precision, Study, Workers, app, noted
from search.settings import (
    check_target_accuracy,
    parse_workers,
)


@app.command(epilog="Example: python -m search confirm best --seeds 5")
def confirm(
    design: Annotated[str, typer.Argument(help="best, a trial number, ladder-3/6 or a notation.")] = "best",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    seeds: Annotated[int, typer.Option(help="Trainings, each with a seed of its own.")] = 5,
    epochs: Annotated[int | None, typer.Option(help="Length (default: the recipe's own).")] = None,
    hold: Annotated[int | None, typer.Option(help="Last epochs that count (default: 5, or all if fewer).")] = None,
    target: Annotated[float, typer.Option(help="Accuracy that should hold, in percent.")] = 99.4,
    workers: Workers = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    json: Json = False,
) -> int:
    """What a design really reaches: trained on all training images over several seeds, scored on the test set after
    each epoch. Nothing is chosen by these figures: no best epoch, no best seed.

    Interrupted, the same command goes on. With more --seeds, only those that are missing are trained.
    """
    check_target_accuracy(target / 100)
    count = parse_workers(workers)
    from search.replication.confirm import Terms
    from search.replication.confirm import confirm as run_confirm
    from search.study.designs import find_design

    found = find_design(design, study, RUNS).lasting(epochs)
    terms = Terms(
        source=noted(found.source(dataset, data_dir)),
        seeds=seeds,
        hold=hold,
        workers=count,
        device=device,
        precision=precision,
        as_json=json,
        runs=RUNS,
    )
    return run_confirm(found, terms, target=target / 100)
