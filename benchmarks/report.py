"""Seconds that `report` takes for a long study, start of the interpreter and all, and the size of its page.

The winner has been confirmed and explained, so that the page has every part; its runs are made up as the trials are.

python -m benchmarks.report [--trials 5000] [--repeats 3]
"""

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.made_study import EPOCHS, write_study
from benchmarks.record import record
from results.findings.confirmation import Confirmation, SeedRun
from results.findings.ladder import Ladder, Rung
from results.findings.selection import selected
from search.replication.answers import answers
from search.replication.confirm import confirmations_folder, stored_confirmation
from search.replication.explain import as_rung, ladder_file
from search.replication.seeds import run_name, weights_of
from search.study.begun import settings_of
from search.study.folder import StudyFolder
from search.study.images import known_images
from search.study.reading import read_records
from search.study.stored import keep
from space.known.ladder import Step, ladder, leave_one_out
from train.data.dataset import open_dataset
from train.files.weights import as_bytes
from train.model import build


def conclude(folder: StudyFolder, rng: random.Random) -> None:
    """A confirmation of the winner over five seeds, and its ladder, as `confirm` and `explain` leave them."""
    identity, images = settings_of(folder)["identity"], known_images(folder)
    best = selected(read_records(folder), study=folder.name, command="").winner

    def run(seed: int) -> SeedRun:
        curve = tuple(0.985 + 0.01 * rng.random() for _ in range(EPOCHS))
        return SeedRun(seed=seed, accuracies=curve, training_accuracies=curve, seconds=300.0)

    runs = confirmations_folder(folder.runs, images.key, "fp32") / best.fingerprint
    runs.mkdir(parents=True, exist_ok=True)
    for seed in range(1001, 1006):
        place, made = runs / f"seed-{seed}.json", run(seed)
        weights_of(place).write_bytes(as_bytes(build(best.design.architecture, seed=seed).state_dict(), {}))
        given = answers(best.design.architecture, weights_of(place), made, open_dataset("digits", Path()))
        reached = (given.images - given.wrong) / given.images  # by initial weights, as the record must say
        keep(replace(made, accuracies=(*made.accuracies[:-1], reached)), place, of=run_name(place))
    kept = stored_confirmation(best.design, images.key, runs=folder.runs, last_epochs=identity["hold"])
    assert kept is not None
    kept.answers(best.design.architecture, open_dataset("digits", Path()))

    def rung(step: Step) -> Rung:
        return as_rung(step, Confirmation(runs=(run(1), run(2), run(3)), epochs=EPOCHS, last_epochs=identity["hold"]))

    story = Ladder(
        name="best",
        dataset=identity["dataset"],
        seeds=3,
        epochs=EPOCHS,
        hold=identity["hold"],
        rungs=tuple(map(rung, ladder(best.design))),
        without=tuple(map(rung, leave_one_out(best.design))),
    )
    file = ladder_file(folder.runs, best.fingerprint, images.split_key)
    file.parent.mkdir(parents=True, exist_ok=True)
    keep(story, file, of=file.name)


def processor_seconds() -> float:
    """Of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=5_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder to make the study in, and to leave it and its page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as where:
        os.chdir(options.keep or where)
        folder = StudyFolder("long", Path("runs"))
        if not folder.database.exists():
            write_study(folder.runs, options.trials, designs=2_000)
        conclude(folder, random.Random(0))
        taken, used = [], []
        for _ in range(options.repeats):
            began, before = time.perf_counter(), processor_seconds()
            subprocess.run([sys.executable, "-m", "search", "report", "-o", "page.html", "--force"], check=True)
            taken.append(time.perf_counter() - began)
            used.append(processor_seconds() - before)
        size = Path("page.html").stat().st_size / 1e6
    print(
        f"report of {options.trials:,} trials: {spread(taken)}, of a processor {spread(used)}, "
        f"n = {options.repeats}; {size:.2f} MB"
    )
    record("report", options, seconds=taken, processor_seconds=used, megabytes=size)


def spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


if __name__ == "__main__":
    main()
