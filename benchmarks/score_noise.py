"""Which score of one training tells best how good a design is: its noise over seeds, and how it orders designs.

    python -m benchmarks.score_noise --data-dir DIR [--designs 12] [--seeds 3] [--epochs 8] [--images 40000]
        [--out noise.csv]

Designs are first guesses of a cold search. Each is trained with several seeds on so many images and scored after each
epoch on 10,000 others, as a search would, with the averaged and with the raw weights. What a design is worth is its
mean accuracy over the last third of epochs on another 10,000, over the seeds that the score did not see.
"""

import argparse
import csv
import multiprocessing
import random
import statistics
from dataclasses import dataclass
from pathlib import Path

import torch
from scipy.stats import spearmanr

from benchmarks.record import record
from space.choices.choices import guess
from space.choices.encoding import design_from
from space.design import Budget, Design
from space.task import DIGITS
from train.data.dataset import Dataset, open_dataset
from train.data.images import Images
from train.data.split import Split
from train.evaluation import evaluate
from train.fast import process
from train.loop import Training
from train.model import build


@dataclass(frozen=True)
class Run:
    """One training, by epoch: accuracy and loss on the scoring images, of averaged and raw weights, and accuracy on
    the judging images."""

    accuracy: list[float]
    loss: list[float]
    raw_accuracy: list[float]
    raw_loss: list[float]
    judged: list[float]


def trained(task: tuple[int, Design, int, int, Dataset]) -> tuple[int, int, Run]:
    number, design, seed, trained_on, source = task
    process.prepare()
    images = source.training()
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    cuts = order[:trained_on], order[-20_000:-10_000], order[-10_000:]
    parts = [Images(images.images[chosen], images.labels[chosen]) for chosen in cuts]
    data, judge = Split(train=parts[0], held_out=parts[1], mean=source.task.mean, std=source.task.std), parts[2]
    training = Training(build(design.architecture, seed=seed), design.recipe, data, seed=seed, precision="fp32")
    run = Run([], [], [], [], [])
    for _ in range(design.recipe.epochs):
        score = training.epoch()
        run.accuracy.append(score.accuracy)
        run.loss.append(score.held_loss)
        raw = evaluate(training.net, data.held_out, data.mean, data.std)
        run.raw_accuracy.append(raw[0])
        run.raw_loss.append(raw[1])
        run.judged.append(evaluate(training.scored, judge, data.mean, data.std)[0])
    return number, seed, run


def scores(run: Run, last: int) -> dict[str, float]:
    """Candidates, more for better."""

    def mean(values: list[float]) -> float:
        return statistics.fmean(values[-last:])

    return {
        f"accuracy, last {last}": mean(run.accuracy),
        "accuracy, last epoch": run.accuracy[-1],
        "accuracy, best epoch": max(run.accuracy),
        f"accuracy of raw weights, last {last}": mean(run.raw_accuracy),
        f"loss, last {last}": -mean(run.loss),
        f"loss of raw weights, last {last}": -mean(run.raw_loss),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--designs", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--images", type=int, default=40_000, help="that a design is trained on, 40,000 at most")
    parser.add_argument("--budget", type=int, default=8000)
    parser.add_argument("--max-macs", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="CSV of every epoch")
    options = parser.parse_args()
    if options.images > 40_000:
        parser.error("--images is 40,000 at most; the others score and judge")
    source = open_dataset("mnist", options.data_dir, required=True)
    rng, budget = random.Random(0), Budget(parameters=options.budget, macs=options.max_macs)
    designs = [
        design_from(
            guess("wide", "inside", rng, task=DIGITS, augment="digits"),
            space="wide",
            budget=budget,
            epochs=options.epochs,
            task=DIGITS,
        )
        for _ in range(options.designs)
    ]
    tasks = [
        (n, design, seed, options.images, source) for seed in range(options.seeds) for n, design in enumerate(designs)
    ]
    runs: dict[tuple[int, int], Run] = {}
    with multiprocessing.get_context("spawn").Pool(options.workers, maxtasksperchild=1) as pool:
        for number, seed, run in pool.imap_unordered(trained, tasks):
            runs[number, seed] = run
            print(
                f"design {number} seed {seed}: {100 * run.accuracy[-1]:.2f} %, judged {100 * run.judged[-1]:.2f}",
                flush=True,
            )
    last = max(1, options.epochs // 3)
    found = {key: scores(run, last) for key, run in runs.items()}
    worth = {key: statistics.fmean(run.judged[-last:]) for key, run in runs.items()}
    print(f"\n{'score of one training':<36}{'noise / spread':>16}{'rank correlation with worth':>30}")
    told = {}
    for name in next(iter(found.values())):
        by_design = [[found[n, s][name] for s in range(options.seeds)] for n in range(options.designs)]
        noise = statistics.fmean(statistics.variance(several) for several in by_design) ** 0.5
        spread = statistics.stdev(statistics.fmean(several) for several in by_design)
        ranks = []
        for seed in range(options.seeds):
            unseen = [s for s in range(options.seeds) if s != seed]
            others = [statistics.fmean(worth[n, s] for s in unseen) for n in range(options.designs)]
            ranks.append(float(spearmanr([found[n, seed][name] for n in range(options.designs)], others)[0]))  # type: ignore[arg-type]
        figures = f"{statistics.fmean(ranks):.3f} ({min(ranks):.2f} to {max(ranks):.2f})"
        print(f"{name:<36}{noise / spread:>16.2f}{figures:>30}")
        told[name] = {"noise_to_spread": noise / spread, "rank_correlations": ranks}
    record("score_noise", options, scores=told)
    if options.out:
        with options.out.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(
                ["design", "notation", "seed", "epoch", "accuracy", "loss", "raw_accuracy", "raw_loss", "judged"]
            )
            for (n, seed), run in sorted(runs.items()):
                columns = zip(run.accuracy, run.loss, run.raw_accuracy, run.raw_loss, run.judged, strict=True)
                for epoch, values in enumerate(columns, start=1):
                    rows.writerow([n, designs[n].architecture.notation, seed, epoch, *values])


if __name__ == "__main__":
    main()
