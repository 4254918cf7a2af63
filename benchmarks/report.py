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

import optuna
from optuna.trial import TrialState

from benchmarks.long_study import EPOCHS, settings
from benchmarks.record import record
from results.findings.confirmation import Confirmation, SeedRun
from results.findings.ladder import Ladder, Rung
from results.findings.selection import selected
from search.proposals.optuna_private import study_id
from search.proposals.referee import rule
from search.proposals.samplers import distributions
from search.replication.answers import answers
from search.replication.confirm import confirmations_folder, stored_confirmation
from search.replication.explain import as_rung, ladder_file
from search.replication.seeds import run_name, weights_of
from search.study.attributes import of_design, to_attributes
from search.study.beginning import beginning
from search.study.begun import begin, settings_of
from search.study.folder import StudyFolder
from search.study.reading import SCREENING, read_records
from search.study.storage import Storage, open_storage
from search.study.store import Store
from search.study.stored import keep
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.known.ladder import Step, ladder, leave_one_out
from train.data.dataset import Source
from train.files.weights import as_bytes
from train.model import build

_SHARES = {"trained": 0.25, "pruned": 0.71, "rejected": 0.03, "failed": 0.01}


def add(store: Store, storage: Storage, rng: random.Random) -> None:
    """A trial as a search with screening leaves it; what there is much of is written in few statements."""
    chosen = store.settings
    values = draw(chosen.space, chosen.sampling, rng)
    design = design_from(values, budget=chosen.budget, epochs=EPOCHS)
    (verdict,) = rng.choices(tuple(_SHARES), tuple(_SHARES.values()))
    level = 0.98 + 0.008 * (values["activation"] == "silu") + 0.005 * float(values["fill"]) + rng.gauss(0, 0.001)
    curve = [level - 0.3 * 2.0**-epoch for epoch in range(1, EPOCHS + 1)] if verdict == "trained" else []
    parameters = rule(design.architecture, chosen.budget).parameters
    described = of_design(design, parameters=parameters, budget=chosen.budget.parameters)
    attributes = to_attributes(described) | {"verdict": verdict}
    scores = {}
    if verdict in ("trained", "pruned"):
        scores[SCREENING] = level - 0.02
        attributes |= {"screening seconds": 40.0}
    else:
        attributes |= {"reason": "made up"}
    if curve:
        scores |= dict(enumerate(curve, start=1))
        told = {"score": statistics.fmean(curve[-5:]), "losses": curve, "training accuracies": curve}
        attributes |= told | {"seconds": 25.0 * len(curve)}
    states = {"trained": TrialState.COMPLETE, "failed": TrialState.FAIL}
    ended = optuna.create_trial(
        state=states.get(verdict, TrialState.PRUNED),
        value=statistics.fmean(curve[-5:]) if curve else None,
        intermediate_values=scores,
    )
    trial = storage.create_new_trial(study_id(store.study), ended)
    storage.add_params(trial, values, distributions(chosen.space, chosen.sampling))
    storage.add_user_attrs(trial, attributes)


def conclude(folder: StudyFolder, rng: random.Random) -> None:
    """A confirmation of the winner over five seeds, and its ladder, as `confirm` and `explain` leave them."""
    identity, best = (
        settings_of(folder)["identity"],
        selected(read_records(folder), study=folder.name, command="").winner,
    )

    def run(seed: int) -> SeedRun:
        curve = tuple(0.985 + 0.01 * rng.random() for _ in range(EPOCHS))
        return SeedRun(seed=seed, accuracies=curve, training_accuracies=curve, seconds=300.0)

    runs = confirmations_folder(folder.runs, identity["dataset"], "fp32") / best.fingerprint
    runs.mkdir(parents=True, exist_ok=True)
    for seed in range(1001, 1006):
        place, made = runs / f"seed-{seed}.json", run(seed)
        weights_of(place).write_bytes(as_bytes(build(best.design.architecture, seed=seed).state_dict(), {}))
        given = answers(best.design.architecture, weights_of(place), made, Source(name="digits"))
        reached = (given.images - given.wrong) / given.images  # by initial weights, as the record must say
        keep(replace(made, accuracies=(*made.accuracies[:-1], reached)), place, of=run_name(place))
    kept = stored_confirmation(best.design, identity["dataset"], runs=folder.runs, last_epochs=identity["hold"])
    assert kept is not None
    kept.answers(best.design.architecture, Source(name="digits"))

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
    file = ladder_file(folder.runs, best.fingerprint, identity["dataset"])
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
        chosen = replace(settings(options.trials, "tpe"), space="wide", pruner="screening")
        folder, rng = StudyFolder("long", Path("runs")), random.Random(0)
        if not folder.database.exists():
            with folder.locked():
                begin(folder, beginning(chosen, command="python -m search run"))
                store, storage = Store(folder, chosen), open_storage(folder)
                for _ in range(options.trials):
                    add(store, storage, rng)
        conclude(folder, rng)
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
