"""What one more trial costs in a study of thousands, and how long the commands take that read it.

python -m benchmarks.long_study --trials 10000
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import optuna
from optuna.trial import TrialState

from benchmarks.record import record
from search.loop.coordinator import Coordinator  # noqa: F401, what a search has loaded
from search.proposals.referee import rule
from search.proposals.samplers import distributions
from search.settings import Settings
from search.study.attributes import of_design, to_attributes
from search.study.beginning import beginning
from search.study.begun import begin
from search.study.folder import StudyFolder
from search.study.store import Store
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.design import Budget
from train.data.dataset import Source
from train.scores import EpochScore

EPOCHS = 15


def settings(trials: int, sampler: str) -> Settings:
    return Settings(
        budget=Budget(parameters=8000),
        source=Source(name="digits"),
        study="long",
        trials=trials,
        timeout=None,
        epochs=EPOCHS,
        last_epochs=5,
        target=0.994,
        workers=1,
        seed=0,
        device="cpu",
        precision="auto",
        sampler=sampler,  # type: ignore[arg-type]
        pruner="percentile",
        space="core",
        sampling="inside",
        warm_start="none",
        deterministic=False,
        minimize_parameters=False,
        finals=8,
    )


def told(store: Store) -> float:
    """Asks for a trial, describes it, scores its epochs and tells it; the seconds of asking and telling."""
    chosen = store.settings
    began = time.perf_counter()
    with store.exclusive():
        trial = store.ask()
        design = design_from(trial.params, budget=chosen.budget, epochs=EPOCHS)
        store.describe(trial, design, rule(design.architecture, chosen.budget))
        store.equal_trial(design, trial.number)
    asking = time.perf_counter() - began
    curve = []
    for epoch in range(1, EPOCHS + 1):
        accuracy = 0.9 + 0.09 * epoch / EPOCHS + random.uniform(0, 0.005)
        score = EpochScore(
            epoch=epoch, loss=0.1, training_accuracy=accuracy, accuracy=accuracy, held_loss=0.1,
            learning_rate=0.01, seconds=1.0,
        )  # fmt: skip
        curve.append(score)
        store.report(trial, score)
    began = time.perf_counter()
    store.tell(trial, "trained", curve)
    return asking + time.perf_counter() - began


def fill(store: Store, trials: int) -> None:
    """Finished trials as a search leaves them, written in one go."""
    rng, kept = random.Random(0), distributions("core", "inside")
    for _ in range(trials):
        values = draw("core", "inside", rng)
        budget = store.settings.budget
        design = design_from(values, budget=budget, epochs=EPOCHS)
        parameters = rule(design.architecture, budget).parameters
        accuracies = [0.9 + 0.09 * epoch / EPOCHS + rng.uniform(0, 0.005) for epoch in range(EPOCHS)]
        store.study.add_trial(
            optuna.create_trial(
                state=TrialState.COMPLETE,
                value=statistics.fmean(accuracies[-5:]),
                params=values,
                distributions=kept,
                intermediate_values=dict(enumerate(accuracies, start=1)),
                user_attrs=to_attributes(of_design(design, parameters=parameters, budget=budget.parameters))
                | {
                    "verdict": "trained",
                    "score": statistics.fmean(accuracies[-5:]),
                    "losses": accuracies,
                    "training accuracies": accuracies,
                    "seconds": 60.0,
                },
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--sampler", default="tpe")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as where:
        os.chdir(where)
        chosen = settings(options.trials + 2 * options.repeats, options.sampler)
        folder = StudyFolder("long", Path("runs"))
        with folder.locked():
            begin(folder, beginning(chosen, command="python -m search run"))
            fill(Store(folder, chosen), options.trials)
            began = time.perf_counter()
            store = Store(folder, chosen)
            opening = time.perf_counter() - began
            print(f"opening a study of {options.trials:,} trials: {opening:.2f} s")
            told(store)
            times = [1000 * told(store) for _ in range(options.repeats)]
            print(
                f"ask and tell, {options.sampler}: {statistics.median(times):.1f} ms "
                f"({min(times):.1f} to {max(times):.1f}, n = {options.repeats})"
            )
        reading = {}
        for command in ("table", "best"):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "search", command], stdout=subprocess.DEVNULL, check=True)
            reading[command] = time.perf_counter() - began
            print(f"{command}: {reading[command]:.2f} s")
    record("long_study", options, opening_seconds=opening, ask_and_tell_ms=times, reading_seconds=reading)


if __name__ == "__main__":
    main()
