"""Seconds that `report` takes for a long study, start of the interpreter and all, and the size of its page.

python -m benchmarks.report [--trials 5000] [--repeats 3]
"""

import argparse
import os
import random
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
from search.folder import StudyFolder
from search.reading import SCREENING
from search.referee import rule
from search.run import beginning
from search.samplers import distributions
from search.storage import Storage, open_storage
from search.store import Store
from space.choices import draw
from space.encoding import design_from

_SHARES = {"trained": 0.25, "pruned": 0.71, "rejected": 0.03, "failed": 0.01}


def add(store: Store, storage: Storage, rng: random.Random) -> None:
    """A trial as a search with screening leaves it; what there is much of is written in few statements."""
    chosen = store.settings
    values = draw(chosen.space, chosen.sampling, rng)
    design = design_from(values, budget=chosen.budget, epochs=EPOCHS)
    (verdict,) = rng.choices(tuple(_SHARES), tuple(_SHARES.values()))
    level = 0.98 + 0.008 * (values["activation"] == "silu") + 0.005 * float(values["fill"]) + rng.gauss(0, 0.001)
    curve = [level - 0.3 * 2.0**-epoch for epoch in range(1, EPOCHS + 1)] if verdict == "trained" else []
    attributes = store.attributes(design, rule(design.architecture, chosen.budget)) | {"verdict": verdict}
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
    trial = storage.create_new_trial(store.study._study_id, ended)
    storage.add_params(trial, values, distributions(chosen.space, chosen.sampling))
    storage.add_user_attrs(trial, attributes)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=5_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder to make the study in, and to leave it and its page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as where:
        os.chdir(options.keep or where)
        chosen = replace(settings(options.trials, "tpe"), space="wide", pruner="screening")
        folder, rng = StudyFolder("long"), random.Random(0)
        if not folder.database.exists():
            with folder.locked():
                folder.begin(beginning(chosen))
                store, storage = Store(folder, chosen), open_storage(folder)
                for _ in range(options.trials):
                    add(store, storage, rng)
        taken = []
        for _ in range(options.repeats):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "search", "report", "-o", "page.html", "--force"], check=True)
            taken.append(time.perf_counter() - began)
        print(
            f"report of {options.trials:,} trials: {statistics.median(taken):.2f} s "
            f"({min(taken):.2f} to {max(taken):.2f}, n = {options.repeats}), "
            f"{Path('page.html').stat().st_size / 1e6:.2f} MB"
        )


if __name__ == "__main__":
    main()
