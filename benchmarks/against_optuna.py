"""Thimble from a cold start against what a careful person writes in an afternoon with Optuna, in the same time.

    python -m benchmarks.against_optuna --data-dir DIR --folder DIR --minutes 30 --repeats 3 [--out docs/NAME]

The other side is `benchmarks.careful_optuna`, which has nothing of Thimble's. Its winner is written in our notation,
read from its own torch module, with its own recipe, and confirmed as ours is. A search of Thimble's begins with its
zoo where nothing is said; here it begins with nothing, and with --warm a third one shows what the zoo gives. A first
try: --minutes 1 --repeats 1 --limit-images 3000 --epochs 3 --confirm 1.
"""

import argparse
import gzip
from pathlib import Path
from typing import Any

from benchmarks import careful_optuna
from benchmarks.against import Found, Side, careful, compare, parser
from space.architecture import Architecture
from space.augmentations import Affine, Augmentation, Rotation
from space.design import Design
from space.recipe import OneCycle, Recipe, ReduceOnPlateau, Schedule, StepDecay
from train.from_torch.read import TorchNetwork


def search(folder: Path, seed: int, options: argparse.Namespace) -> Found:
    """Runs the careful person's search in the folder."""
    words = ["-m", "benchmarks.careful_optuna", "--data-dir", str(unpacked(options))]
    return careful(words, folder, seed, options, design_of)


def design_of(choices: dict[str, Any], epochs: int) -> Design:
    """Says by our names what the careful person found."""
    return Design(architecture_of(choices), recipe_of(choices, epochs))


def unpacked(options: argparse.Namespace) -> Path:
    """Returns a folder with MNIST's files as torchvision reads them without a network, which is unpacked."""
    source, root = options.data_dir / "MNIST" / "raw", options.folder / "torchvision"
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for file in source.glob("*-ubyte*"):
        content = file.read_bytes()
        (raw / file.name.removesuffix(".gz")).write_bytes(
            gzip.decompress(content) if file.suffix == ".gz" else content
        )
    return root


def architecture_of(choices: dict[str, Any]) -> Architecture:
    """Reads the careful person's torch module as a network of the notation."""
    return TorchNetwork(careful_optuna.Net(choices)).read((1, 28, 28)).architecture


def recipe_of(choices: dict[str, Any], epochs: int) -> Recipe:
    """Says by our names how the careful person trains."""
    return Recipe(
        optimizer=choices["optimizer"],
        learning_rate=choices["learning rate"],
        momentum=0.9,
        weight_decay=choices["weight decay"],
        batch_size=choices["batch size"],
        schedule=schedule_of(choices),
        augmentation=augmentation_of(choices),
        epochs=epochs,
    )


def schedule_of(choices: dict[str, Any]) -> Schedule:
    match choices["schedule"]:
        case "step":
            return StepDecay(every=choices["step size"], factor=choices["gamma"])
        case "one cycle":
            return OneCycle()
        case _:
            return ReduceOnPlateau(factor=careful_optuna.PLATEAU_FACTOR, patience=careful_optuna.PLATEAU_PATIENCE)


def augmentation_of(choices: dict[str, Any]) -> tuple[Augmentation, ...]:
    match choices["transform"]:
        case "rotation":
            return (Rotation(degrees=choices["degrees"]),)
        case "affine":
            ranges = {name: choices[name] for name in ("degrees", "translate", "scale")}
            return (Affine(**ranges, shear=0.0),)
        case _:
            return ()


RIVAL = Side("Optuna by hand", search)


def main() -> None:
    compare("against_optuna", RIVAL, parser(__doc__).parse_args())


if __name__ == "__main__":
    main()
