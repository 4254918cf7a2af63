"""Resident memory of a worker process over many trials of different designs.

python -m benchmarks.memory --trials 200
"""

import argparse
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.record import record
from search.workers.messages import Job, Noted, Scored
from search.workers.processes import ProcessExecutor
from search.workers.workplace import Workplace
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.design import Budget, Design
from space.layers import InvalidDesign
from space.task import DIGITS
from train.data.dataset import open_dataset

_STEADY = 20  # trials after which growth is measured


def resident(process: int) -> float:
    """Returns MiB."""
    return psutil.Process(process).memory_info().rss / 2**20


def designs(seed: int):
    """Random ones of the search space within 8,000 parameters, a single epoch each."""
    generator, budget = random.Random(seed), Budget(parameters=8000)
    while True:
        try:
            values = draw("core", "inside", generator, task=DIGITS, augment="digits")
            design = design_from(values, space="core", budget=budget, epochs=1, task=DIGITS)
        except InvalidDesign:
            continue
        yield Design(design.architecture, replace(design.recipe, epochs=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    options = parser.parse_args()
    place = Workplace(source=open_dataset("digits", Path()), seed=0, device="cpu", precision=options.precision)
    executor = ProcessExecutor(1, place)
    (worker,) = executor._workers
    assert worker.process.pid is not None
    sizes = []
    with tempfile.TemporaryDirectory() as folder:
        for trial, design in zip(range(options.trials), designs(0), strict=False):
            place_of = Path(folder) / str(trial)
            executor.submit(Job(trial=trial, design=design, seed=trial, checkpoints=place_of))
            while executor.free == 0:
                for event in executor.events(1.0):
                    if not isinstance(event, Scored | Noted):
                        assert type(event).__name__ == "Trained", event
            time.sleep(0.1)  # the worker tidies up once it has said that the trial is trained
            sizes.append(resident(worker.process.pid))
            if trial % 20 == 19:
                print(f"after {trial + 1} trials {sizes[-1]:.0f} MiB, at most {max(sizes):.0f}", flush=True)
    executor.close()
    steady = sizes[min(_STEADY, len(sizes)) - 1]
    print(f"grew by {sizes[-1] - steady:.0f} MiB after trial {_STEADY}; {sizes[-1] - sizes[0]:.0f} after the first")
    record("memory", options, resident_mib=sizes)


if __name__ == "__main__":
    main()
