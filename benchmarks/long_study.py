"""What one more trial costs in studies of so many, in milliseconds: asked for, described and told; and opening one.

python -m benchmarks.long_study [--trials 20 200 2000 20000] [--repeats 30]
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.made_study import EPOCHS, settings, write_study
from benchmarks.record import record
from search.loop.coordinator import Coordinator  # noqa: F401, what a search has loaded
from search.proposals.referee import rule
from search.study.folder import StudyFolder
from search.study.store import Store
from space.choices.encoding import design_from
from train.scores import EpochScore


class Clock:
    """Milliseconds of the clock and of the processor that passed from call to call, by name."""

    def __init__(self) -> None:
        self.milliseconds: defaultdict[str, list[float]] = defaultdict(list)
        self._last = self._now()

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    def start(self) -> None:
        self._last = self._now()

    def lap(self, name: str) -> None:
        (wall, processor), now = self._last, self._now()
        self.milliseconds[name].append(1000 * (now[0] - wall))
        self.milliseconds[f"{name}, processor"].append(1000 * (now[1] - processor))
        self._last = now


def told(store: Store, clock: Clock, rng: random.Random) -> None:
    """Asks for a trial, describes it, screens it, scores its epochs and tells it, as the coordinator does."""
    chosen = store.settings
    clock.start()
    with store.exclusive():
        trial = store.ask()
        clock.lap("ask")
        design = design_from(trial.params, space=chosen.space, budget=chosen.budget, epochs=EPOCHS, task=chosen.task)
        clock.lap("design")
        store.describe(trial, design, rule(design.architecture, chosen.budget))
        store.equal_trial(design, trial.number)
        clock.lap("describe")

    def scored(epoch: int) -> EpochScore:
        accuracy = 0.9 + 0.09 * epoch / EPOCHS + rng.uniform(0, 0.005)
        return EpochScore(
            epoch=epoch, loss=0.1, training_accuracy=accuracy, accuracy=accuracy, held_loss=0.1,
            learning_rate=0.01, seconds=1.0,
        )  # fmt: skip

    clock.start()
    store.screen(trial, [scored(1), scored(2)])
    store.judge.promoted(trial, known=None)
    clock.lap("screen")
    curve = []
    for epoch in range(1, EPOCHS + 1):
        curve.append(scored(epoch))
        clock.start()
        store.report(trial, curve[-1])
        store.judge.hopeless(trial, curve[-1], known=None)
        clock.lap("report")
    clock.start()
    store.tell(trial, "trained", curve)
    clock.lap("tell")
    store.refresh()
    clock.lap("look")


def spread(numbers: list[float]) -> str:
    return f"{statistics.median(numbers):6.1f} ({min(numbers):.1f} to {max(numbers):.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, nargs="+", default=[20, 200, 2_000, 20_000])
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--sampler", default="tpe")
    parser.add_argument("--space", default="wide")
    parser.add_argument("--keep", type=Path, help="folder to make the studies in, or to find them, and to leave them")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as where:
        os.chdir(options.keep or where)
        for trials in options.trials:
            runs, rng = Path(f"of-{trials}"), random.Random(0)
            chosen = settings(trials + 10**6, sampler=options.sampler, space=options.space)
            folder = StudyFolder(chosen.study, runs)
            if not runs.exists():
                write_study(runs, trials, designs=2_000, chosen=chosen)
            with folder.locked():
                clock = Clock()
                store = Store(folder, chosen)
                clock.lap("open")
                told(store, Clock(), rng)
                for _ in range(options.repeats):
                    told(store, clock, rng)
                store.close()
            found[trials] = clock.milliseconds
            parts = ("ask", "design", "describe", "tell")
            for kind in ("", ", processor"):
                clock.milliseconds[f"ask + tell{kind}"] = [
                    sum(one) for one in zip(*(clock.milliseconds[f"{part}{kind}"] for part in parts), strict=True)
                ]
            for name, times in sorted(clock.milliseconds.items()):
                print(f"{trials:>6,} trials, {name:<23} {spread(times)}, n = {len(times)}", flush=True)
    record("long_study", options, milliseconds=found)


if __name__ == "__main__":
    main()
