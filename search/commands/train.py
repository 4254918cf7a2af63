"""The command `train`: trains one design outside any study."""

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from results.wording.percent import percent
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
    command,
    images_for,
    named_design,
    preparation_of,
)
from search.commands.columns import tell
from search.commands.counts import count_option
from search.commands.views import printer
from search.outputs.files import check_ending, check_target, write_bytes
from search.settings import counted_epochs
from search.study.begun import augment_of

if TYPE_CHECKING:
    from search.replication.train_one import TrainedNetwork
    from train.scores import EpochScore


@command(
    short_help="Train one design, outside any study.",
    epilog="Example: python -m search train ladder-3/6 --epochs 15 --save w.safetensors",
)
def train(
    design: Design,
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    rgb: Rgb = False,
    limit_images: LimitImages = None,
    hold_out: HoldOut = None,
    epochs: Annotated[int | None, count_option(help="Epochs of the training (default: the recipe's own).")] = None,
    last_epochs: LastEpochs = None,
    seed: Annotated[int, typer.Option(help="Seed of the split and the training.")] = 0,
    test: Annotated[bool, typer.Option("--test", help="Score on the test set, once, after the end.")] = False,
    save: Annotated[Path | None, typer.Option(help="Write the weights to this .safetensors or .pt file.")] = None,
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Train one design once, outside any study: on its study's images or on DATA, scored on held-out ones."""
    from search.replication.train_one import SingleTraining, TrainedNetwork, train_one
    from train.scores import Diverged

    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=hold_out)
    found = named_design(design, study).lasting(epochs)
    length = found.design.recipe.epochs
    counted = counted_epochs(last_epochs, length)
    training = SingleTraining(
        source=images_for(found, dataset, data_dir, preparation),
        last_epochs=counted,
        seed=seed,
        test=test,
        device=device,
        precision=precision,
        runs=RUNS,
        augment=augment_of(found.folder),
    )
    found = found.for_task(training.source.task)
    if save:
        check_target(save, force=force)
        check_ending("save", save, of="weights")
    from train.fast import process

    process.prepare()  # this process is ours, and faster so
    try:
        for step in train_one(found.design, training, name=found.name, say=printer(as_json=json)):
            if not isinstance(step, TrainedNetwork):
                print(_epoch(step, length, as_json=json), flush=True)
                continue
            print(_result(step, counted, as_json=json), flush=True)  # before what may fail
            if save:
                from train.files.weights import as_file

                about = {"notation": found.design.architecture.notation}
                write_bytes(as_file(step.network.state_dict(), about, save), save, force=force)
    except Diverged as error:
        tell(f"the training diverged: {error}; a lower learning rate may help", beside=True)
        return 1
    return 0


def _epoch(score: "EpochScore", epochs: int, *, as_json: bool) -> str:
    if as_json:
        figures = {
            "epoch": score.epoch,
            "loss": score.loss,
            "accuracy": score.accuracy,
            "seconds": score.seconds,
            "training_accuracy": score.training_accuracy,
        }
        return json_module.dumps(figures)
    return (
        f"epoch {score.epoch:>3} of {epochs}  loss {score.loss:.4f}  training {percent(score.training_accuracy)}  "
        f"held-out {percent(score.accuracy)}  {score.seconds:.1f} s"
    )


def _result(trained: "TrainedNetwork", last_epochs: int, *, as_json: bool) -> str:
    if as_json:
        figures = {
            "parameters": trained.parameters,
            "score": trained.score,
            "seconds": round(trained.seconds, 3),
        }
        tested = {} if trained.test_accuracy is None else {"test_accuracy": trained.test_accuracy}
        return json_module.dumps(figures | tested)
    mean = "of the last epoch" if last_epochs == 1 else f"mean of the last {last_epochs} epochs"
    tested = "" if trained.test_accuracy is None else f", test accuracy {percent(trained.test_accuracy)}"
    return f"held-out accuracy {percent(trained.score)} ({mean}){tested}"
