"""The command `confirm`: says what a design really reaches."""

import json as json_module
from typing import TYPE_CHECKING, Annotated

import typer

from search.commands.app import (
    RUNS,
    DataDir,
    Dataset,
    Design,
    Device,
    Gray,
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
from search.commands.columns import tell
from search.commands.counts import count_option
from search.commands.interrupted import interrupted
from search.commands.signals import asked_by_signals
from search.commands.views import printer
from search.settings import check_percent, check_target_accuracy
from search.study.images import known_images
from search.workers.room import parse_workers

if TYPE_CHECKING:
    from results.findings.confirmation import Confirmation
    from search.study.designs import NamedDesign
    from space.design import Design as TrainedDesign
    from train.data.dataset import Dataset as OpenedDataset

LastEpochs = Annotated[
    int | None,
    count_option("--hold", help="Last epochs that count (default: the study's, or the last third, 5 at most)."),
]
Target = Annotated[
    float | None,
    typer.Option(
        help="Accuracy that should hold, in percent (default: the study's, or 99.4; of other --epochs none)."
    ),
]
_TARGET = 0.994  # of designs that belong to no study, a share


@command(
    short_help="Train a design over several seeds and score it on the test set.",
    epilog="Example: python -m search confirm best --seeds 5",
)
def confirm(
    design: Design = "best",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    rgb: Rgb = False,
    limit_images: LimitImages = None,
    seeds: Annotated[int, count_option(help="Trainings, each with a seed of its own.")] = 5,
    epochs: Annotated[int | None, count_option(help="Epochs of a training (default: the recipe's own).")] = None,
    last_epochs: LastEpochs = None,
    target: Target = None,
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
        check_percent(target)
        check_target_accuracy(target / 100)
    count, share = parse_workers(workers), None if target is None else target / 100
    from search.replication.confirm import confirm as run_confirm
    from search.replication.confirm import keep_answers
    from search.replication.replication import Interrupted, Replication
    from search.study.begun import augment_of, settings_of

    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=None)
    named = named_design(design, study)
    found = named.lasting(epochs)
    as_searched = found.design == named.design
    if as_searched and share is None:
        share = settings_of(named.folder)["target"] if named.folder else _TARGET
    replication = Replication(
        source=images_for(found, dataset, data_dir, preparation),
        seeds=seeds,
        last_epochs=named.last_epochs if as_searched and last_epochs is None else last_epochs,
        workers=count,
        device=device,
        precision=precision,
        runs=RUNS,
        augment=augment_of(found.folder),
    )
    found = found.for_task(replication.source.task)
    with asked_by_signals() as stop:
        try:
            reached = run_confirm(found.design, replication, name=found.name, stop=stop, say=printer(as_json=json))
        except Interrupted as end:
            return interrupted(end, stop, training="seed")
    score = _score(found, replication.source, reached.last_epochs) if as_searched else None
    _tell(reached, found.design, replication.source.counts.test, target=share, search_score=score, json=json)
    keep_answers(found.design, replication)
    return 0


def _tell(
    reached: "Confirmation",
    design: "TrainedDesign",
    images: int,
    *,
    target: float | None,
    search_score: float | None,
    json: bool,
) -> None:
    """Print the confirmation. images: how many the seeds were tested on."""
    from search.commands.confirmations import confirmation_lines, confirmation_objects

    if json:
        objects = confirmation_objects(reached, design, images=images, target=target, search_score=search_score)
        print("\n".join(map(json_module.dumps, objects)), flush=True)
    else:
        tell("\n".join(confirmation_lines(reached, images=images, target=target, search_score=search_score)))


def _score(found: "NamedDesign", source: "OpenedDataset", last_epochs: int) -> float | None:
    """Return the search's score, where that is of the same images and of as many last epochs."""
    if found.record is None or found.folder is None or found.last_epochs != last_epochs:
        return None
    known = known_images(found.folder)
    return found.record.score if source.digest == known.digest or source.key == known.key else None
