"""The command `data`: says what would be trained on."""

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.commands.app import (
    DataDir,
    Force,
    Gray,
    HoldOut,
    ImageSize,
    Json,
    LimitImages,
    Rgb,
    command,
    preparation_of,
    source_of,
)
from search.commands.columns import tell
from search.wording import printable

if TYPE_CHECKING:
    from train.data.dataset import Dataset


@command(
    short_help="Say what a data set is, and draw a sheet of its pictures.",
    epilog="Example: python -m search data pictures/ -o sheet.png",
)
def data(
    dataset: Annotated[
        str,
        typer.Argument(help="A name such as mnist or cifar10, a folder, .npz, .csv, .parquet, or module:function."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Draw ten pictures of each class, the first 100, to this PNG file."),
    ] = None,
    data_dir: DataDir = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    rgb: Rgb = False,
    limit_images: LimitImages = None,
    hold_out: HoldOut = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """What would be trained on: shape, classes, moments, digest, and test images that are among the others."""
    from search.errors import UserError
    from search.outputs.files import check_target, write_bytes
    from train.data.sheet import CLASSES

    if output is not None:
        check_target(output, force=force)
        if output.suffix.lower() != ".png":
            raise UserError(f"`output` is a picture, so its name must end in .png, not {output}")
    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=hold_out)
    opened = source_of(dataset, data_dir, preparation)
    facts = _as_object(opened, opened.duplicates())
    if json:
        print(json_module.dumps(facts))
    else:
        tell("\n".join(printable(line) for line in _lines(opened, facts["duplicates"])))
    if output is not None:
        write_bytes(opened.sheet(), output, force=force)
        some = (
            f" with the first {CLASSES} of {opened.task.classes:,} classes" if opened.task.classes > CLASSES else ""
        )
        tell(f"wrote {output}{some}", beside=True)
    return 0


def _as_object(dataset: "Dataset", doubles: int) -> dict[str, Any]:
    task, counts = dataset.task, dataset.counts
    return {
        "name": dataset.name,
        "given": dataset.given,
        "image": list(task.image),
        "classes": dict(zip(task.class_names, dataset.class_counts, strict=True)),
        "training": counts.training,
        "held_out": counts.held_out,
        "test": counts.test,
        "mean": list(task.mean),
        "std": list(task.std),
        "digest": dataset.digest,
        "duplicates": doubles,
        "notes": list(dataset.notes),
    }


def _lines(dataset: "Dataset", doubles: int) -> list[str]:
    task, counts = dataset.task, dataset.counts
    channels, height, width = task.image
    colours = {1: "grey", 3: "colour"}.get(channels, f"{channels} channels")
    width_of_names = max(len(name) for name in task.class_names)
    given = "given for it" if dataset.held_out_given else "drawn by the seed"
    return [
        f"{dataset.name}: {dataset.given}",
        f"images    {height}x{width}, {colours}",
        f"training  {counts.training:,}, {counts.held_out:,} of them held out in a search, {given}",
        f"test      {counts.test:,}, {doubles:,} of them also among the training images",
        f"mean      {', '.join(f'{value:.4f}' for value in task.mean)}, of pixels in [0, 1]",
        f"deviation {', '.join(f'{value:.4f}' for value in task.std)}",
        f"digest    {dataset.digest}",
        f"classes   {task.classes:,}, with training images of each:",
        *(
            f"  {name.ljust(width_of_names)}  {count:,}"
            for name, count in zip(task.class_names, dataset.class_counts, strict=True)
        ),
    ]
