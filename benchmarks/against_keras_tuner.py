"""Thimble from a cold start against what a careful person writes in an afternoon with KerasTuner, in the same time.

    python -m venv keras && keras/bin/pip install tensorflow-cpu "keras-tuner[bayesian]" six tensorboard
    python -m benchmarks.against_keras_tuner --keras keras/bin/python --data-dir DIR --folder DIR [--out docs/NAME]

The other side is `benchmarks/careful_keras_tuner.py`, which runs in a Python of its own. Its winner is written in our
notation, with its own recipe, and confirmed as ours is: by our training, so that weights begin as torch's do, batch
normalisation has torch's numbers, and Keras's turn, shift and zoom, one after the other there, are one affine.
Everything else is as `benchmarks.against_optuna` has it.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.against import ROOT, Found, Side, careful, compare, images, parser
from benchmarks.against_optuna import architecture_of
from space.augmentations import Affine
from space.design import Design
from space.recipe import Cosine, Recipe, StepDecay


def search(folder: Path, seed: int, options: argparse.Namespace) -> Found:
    """Runs the careful person's search in the folder."""
    words = [str(ROOT / "benchmarks" / "careful_keras_tuner.py"), "--data", str(packed(options))]
    return careful(words, folder, seed, options, design_of, str(options.keras.absolute()))


def design_of(choices: dict[str, Any], epochs: int) -> Design:
    """Says by our names what the careful person found."""
    return Design(architecture_of(choices), recipe_of(choices, epochs))


def packed(options: argparse.Namespace) -> Path:
    """Returns a file with all training images as keras.datasets.mnist has it, which needs no network."""
    file = options.folder / (f"mnist-{options.limit_images}.npz" if options.limit_images else "mnist.npz")
    if not file.exists():
        training = images(options).training()
        np.savez(file, x_train=training.images[:, 0].numpy(), y_train=training.labels.numpy())
    return file


def recipe_of(choices: dict[str, Any], epochs: int) -> Recipe:
    """Says by our names how the careful person trains."""
    optimizer, affine = choices["optimizer"], choices["transform"] == "affine"
    ranges = {name: choices[name] for name in ("degrees", "translate", "scale")} if affine else {}
    return Recipe(
        optimizer=optimizer,
        learning_rate=choices[f"learning rate of {optimizer}"],
        momentum=0.9,
        weight_decay=choices["weight decay"] if optimizer == "adamw" else 0.0,
        batch_size=choices["batch size"],
        schedule=Cosine()
        if choices["schedule"] == "cosine"
        else StepDecay(every=choices["step size"], factor=choices["gamma"]),
        augmentation=(Affine(**ranges, shear=0.0, interpolation="bilinear"),) if affine else (),
        epochs=epochs,
    )


RIVAL = Side("KerasTuner by hand", search)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--keras", type=Path, required=True, help="the Python that has keras_tuner and tensorflow")
    compare("against_keras_tuner", RIVAL, options.parse_args())


if __name__ == "__main__":
    main()
