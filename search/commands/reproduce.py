"""The command `reproduce`: trains a published design beside its log."""

from typing import Annotated

import typer

from search.commands.app import RUNS, DataDir, Dataset, Device, Json, Precision, Workers, app, source_of
from search.errors import UserError
from search.settings import (
    parse_workers,
)


@app.command(epilog="Example: python -m search reproduce ladder-3/6")
def reproduce(
    reference: Annotated[str, typer.Argument(help="A published design, such as ladder-3/6.")],
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    seeds: Annotated[int, typer.Option(help="Trainings with each recipe.")] = 3,
    hold: Annotated[int | None, typer.Option(help="Last epochs that count (default: 5, or all if fewer).")] = None,
    preferred: Annotated[bool, typer.Option(help="Train it with our recipe too.")] = True,
    workers: Workers = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    json: Json = False,
) -> int:
    """A published design, trained with its own recipe beside its published log, then with ours."""
    count = parse_workers(workers)
    from search.replication.confirm import Terms
    from search.replication.confirm import reproduce as run_reproduce
    from space.known.references import UnknownReference, find

    try:
        found = find(reference)
    except UnknownReference as error:
        raise UserError(str(error)) from None
    terms = Terms(
        source=source_of(dataset, data_dir),
        seeds=seeds,
        hold=hold,
        workers=count,
        device=device,
        precision=precision,
        as_json=json,
        runs=RUNS,
    )
    return run_reproduce(found, terms, preferred=preferred)
