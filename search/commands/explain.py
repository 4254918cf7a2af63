"""The command `explain`: says why a design works."""

import json as json_module
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.commands.app import (
    RUNS,
    DataDir,
    Dataset,
    Design,
    Device,
    Force,
    Gray,
    HoldOut,
    ImageSize,
    Json,
    LastEpochs,
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
from search.outputs.files import check_target, write_text
from search.study.begun import augment_of
from search.workers.room import parse_workers

if TYPE_CHECKING:
    from results.findings.ladder import Ladder


@command(
    short_help="Train a design one change at a time and say what each gave.",
    epilog="Example: python -m search explain zoo/8000 --seeds 3 -o ladder.md",
)
def explain(
    design: Design = "best",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    rgb: Rgb = False,
    limit_images: LimitImages = None,
    hold_out: HoldOut = None,
    seeds: Annotated[int, count_option(help="Trainings of each step, the same seeds for all.")] = 3,
    epochs: Annotated[int | None, count_option(help="Epochs of a training (default: the recipe's own).")] = None,
    last_epochs: LastEpochs = None,
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
    from results.wording.ladder import as_markdown
    from search.replication.explain import explain as run_explain
    from search.replication.replication import Interrupted, Replication

    found = named_design(design, study)
    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=hold_out)
    replication = Replication(
        source=images_for(found, dataset, data_dir, preparation),
        seeds=seeds,
        last_epochs=last_epochs,
        workers=count,
        device=device,
        precision=precision,
        runs=RUNS,
        augment=augment_of(found.folder),
    )
    found = found.for_task(replication.source.task)
    if output:
        check_target(output, force=force)
    say = printer(as_json=True)  # standard output is the story's
    with asked_by_signals() as stop:
        try:
            ladder = run_explain(found, replication, epochs=epochs, undo=undo, stop=stop, say=say)
        except Interrupted as end:
            return interrupted(end, stop, training="training")
    if json:
        for line in ladder_objects(ladder):
            print(json_module.dumps(line))
    if output or not json:
        _write(as_markdown(ladder), output, force=force)
    return 0


def _write(story: str, output: Path | None, *, force: bool) -> None:
    """Writes the story to the file, or to standard output where there is none."""
    if output:
        write_text(story, output, force=force)
        tell(f"wrote {output}", beside=True)
    else:
        tell(story.rstrip("\n"))


def ladder_objects(ladder: "Ladder") -> Iterator[dict[str, Any]]:
    """Yield an object a step, from the bare skeleton on, then one for each change undone, whose step is None."""
    from results.wording.ladder import analysis

    before = None
    for number, rung in enumerate(ladder.rungs):
        yield {"step": number, **asdict(rung), "analysis": analysis(rung, before, ladder.images)}
        before = rung
    for rung in ladder.without:
        yield {"step": None, **asdict(rung), "analysis": analysis(rung, ladder.rungs[-1], ladder.images)}
