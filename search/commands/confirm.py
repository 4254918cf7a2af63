"""The command `confirm`: says what a design really reaches."""

import json as json_module
import sys
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
    Study,
    Workers,
    app,
    default_root,
    memory_of,
    noted,
)
from search.commands.columns import tell
from search.commands.interrupted import interrupted
from search.commands.signals import asked_by_signals
from search.commands.views import printer
from search.settings import check_target_accuracy
from search.workers.room import parse_workers

_TARGET = 0.994  # of designs that belong to no study, a share


@app.command(
    short_help="Train a design over several seeds and score it on the test set.",
    epilog="Example: python -m search confirm best --seeds 5",
)
def confirm(
    design: Annotated[str, typer.Argument(help="best, a trial number, ladder-3/6 or a notation.")] = "best",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    seeds: Annotated[int, typer.Option(help="Trainings, each with a seed of its own.")] = 5,
    epochs: Annotated[int | None, typer.Option(help="Length (default: the recipe's own).")] = None,
    last_epochs: LastEpochs = None,
    target: Annotated[
        float | None,
        typer.Option(
            help="Accuracy that should hold, in percent (default: the study's, or 99.4; of other --epochs none)."
        ),
    ] = None,
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
    if target is not None:
        check_target_accuracy(target / 100)
    count = parse_workers(workers)
    from search.commands.confirmations import confirmation_lines, confirmation_objects
    from search.replication.confirm import confirm as run_confirm
    from search.replication.confirm import stored_confirmation
    from search.replication.replication import Interrupted, Replication
    from search.study.begun import settings_of
    from search.study.designs import find_design

    named = find_design(design, study, RUNS)
    found, begun = named.lasting(epochs), settings_of(named.folder) if named.folder else None
    as_searched = found.design == named.design
    if as_searched and begun and last_epochs is None:
        last_epochs = begun["identity"]["hold"]
    replication = Replication(
        source=noted(found.source(dataset, data_dir, default_root(), memory_of(dataset))),
        seeds=seeds,
        last_epochs=last_epochs,
        workers=count,
        device=device,
        precision=precision,
        runs=RUNS,
    )
    with asked_by_signals() as stop:
        try:
            reached = run_confirm(found.design, replication, name=found.name, stop=stop, say=printer(as_json=json))
        except Interrupted as end:
            return interrupted(end, stop, training="seed")
    share, score = None if target is None else target / 100, None
    if as_searched:  # else there is nothing of as many epochs to compare with
        share = share or (begun["target"] if begun else _TARGET)
        same = begun and begun["identity"]["hold"] == reached.last_epochs
        score = found.record.score if found.record and same else None
    if json:
        for line in confirmation_objects(reached, found.design, target=share, search_score=score):
            print(json_module.dumps(line))
    else:
        for line in confirmation_lines(reached, target=share, search_score=score):
            tell(line)
    sys.stdout.flush()
    stored = stored_confirmation(found.design, replication.source.name, runs=RUNS, last_epochs=reached.last_epochs)
    if stored:  # what it gets wrong, for reports, as torch and the images are at hand
        stored.answers(found.design.architecture, replication.source)
    return 0
