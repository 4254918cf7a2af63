"""Proposals for each trained design, inside-budget sampling beside plain sampling.

    python -m benchmarks.proposals [--trained 60] [--most 1500] [--repeats 3]

The search's own sampler, referee and store; only the training is replaced by a made-up score (deeper networks and
more parameters are better, plus noise), because what is measured is how many proposals fit. No warm start.
"""

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.record import record
from search.proposals.referee import rule
from search.settings import Settings
from search.study.folder import StudyFolder
from search.study.store import Store
from space.architecture import Architecture
from space.choices.choices import Sampling
from space.choices.encoding import design_from
from space.design import Budget
from train.data.dataset import open_dataset
from train.scores import EpochScore


def made_up(architecture: Architecture, rng: random.Random) -> EpochScore:
    depth = sum(cost.token.startswith("c") for cost in architecture.costs)
    accuracy = 0.95 + 0.004 * depth + 0.01 * (architecture.parameters / 8000) + rng.gauss(0, 0.001)
    rest = {"loss": 0.1, "training_accuracy": accuracy, "held_loss": 0.1, "learning_rate": 0.1, "seconds": 0.0}
    return EpochScore(epoch=1, accuracy=accuracy, **rest)


def proposals(budget: int, sampling: Sampling, *, seed: int, trained: int, most: int) -> tuple[int, int, float]:
    """Proposals asked, designs trained, and seconds."""
    settings = Settings(
        budget=Budget(parameters=budget),
        source=open_dataset("digits", Path()),
        study="proposals",
        trials=trained,
        timeout=None,
        epochs=1,
        last_epochs=1,
        target=0.994,
        workers=1,
        seed=seed,
        device="cpu",
        precision="auto",
        sampler="tpe",
        pruner="none",
        space="core",
        sampling=sampling,
        warm_start="none",
        deterministic=False,
        minimize_parameters=False,
        finals=8,
    )
    rng, began, asked = random.Random(seed), time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as place:
        folder = StudyFolder("proposals", runs=Path(place))
        with folder.locked():
            store = Store(folder, settings)
            while store.tally.counts["trained"] < trained and asked < most:
                with store.exclusive():
                    trial = store.ask()
                asked += 1
                design = design_from(
                    trial.params, space=settings.space, budget=settings.budget, epochs=1, task=settings.task
                )
                ruling = rule(design.architecture, settings.budget)
                store.describe(trial, design, ruling)
                if ruling.allowed and store.equal_trial(design, trial.number) is None:
                    store.tell(trial, "trained", [made_up(design.architecture, rng)])
                else:
                    store.tell(trial, "rejected", [], reason=ruling.reason or "the same design")
            return asked, store.tally.counts["trained"], time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trained", type=int, default=60, help="designs to train in each run")
    parser.add_argument("--most", type=int, default=1500, help="proposals at which a run gives up")
    parser.add_argument("--repeats", type=int, default=3, help="runs, each with a seed of its own")
    options = parser.parse_args()
    print(f"{'budget':>7} {'sampling':>9} {'proposals per trained design: min, median, max':>48} {'n':>3}")
    found = []
    for budget in (8000, 4000, 2000):
        for sampling in ("inside", "plain"):
            ratios, ended = [], 0
            for seed in range(options.repeats):
                asked, trained, _ = proposals(budget, sampling, seed=seed, trained=options.trained, most=options.most)
                ratios.append(asked / max(1, trained))
                ended += trained < options.trained
            figures = f"{min(ratios):.2f}, {statistics.median(ratios):.2f}, {max(ratios):.2f}"
            note = f"  ({ended} gave up at {options.most} proposals)" if ended else ""
            print(f"{budget:>7,} {sampling:>9} {figures:>48} {len(ratios):>3}{note}", flush=True)
            found.append({"budget": budget, "sampling": sampling, "proposals_per_trained": ratios, "gave_up": ended})
    record("proposals", options, runs=found)


if __name__ == "__main__":
    main()
