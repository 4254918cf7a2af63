"""How long the dashboard's answers about a study of thousands of trials take, and how large they are.

python -m benchmarks.dashboard --trials 20000
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from optuna.distributions import distribution_to_json
from sqlalchemy import insert

from benchmarks.long_study import EPOCHS, settings
from benchmarks.record import record
from search.proposals.optuna_private import study_id
from search.proposals.referee import rule
from search.proposals.samplers import distributions
from search.study.beginning import beginning
from search.study.begun import begin
from search.study.folder import StudyFolder
from search.study.optuna_private import models
from search.study.storage import Storage, open_storage
from search.study.store import Store
from space.choices.choices import draw
from space.choices.encoding import design_from

_TABLES: tuple[Any, ...] = (
    models.TrialModel,
    models.TrialValueModel,
    models.TrialParamModel,
    models.TrialUserAttributeModel,
    models.TrialIntermediateValueModel,
)


def write_study(runs: Path, trials: int, *, designs: int = 300, pruned: float = 0.0) -> StudyFolder:
    """Writes a study of the wide space as a search leaves it, in seconds.

    designs: How many are made; trials share them.
    pruned: Share of the trials that ended in screening.
    """
    chosen = replace(settings(trials + 1, "tpe"), space="wide", pruner="screening")
    folder = StudyFolder(chosen.study, runs)
    rng = random.Random(0)
    with folder.locked():
        begin(folder, beginning(chosen, command="python -m search run"))
        store = Store(folder, chosen)
        made = []
        for _ in range(min(designs, trials)):
            values = draw("wide", "inside", rng)
            design = design_from(values, budget=chosen.budget, epochs=EPOCHS)
            made.append((values, store.attributes(design, rule(design.architecture, chosen.budget))))
        number = study_id(store.study)
        store.close()
    storage = open_storage(folder)
    for start in range(0, trials, 500):
        numbers = range(start, min(trials, start + 500))
        rows = []
        for n in numbers:
            values, attributes = made[n % len(made)]
            rows.append(_rows(n, number, values, attributes, rng, pruned=rng.random() < pruned))
        _write(storage, rows)
    storage.close()
    return folder


def _rows(
    number: int, study: int, values: dict[str, Any], attributes: dict[str, Any], rng: random.Random, *, pruned: bool
) -> tuple[list[dict[str, Any]], ...]:
    """Returns the rows of a trial, table by table."""
    trial, start = number + 1, datetime(2026, 1, 1) + timedelta(minutes=number)
    accuracies = [] if pruned else [0.9 + 0.09 * n / EPOCHS + rng.uniform(0, 0.005) for n in range(1, EPOCHS + 1)]
    score = 0.5 if pruned else statistics.fmean(accuracies[-5:])
    ended = {"verdict": "pruned", "reason": "below other trials in screening"} if pruned else {"verdict": "trained"}
    ended |= {"screening seconds": 3.1}
    if not pruned:
        ended |= {"score": score, "losses": accuracies, "training accuracies": accuracies, "seconds": 60.5}
    space = distributions("wide", "inside")
    steps = enumerate([0.5, *accuracies])
    return (
        [
            {"trial_id": trial, "number": number, "study_id": study, "state": "PRUNED" if pruned else "COMPLETE"}
            | {"datetime_start": start, "datetime_complete": start + timedelta(seconds=59)}
        ],
        [{"trial_id": trial, "objective": 0, "value": score, "value_type": "FINITE"}],
        [
            {"trial_id": trial, "param_name": name, "param_value": space[name].to_internal_repr(value)}
            | {"distribution_json": distribution_to_json(space[name])}
            for name, value in values.items()
        ],
        [
            {"trial_id": trial, "key": key, "value_json": json.dumps(value)}
            for key, value in (attributes | ended).items()
        ],
        [
            {"trial_id": trial, "step": step, "intermediate_value": value, "intermediate_value_type": "FINITE"}
            for step, value in steps
        ],
    )


def _write(storage: Storage, rows: list[tuple[list[dict[str, Any]], ...]]) -> None:
    with storage.engine.begin() as connection:
        for table, of_trials in zip(_TABLES, zip(*rows, strict=True), strict=True):
            connection.execute(insert(table), [row for of_one in of_trials for row in of_one])


def ask(url: str) -> tuple[float, int]:
    """Returns the seconds that an answer took, and its bytes."""
    began = time.perf_counter()
    with urllib.request.urlopen(url) as answer:
        size = len(answer.read())
    return time.perf_counter() - began, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--port", type=int, default=18_080)
    options = parser.parse_args()
    base = f"http://127.0.0.1:{options.port}"
    found: dict[str, list[tuple[float, int]]] = {}
    with tempfile.TemporaryDirectory() as where:
        os.chdir(where)
        write_study(Path("runs"), options.trials)
        for _ in range(options.repeats):
            command = [sys.executable, "-m", "search", "dashboard", "--port", str(options.port)]
            with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
                assert process.stderr
                next(line for line in process.stderr if line.startswith("dashboard of "))
                for name, path in (
                    ("first", "/api/studies/1"),
                    ("again", "/api/studies/1"),
                    ("what is new", f"/api/studies/1?after={options.trials}"),
                    ("importances", "/api/studies/1/param_importances"),
                    *((plot, f"/api/studies/1/plot/{plot}") for plot in ("contour", "slice", "rank", "timeline")),
                ):
                    found.setdefault(name, []).append(ask(base + path))
                process.terminate()
    for name, answers in found.items():
        seconds = [one for one, _ in answers]
        print(
            f"{name}: {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}, "
            f"n = {len(seconds)}), {max(size for _, size in answers) / 1e6:.2f} MB"
        )
    record("dashboard", options, seconds_and_bytes=found)


if __name__ == "__main__":
    main()
