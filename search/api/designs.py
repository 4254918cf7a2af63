"""What is asked of a design, whether it is of a study, of the zoo, published, or a notation."""

import logging
from collections.abc import Callable, Iterator, Mapping
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from search.api.arguments import whole, whole_if_given
from search.api.calls import load_heavy, public, steps
from search.api.data import images_of, preparation_of
from search.api.places import RUNS, default_root, place_of
from search.errors import UserError
from search.settings import counted_epochs
from search.study.begun import augment_of
from search.study.designs import NamedDesign, check_of_study, design_of_code, find_design
from search.study.images import open_images
from space.architecture import Architecture
from space.known.zoo import ZooDesign
from space.layers import Shape
from train.data.dataset import Dataset
from train.data.preparation import Preparation
from train.device import DeviceName, PrecisionName
from train.from_torch.named import is_code
from train.importing import load
from train.scores import EpochScore

if TYPE_CHECKING:
    from torch import nn

    from search.api.data import Data
    from search.outputs.export import Export
    from search.replication.train_one import TrainedNetwork

    TorchModule: TypeAlias = nn.Module | Callable[[], nn.Module]
    """A module, its class, or a function that returns one."""
    AnyDesign: TypeAlias = str | int | TorchModule
    """What `count` takes."""

_LOG = logging.getLogger("thimble")


@public
def count(design: "AnyDesign", *, study: str | PathLike[str] | None = None) -> Architecture:
    """Returns what a network costs, without training it: `parameters`, `macs` (multiply-adds for one image),
    `activation_bytes`, `receptive_field` (pixels), and the same layer by layer in `costs`.

    Args:
        design: A notation such as "c8 relu mp c16 relu gap c10k1", a published design such as "ladder-3/6",
            "zoo/8000", of a study a trial's number or "best", or a torch module: "net.py:Net",
            "package.module:Net", or itself, its class or a function that returns it. It is read, not changed.
        study: The study's folder; the latest searched in runs/ if not given.

    Raises:
        ValueError: No such design, study or trial, a malformed notation, or a module that has no notation; one line
            that says what to do.
    """
    return named(design, study)[0].design.architecture


@public
def network(design: str | int, *, study: str | PathLike[str] | None = None) -> "nn.Module":
    """Returns a trained network, ready to predict: normalised float32 images (N, C, H, W) to logits (N, classes).

    The zoo's networks take MNIST's pixels (N, 1, 28, 28) in [0, 1], less 0.1307 and divided by 0.3081, to (N, 10).

    Args:
        design: "zoo/8000", or of a study a trial's number or "best".
        study: The study's folder; the latest searched in runs/ if not given.

    Raises:
        ValueError: No such design, or one without trained weights; one line that says what to do.
    """
    load_heavy()
    from search.outputs.network import network_of
    from train.fast.process import prepared

    found, _ = named(design, study)
    if found.weights is None:
        raise UserError(f"{found.name} has no trained weights; name a design of the zoo or a trained trial")
    with prepared():
        return network_of(found)


@public
def zoo() -> Mapping[str, ZooDesign]:
    """Returns the networks that this program found and confirmed, by name, the smallest first."""
    from space.known.zoo import zoo as every

    return every()


@steps
def train(
    design: "AnyDesign",
    data: "Data" = "auto",
    *,
    study: str | PathLike[str] | None = None,
    data_dir: str | PathLike[str] | None = None,
    image_size: int | None = None,
    gray: bool = False,
    rgb: bool = False,
    limit_images: int | None = None,
    hold_out: float | None = None,
    epochs: int | None = None,
    last_epochs: int | None = None,
    seed: int = 0,
    test: bool = False,
    device: DeviceName = "auto",
    precision: PrecisionName = "auto",
) -> "Iterator[EpochScore | TrainedNetwork]":
    """Trains one design once, outside any study; yields a score after each epoch, and at last the trained network.

    To stop it, stop asking. Torch's settings and random state are the caller's whenever the caller has the control.

    Args:
        design: As `count` has it.
        data: The images, as `Search` has them, parted by `seed` into those to train on and held-out ones;
            of a study's design its own if not given.
        study: The study's folder, of a trial's number or "best".
        data_dir, image_size, gray, rgb, limit_images, hold_out: As `Search` has them.
        epochs: Length of the training; the recipe's own if not given.
        last_epochs: How many last epochs count; the last third, 5 at most, if not given.
        seed: Of the split and the training.
        test: Whether to score the network on the test set, once, after the end.
        device, precision: As `Search` has them.

    Raises:
        ValueError: An argument cannot be, or the images cannot be had; one line that says what to do.
        ArithmeticError: The training diverged.
    """
    load_heavy()
    from search.replication.train_one import SingleTraining, train_one

    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=hold_out)
    meant, runs = named(design, study, lambda runs: images_of(data, data_dir, preparation, runs))
    found = meant.lasting(whole_if_given("epochs", epochs))
    last_epochs, seed = whole_if_given("last_epochs", last_epochs), whole("seed", seed)
    counted = counted_epochs(last_epochs, found.design.recipe.epochs)
    source = images_for(found, data, data_dir, preparation, runs)
    training = SingleTraining(
        source=source, last_epochs=counted, seed=seed, test=test, device=device, precision=precision, runs=runs,
        augment=augment_of(found.folder),
    )  # fmt: skip
    return train_one(found.for_task(source.task).design, training, name=found.name, say=_LOG.info)


@public
def export(
    design: "AnyDesign",
    output: str | PathLike[str] = "net.py",
    *,
    study: str | PathLike[str] | None = None,
    weights: str | PathLike[str] | None = None,
    onnx: str | PathLike[str] | None = None,
    opset: int | None = None,
    card: str | PathLike[str] | None = None,
    data: str | PathLike[str] | None = None,
    fold_bn: bool = False,
    data_dir: str | PathLike[str] | None = None,
    force: bool = False,
) -> "Export":
    """Writes a network as a stand-alone PyTorch module, verified in a clean interpreter, and other files on request.

    Args:
        design: As `count` has it.
        output: The Python file.
        study: The study's folder, of a trial's number or "best".
        weights: A .safetensors or .pt file for the trained weights.
        onnx: An ONNX file, by the extra `onnx`.
        opset: Version of ONNX's operators, 9 to 17.
        card: A model card in Markdown.
        data: An .npz file for the images, on which the module trains again.
        fold_bn: Whether norms are folded into the convolutions before them, to run but not to train.
        data_dir: Where the images are now.
        force: Whether files of these names are written over.

    Raises:
        ValueError: A file cannot be made of this design, or cannot be written; one line that says what to do.
    """
    found, runs = named(design, study)
    return write(
        found, runs, lambda: found.source_here(path_of(data_dir), default_root()), output,
        weights=weights, onnx=onnx, opset=opset, card=card, data=data, fold_bn=fold_bn, force=force,
    )  # fmt: skip


def write(
    found: NamedDesign,
    runs: Path,
    source: Callable[[], Dataset | None],
    output: str | PathLike[str],
    *,
    weights: str | PathLike[str] | None,
    onnx: str | PathLike[str] | None,
    opset: int | None,
    card: str | PathLike[str] | None,
    data: str | PathLike[str] | None,
    fold_bn: bool,
    force: bool,
) -> "Export":
    """Writes a network as `export` does. source: returns the images to compare on, once the files may be written."""
    load_heavy()
    from search.outputs.export import export
    from search.outputs.targets import Targets

    targets = Targets(
        module=Path(output),
        weights=path_of(weights),
        onnx=path_of(onnx),
        opset=whole_if_given("opset", opset),
        card=path_of(card),
        data=path_of(data),
    )
    targets.check(found, force=force)
    made = export(found, targets, source=source(), runs=runs, fold_norms=fold_bn)
    made.write(force=force)
    return made


def named(
    design: "AnyDesign", study: str | PathLike[str] | None, source: "Callable[[Path], Dataset] | None" = None
) -> tuple[NamedDesign, Path]:
    """Returns the design that is meant, and the folder of studies in which it is looked for. source: opens the images
    that a module is read at which does not run on those that it is most likely made for."""
    runs, name = (Path(RUNS), None) if study is None else place_of(study)
    if isinstance(design, Integral):  # numpy's too, as a table of trials has them
        design = int(design)
    if not isinstance(design, str | int) or is_code(str(design)):
        load("train.from_torch.read")

    def image() -> Shape:
        assert source is not None
        return source(runs).task.image

    otherwise = image if source else None
    if isinstance(design, str | int):
        found = find_design(str(design), name, runs, otherwise=otherwise)
    else:
        found = design_of_code(design, otherwise=otherwise)
        check_of_study(found, name)
    for note in found.notes:
        _LOG.warning(note)
    return found, runs


def images_for(
    found: NamedDesign | None,
    data: "Data",
    data_dir: str | PathLike[str] | None,
    preparation: Preparation,
    runs: Path,
) -> Dataset:
    """Returns the images of the design's study where none are named, or else those that are; raises UserError or
    BadData."""
    if found and isinstance(data, str) and (folder := found.study_of_images(data, preparation)):
        return open_images(folder, path_of(data_dir), default_root())
    return images_of(data, data_dir, preparation, runs)


def path_of(path: str | PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path)
