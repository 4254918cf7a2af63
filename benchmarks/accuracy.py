"""Held-out accuracy of the same network and recipe under this engine in fp32 and bf16 and under a plain torch
loop, over seeds: is what makes it fast paid for in accuracy?

    python -m benchmarks.accuracy zoo/4000 --data-dir data --seeds 5 --epochs 15
"""

import argparse
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

from benchmarks.record import record
from search.study.designs import find_design
from space.recipe import PLAIN_RECIPE, OneCycle
from train.data.dataset import open_dataset

ENGINES = ("fp32", "bf16", "plain")


def plain(model, recipe, data, *, seed) -> Iterator[float]:
    """The textbook: torch's layers, dropout, optimizer and schedule; only the augmentation is shared."""
    import torch
    from torch.nn import functional

    from train import augment
    from train.evaluation import evaluate, normalise

    torch.manual_seed(seed)
    assert isinstance(recipe.schedule, OneCycle)
    generator = torch.Generator().manual_seed(seed)
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    batches = -(-len(data.train) // recipe.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, epochs=recipe.epochs, steps_per_epoch=batches,
        pct_start=recipe.schedule.warmup, div_factor=recipe.schedule.start_divisor,
        final_div_factor=recipe.schedule.end_divisor,
    )  # fmt: skip
    for _ in range(recipe.epochs):
        model.train()
        for chosen in torch.randperm(len(data.train), generator=generator).split(recipe.batch_size):
            x = data.train.images[chosen].float() / 255
            x = augment.apply(x, augment.sample(recipe.augmentation, len(x), (28, 28), generator))
            x = normalise(x, data.mean, data.std).to(memory_format=torch.channels_last)
            loss = functional.cross_entropy(model(x), data.train.labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        yield evaluate(model, data.held_out, data.mean, data.std)[0]


def run(task) -> tuple[str, int, float, float]:
    name, engine, seed, epochs, last_epochs, folder = task
    from train.fast import process

    process.prepare()
    from train.data.split import split
    from train.fast.ready import make_ready
    from train.loop import train
    from train.model import build

    if engine != "plain":
        list(make_ready(engine))  # lest compiling is counted
    source = open_dataset("mnist", folder)
    data = split(source, seed=0)
    model = build(find_design(name, None, Path()).design.architecture, seed=seed)
    recipe = replace(PLAIN_RECIPE, epochs=epochs)
    began = time.monotonic()
    if engine == "plain":
        curve = list(plain(model, recipe, data, seed=seed))
    else:
        curve = [score.accuracy for score in train(model, recipe, data, seed=seed, precision=engine)]
    return engine, seed, mean(curve[-last_epochs:]), time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("design", nargs="?", default="ladder-3/6")
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--last-epochs", type=int, default=5)
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    options = parser.parse_args()
    tasks = [
        (options.design, engine, seed, options.epochs, options.last_epochs, options.data_dir)
        for seed in range(options.seeds)
        for engine in options.engines
    ]
    scores: dict[str, list[float]] = {engine: [] for engine in options.engines}
    with multiprocessing.get_context("spawn").Pool(len(os.sched_getaffinity(0))) as pool:
        for engine, seed, score, seconds in pool.imap_unordered(run, tasks):
            scores[engine].append(100 * score)
            print(f"{engine:5} seed {seed}: {100 * score:.3f} % in {seconds:.0f} s", flush=True)
    for engine, found in scores.items():
        error = stdev(found) / len(found) ** 0.5 if len(found) > 1 else float("nan")
        print(f"{engine:5} mean {mean(found):.3f} %, deviation {error * len(found) ** 0.5:.3f}, error {error:.3f}")
    record("accuracy", options, held_out_percent=scores)


if __name__ == "__main__":
    main()
