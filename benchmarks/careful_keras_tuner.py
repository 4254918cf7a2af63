"""A search for a small MNIST network as a careful person writes it in an afternoon with Keras and KerasTuner.

    pip install tensorflow-cpu "keras-tuner[bayesian]" six tensorboard    # the last two are wanted and not declared
    python benchmarks/careful_keras_tuner.py --data mnist.npz --budget 8000 --minutes 30 --seed 0 --folder DIR

Nothing in it is Thimble's; `python -m benchmarks.against_keras_tuner` compares the two. Two processes of one thread
each share an oracle, KerasTuner's Bayesian optimisation, by its own chief and workers. `max_model_size` is the
budget, and since the tuner gives up after three proposals over it in a row, it is allowed as many as there are.
Augmentation is by Keras's layers. The score is the mean validation accuracy of the last epochs on 10,000 of the
60,000 training images. KerasTuner knows no time limit, so that workers ask for no further trial when the time is
over; trainings that run go on to their end. The best is written to best.json.
"""
# pyright: reportMissingImports=false, reportMissingModuleSource=false
# Neither package is needed by Thimble; this file has a Python of its own.

import argparse
import contextlib
import json
import multiprocessing
import os
import socket
import time
from pathlib import Path
from statistics import fmean
from typing import Any

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from keras import layers

LAST_EPOCHS = 5
MEAN, DEVIATION = 0.1307, 0.3081


class TimeOver(Exception):
    """The end of a worker's search."""


class Tuner(keras_tuner.BayesianOptimization):
    """KerasTuner's own, which ends when the time is over."""

    until = 0.0

    def pre_create_trial(self) -> None:
        if time.time() > self.until:
            raise TimeOver

    def on_trial_end(self, trial: Any) -> None:
        super().on_trial_end(trial)
        if (
            trial.message and "Oversized model" not in trial.message
        ):  # which would else count as one more over the budget
            raise SystemExit(trial.message)


class Space(keras_tuner.HyperModel):
    """Two blocks of 3x3 convolutions with a pool between them, at a receptive field of 5 or 7, and a head."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self.options = options
        images = min(60_000, options.limit_images or 60_000)
        self.images = images - images // 6

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        first = hp.Int("convs before the pool", 2, 3)
        second = hp.Int("convs behind the pool", 2, 4)
        dropout = hp.Float("dropout", 0.0, 0.15, step=0.01)
        parts: list[layers.Layer] = [keras.Input((28, 28, 1)), *augmentation(hp)]
        parts.append(layers.Rescaling(1 / DEVIATION, offset=-MEAN / DEVIATION))

        def block(width: int, kernel: int) -> None:
            parts.append(layers.Conv2D(width, kernel, use_bias=False, activation="relu"))
            parts.append(layers.BatchNormalization())
            if dropout:
                parts.append(layers.Dropout(dropout))

        for number in range(first):
            block(hp.Int(f"width before {number}", 4, 20, step=2), 3)
        parts.append(layers.MaxPooling2D())
        if hp.Boolean("1x1 behind the pool"):
            block(hp.Int("width of the 1x1", 4, 16, step=2), 1)
        for number in range(second):
            block(hp.Int(f"width behind {number}", 8, 24, step=2), 3)
        pooled = hp.Choice("head", ["gap", "convolution"]) == "gap"
        parts.append(layers.GlobalAveragePooling2D() if pooled else layers.Flatten())
        parts.append(layers.Dense(10, use_bias=False))
        model = keras.Sequential(parts)
        model.compile(
            self.optimizer(hp), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
        )
        return model

    def optimizer(self, hp: keras_tuner.HyperParameters) -> keras.optimizers.Optimizer:
        name = hp.Choice("optimizer", ["sgd", "adam", "adamw"])
        low, high = (5e-3, 0.3) if name == "sgd" else (5e-4, 3e-2)
        rate = hp.Float(f"learning rate of {name}", low, high, sampling="log")
        batch = hp.Choice("batch size", [32, 64, 128, 256])
        if hp.Choice("schedule", ["step", "cosine"]) == "cosine":
            rate = keras.optimizers.schedules.CosineDecay(rate, self.options.epochs * -(-self.images // batch))
        match name:
            case "sgd":
                return keras.optimizers.SGD(rate, momentum=0.9)
            case "adam":
                return keras.optimizers.Adam(rate)
            case _:
                return keras.optimizers.AdamW(rate, weight_decay=hp.Float("weight decay", 1e-6, 1e-1, sampling="log"))

    def fit(self, hp: keras_tuner.HyperParameters, model: keras.Model, data: Any, **_: Any) -> float:
        callbacks = []
        if hp.get("schedule") == "step":
            rate, every = hp.get(f"learning rate of {hp.get('optimizer')}"), hp.Int("step size", 3, 8)
            gamma = hp.Float("gamma", 0.1, 0.5)
            callbacks.append(keras.callbacks.LearningRateScheduler(lambda epoch: rate * gamma ** (epoch // every)))
        (images, labels), validation = data
        history = model.fit(
            images,
            labels,
            batch_size=hp.get("batch size"),
            epochs=self.options.epochs,
            validation_data=validation,
            callbacks=callbacks,
            verbose=2,
        )
        return -fmean(history.history["val_accuracy"][-LAST_EPOCHS:])  # a number that is returned is made small


def augmentation(hp: keras_tuner.HyperParameters) -> list[layers.Layer]:
    if hp.Choice("transform", ["none", "affine"]) == "none":
        return []
    shift, scale = hp.Float("translate", 0.0, 0.12, step=0.01), hp.Float("scale", 0.0, 0.15, step=0.01)
    return [
        layers.RandomRotation(hp.Int("degrees", 5, 15) / 360, fill_mode="constant"),
        layers.RandomTranslation(shift, shift, fill_mode="constant"),
        layers.RandomZoom(scale, fill_mode="constant"),
    ]


def load(options: argparse.Namespace) -> Any:
    """Returns images to train on and others to validate by: one in six of those that are given."""
    with np.load(options.data) as file:
        images, labels = file["x_train"][..., None] / np.float32(255), file["y_train"].astype("int64")
    order = np.random.default_rng(options.seed).permutation(len(images))[: options.limit_images]
    held = len(order) // 6
    return (images[order[held:]], labels[order[held:]]), (images[order[:held]], labels[order[:held]])


def work(name: str, port: int, options: argparse.Namespace, until: float) -> None:
    """Is the chief, or searches in one process until the time is over."""
    os.environ |= {"KERASTUNER_TUNER_ID": name, "KERASTUNER_ORACLE_IP": "127.0.0.1"}
    os.environ["KERASTUNER_ORACLE_PORT"] = str(port)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    data = load(options)
    tuner = Tuner(
        Space(options),
        max_trials=options.trials or 100_000,
        max_model_size=options.budget,
        max_consecutive_failed_trials=100_000,
        seed=options.seed,
        directory=options.folder,
        project_name="tuner",
    )
    tuner.until = until
    with contextlib.suppress(TimeOver):
        tuner.search(data)


def report(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    """Returns the best of all trials, and what became of them, by KerasTuner's own records."""
    trials = [json.loads(file.read_text()) for file in options.folder.glob("tuner/trial_*/trial.json")]
    trained = [trial for trial in trials if trial["status"] == "COMPLETED"]
    if not trained:
        raise SystemExit("no training came to its end")
    best = min(trained, key=lambda trial: trial["score"])
    model = Space(options).build(keras_tuner.HyperParameters.from_config(best["hyperparameters"]))
    return {
        "choices": best["hyperparameters"]["values"],
        "parameters": sum(weight.numpy().size for weight in model.trainable_weights),
        "score": -best["score"],
        "trained": len(trained),
        "pruned": 0,
        "rejected": sum(trial["status"] == "FAILED" for trial in trials),
        "seconds": seconds,
    }


def main() -> None:
    began = time.time()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="mnist.npz, as keras.datasets.mnist has it")
    parser.add_argument("--folder", type=Path, required=True, help="that keeps the search")
    parser.add_argument("--budget", type=int, default=8000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trials", type=int, metavar="N", help="end after N trials, for a first try")
    parser.add_argument("--limit-images", type=int, metavar="N", help="of the training images, for a first try")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chief, *workers = [
        multiprocessing.get_context("spawn").Process(
            target=work, args=(name, port, options, began + 60 * options.minutes)
        )
        for name in ("chief", *(f"worker-{number}" for number in range(options.workers)))
    ]
    for process in (chief, *workers):
        process.start()
    for process in workers:
        process.join()
    chief.terminate()  # it waits for as many trials as were never made
    chief.join()
    if any(process.exitcode for process in workers):
        raise SystemExit("a process of the search failed")
    found = report(options, time.time() - began)
    (options.folder / "best.json").write_text(json.dumps(found))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
