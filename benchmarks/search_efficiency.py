"""How good the best network is after so many epochs of training: this search beside others, ingredient by ingredient.

    python -m benchmarks.search_efficiency --data-dir DIR [--repeats 5] [--epochs 120] [--out docs/search_efficiency]

Every strategy searches with the same coordinator, store and referee in the wide space, from a cold start, until it
has trained for so many epochs; rejected proposals cost nothing, pruned trials what they trained. Fidelity is low, so
that it can be repeated: 5 epochs of 2,000 images, scored on 2,000. What counts is how the network that the search
holds for the best does on 10,000 images that it has not seen. Repeats differ in their seed; strategies share seeds.

With `--max-macs` it compares two ways of keeping to that limit instead: widths tilted until parameters are filled,
as the product has it, and all widths at one scale, as it was before.
"""

import argparse
import csv
import multiprocessing
import statistics
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks.efficiency_chart import chart
from benchmarks.record import record
from results.findings.selection import best
from search.loop.coordinator import Coordinator
from search.proposals import samplers
from search.settings import Settings
from search.study.folder import StudyFolder
from search.study.store import Store
from search.workers.messages import Ended, Event, Job, Scored, Trained
from search.workers.stopping import Stop
from space.choices import sizing
from space.design import Budget
from train.data.dataset import Dataset, open_dataset
from train.data.images import Images
from train.data.split import Split
from train.evaluation import evaluate
from train.fast import process
from train.loop import train
from train.model import build
from train.scores import Diverged

EPOCHS, TRAINED_ON, SCORED_ON, JUDGED_ON = 5, 2_000, 2_000, 10_000

OURS = "ours: guesses, then TPE, inside"
STRATEGIES: dict[str, dict[str, Any]] = {
    OURS: {},
    "ours without screening": {"pruner": "percentile"},
    "ours without guesses": {"guess": False},
    "random, inside": {"sampler": "random", "pruner": "none"},
    "random with rejection": {"sampler": "random", "sampling": "plain", "pruner": "none"},
    "TPE with rejection": {"guess": False, "sampling": "plain", "pruner": "none"},
    "TPE with rejection + Hyperband": {"guess": False, "sampling": "plain", "pruner": "hyperband"},
}
FILLED = "filled: widths tilted"
UNDER_TWO_LIMITS: dict[str, dict[str, Any]] = {FILLED: {}, "one scale for all widths": {"filled": False}}
"""What is compared with `--max-macs`."""


class Inline:
    """Trains in this process, one trial at a time, until the epochs are spent.

    Attributes:
        found: Epochs spent and accuracy on images that no search sees, when each trial had been trained.
    """

    size = 1

    def __init__(self, split: Split, judge: Images, epochs: int, over: Stop) -> None:
        self.split, self.judge, self.left, self.over = split, judge, epochs, over
        self.spent = 0
        self.found: dict[int, tuple[int, float]] = {}
        self.job: Job | None = None
        self.ready: deque[Event] = deque()

    @property
    def free(self) -> int:
        return int(self.job is None)

    def submit(self, job: Job) -> None:
        self.job, self.model = job, build(job.design.architecture, seed=job.seed)
        self.scores = train(self.model, job.design.recipe, self.split, seed=job.seed)
        self.proceed(job.trial)

    def proceed(self, trial: int) -> None:
        self.spent += 1
        try:
            self.ready.append(Scored(trial, next(self.scores)))
        except Diverged as error:
            self.ready.append(Ended(trial, True, str(error)))
            self.stop(trial)

    def stop(self, trial: int) -> None:  # noqa: ARG002
        self.job = None
        process.tidy()
        if self.spent >= self.left:
            self.over.signal = 15

    def events(self, timeout: float) -> Iterator[Event]:  # noqa: ARG002
        while self.ready:
            event = self.ready.popleft()
            yield event
            if isinstance(event, Scored) and self.job and event.score.epoch == self.job.epochs:
                if self.job.epochs == EPOCHS:  # not a screening
                    self.found[event.trial] = self.spent, self.accuracy()
                self.stop(event.trial)
                yield Trained(event.trial, b"")

    def accuracy(self) -> float:
        return evaluate(self.model, self.judge, self.split.mean, self.split.std)[0]

    def close(self) -> None: ...


class Silent:
    def update(self, status: object) -> None: ...

    def scored(self, trial: object, score: object) -> None: ...

    def ended(self, record: object) -> None: ...

    def noted(self, text: str) -> None: ...

    def close(self) -> None: ...


def data(source: Dataset, seed: int) -> tuple[Split, Images]:
    """Training and scoring images, and those that judge, drawn by the seed from MNIST's training images."""
    images, order = source.training(), torch.Generator().manual_seed(seed)
    drawn = torch.randperm(len(images), generator=order)
    parts = [
        Images(images.images[chosen], images.labels[chosen])
        for chosen in drawn.split(
            [TRAINED_ON, SCORED_ON, JUDGED_ON, len(images) - TRAINED_ON - SCORED_ON - JUDGED_ON]
        )
    ]
    return Split(train=parts[0], held_out=parts[1], mean=source.task.mean, std=source.task.std), parts[2]


def search(task: tuple[str, int, int, Budget, Dataset]) -> tuple[str, int, list[tuple[int, float]], list[int]]:
    """Strategy, seed, what the network held for the best was worth as epochs were spent, and the parameters of those
    that were trained."""
    strategy, seed, epochs, budget, source = task
    process.prepare()
    changes = dict((STRATEGIES | UNDER_TWO_LIMITS)[strategy])
    if not changes.pop("guess", True):
        samplers.guess = lambda *_, **__: {}
    if not changes.pop("filled", True):
        sizing.filled = lambda *_, **__: None
    chosen = {
        "budget": budget, "source": source, "study": "s", "trials": 100_000, "timeout": None,
        "epochs": EPOCHS, "last_epochs": 1, "target": 0.99, "workers": 1, "seed": seed, "device": "cpu",
        "precision": "auto",
        "sampler": "tpe", "pruner": "screening", "space": "wide", "sampling": "inside", "warm_start": "none",
        "deterministic": False,
        "minimize_parameters": False,
        "finals": 8,
    }  # fmt: skip
    settings, over = Settings(**chosen | changes), Stop()
    bench = Inline(*data(source, seed), epochs, over)
    with tempfile.TemporaryDirectory() as place:
        folder = StudyFolder("s", runs=Path(place))
        with folder.locked():
            store = Store(folder, settings)
            Coordinator(settings, folder=folder, store=store, executor=bench, view=Silent(), stop=over).run()
            records = [record for record in store.records if record.trial in bench.found]
            store.close()
    curve, held = [], []
    for trained in sorted(records, key=lambda r: bench.found[r.trial][0]):
        held.append(trained)
        leader = best(held)
        if leader:
            curve.append((bench.found[trained.trial][0], bench.found[leader.trial][1]))
    return strategy, seed, curve, [trained.parameters for trained in held]


def at(curve: list[tuple[int, float]], epochs: int) -> float:
    """The accuracy held when so many epochs were spent, in percent; chance before the first trial."""
    return 100 * next((accuracy for spent, accuracy in reversed(curve) if spent <= epochs), 0.1)


def drawn(curves: dict[str, list[list[tuple[int, float]]]], epochs: int) -> str:
    """The chart of the mean error of what each strategy holds, in percent."""
    grid = range(EPOCHS, epochs + 1, EPOCHS)
    lines = {
        name: [(x, statistics.fmean(100 - at(curve, x) for curve in several)) for x in grid]
        for name, several in curves.items()
    }
    return chart("Error of the network held for the best, on images that no search saw", lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=120, help="training of each search")
    parser.add_argument("--budget", type=int, default=8000)
    parser.add_argument("--max-macs", type=int, help="multiply-adds too, and compare how that limit is kept")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write OUT.csv and OUT.svg")
    options = parser.parse_args()
    source = open_dataset("mnist", options.data_dir, required=True)
    strategies = STRATEGIES if options.max_macs is None else UNDER_TWO_LIMITS
    ours = next(iter(strategies))
    budget = Budget(parameters=options.budget, macs=options.max_macs)
    tasks = [(name, seed, options.epochs, budget, source) for seed in range(options.repeats) for name in strategies]
    curves: dict[str, list[list[tuple[int, float]]]] = {name: [] for name in strategies}
    sizes: dict[str, list[int]] = {name: [] for name in strategies}
    rows: list[tuple[str, int, int, float]] = []
    with multiprocessing.get_context("spawn").Pool(options.workers, maxtasksperchild=1) as pool:
        for name, seed, curve, parameters in pool.imap(search, tasks):
            curves[name].append(curve)
            sizes[name] += parameters
            rows += [(name, seed, spent, accuracy) for spent, accuracy in curve]
            print(f"{name:<32} seed {seed}  {at(curve, options.epochs):.2f} % after {len(curve)} trials", flush=True)
    stops = [options.epochs // 4, options.epochs // 2, options.epochs]
    print(
        f"\n{'accuracy after epochs (mean, error)':<34}"
        + "".join(f"{stop:>16}" for stop in stops)
        + f"   {ours.split(':')[0]} is better by"
    )
    told: dict[str, dict[int, list[float]]] = {name: {} for name in curves}
    for name, several in curves.items():
        line = f"{name:<34}"
        for stop in stops:
            found = told[name][stop] = [at(curve, stop) for curve in several]
            error = statistics.stdev(found) / len(found) ** 0.5 if len(found) > 1 else float("nan")
            line += f"{statistics.fmean(found):>9.2f} ±{error:4.2f} "
        gains = [at(a, stops[-1]) - at(b, stops[-1]) for a, b in zip(curves[ours], several, strict=True)]
        spread = statistics.stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else float("nan")
        print(
            line
            + f"   {statistics.fmean(gains):+.2f} ±{spread:.2f} points ({sum(g > 0 for g in gains)} of {len(gains)})"
            + (f"   {statistics.median(sizes[name]):,.0f} parameters in the median" if sizes[name] else "")
        )
    record("search_efficiency", options, percent_after_epochs=told, parameters=sizes)
    if options.out:
        with options.out.with_suffix(".csv").open("w", newline="") as file:
            csv.writer(file).writerows([("strategy", "seed", "epochs", "accuracy"), *rows])
        options.out.with_suffix(".svg").write_text(drawn(curves, options.epochs))


if __name__ == "__main__":
    main()
