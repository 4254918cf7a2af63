"""The command `reproduce`: trains a published design beside its log."""

import json as json_module
from typing import Annotated

import typer

from search.commands.app import (
    RUNS,
    DataDir,
    Dataset,
    Device,
    Json,
    LastEpochs,
    Precision,
    Workers,
    command,
    source_of,
)
from search.commands.columns import tell
from search.commands.counts import count_option
from search.commands.interrupted import interrupted
from search.commands.signals import asked_by_signals
from search.commands.views import printer
from search.errors import UserError
from search.workers.room import parse_workers


@command(
    short_help="Train a published design beside its published log.",
    epilog="Example: python -m search reproduce ladder-3/6",
)
def reproduce(
    reference: Annotated[str, typer.Argument(help="A published design, such as ladder-3/6.")],
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    seeds: Annotated[int, count_option(help="Trainings with each recipe.")] = 3,
    last_epochs: LastEpochs = None,
    preferred: Annotated[bool, typer.Option(help="Train it with our recipe too.")] = True,
    workers: Workers = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    json: Json = False,
) -> int:
    """A published design, trained with its own recipe beside its published log, then with ours."""
    count = parse_workers(workers)
    from search.commands.confirmations import reproduction_lines, reproduction_objects
    from search.replication.replication import Interrupted, Replication
    from search.replication.reproduce import reproduce as run_reproduce
    from space.known.references import UnknownReference, find

    try:
        found = find(reference)
    except UnknownReference as error:
        raise UserError(str(error)) from None
    replication = Replication(
        source=source_of(dataset, data_dir),
        seeds=seeds,
        last_epochs=last_epochs,
        workers=count,
        device=device,
        precision=precision,
        runs=RUNS,
    )
    with asked_by_signals() as stop:
        try:
            reproduction = run_reproduce(
                found, replication, preferred=preferred, stop=stop, say=printer(as_json=json)
            )
        except Interrupted as end:
            return interrupted(end, stop, training="seed")
    if json:
        for line in reproduction_objects(reproduction):
            print(json_module.dumps(line))
    else:
        for line in reproduction_lines(reproduction):
            tell(line)
    return 0
