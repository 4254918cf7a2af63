"""What a cold start finds in so many minutes where proposals are chosen by their cost, and where they are not.

    python -m benchmarks.cost_aware --minutes 25 --seeds 0 1 2 [--dataset mnist] [--data-dir DIR] [--confirm 2]

Searches by command, one after the other, in pairs of the same seed, of which now the one and now the other is first.
What counts is the accuracy of the best network: by its finals, and confirmed on the test set over some seeds of its
own. Keep the machine idle, or as busy for both.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.record import record

OPTIONS = {True: "--cost-aware", False: "--no-cost-aware"}


def command(folder: Path, *words: str) -> list[dict[str, Any]]:
    """Returns the objects that a command prints, run in the folder."""
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", "search", *words, "--json"],
        cwd=folder, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def search(folder: Path, seed: int, *, aware: bool, options: argparse.Namespace) -> dict[str, Any]:
    """Returns what a search came to: how many designs it looked at, and the accuracy of its best."""
    study, images = f"{'aware' if aware else 'not'}-{seed}", ("--dataset", options.dataset)
    images += ("--data-dir", str(options.data_dir)) if options.data_dir else ()
    *_, end = command(
        folder, "run", "--budget", str(options.budget), *images, "--study", study, "--seed", str(seed),
        "--warm-start", "none", "--timeout", f"{60 * options.minutes:g}", "--trials", "1000",
        "--epochs", str(options.epochs), "--precision", options.precision, "--workers", options.workers,
        OPTIONS[aware],
    )  # fmt: skip
    trials = command(folder, "table", "--study", study)
    best = end["best"] or {}
    confirmed = None
    if best and options.confirm:
        where = ("--data-dir", str(options.data_dir)) if options.data_dir else ()
        how = ("--seeds", str(options.confirm), "--precision", options.precision, "--workers", options.workers)
        *_, last = command(folder, "confirm", "best", "--study", study, *where, *how)
        confirmed = last["last5_mean"]
    return {
        "seed": seed,
        "cost-aware": aware,
        "designs": sum(trial["verdict"] in ("trained", "pruned", "failed") for trial in trials),
        "trained": sum(trial["verdict"] == "trained" for trial in trials),
        "held": best["estimate"]["accuracy"] if best else None,
        "finals": len(best.get("finals") or ()),
        "confirmed": confirmed,
        "network": best.get("notation"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--budget", type=int, default=8000)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--workers", default="auto")
    parser.add_argument("--confirm", type=int, default=0, metavar="SEEDS")
    parser.add_argument("--folder", type=Path, help="that keeps the studies (default: one that is removed)")
    options = parser.parse_args()
    options.data_dir = options.data_dir and options.data_dir.resolve()
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for place, seed in enumerate(options.seeds):
            for aware in (True, False) if place % 2 else (False, True):
                found.append(search(folder, seed, aware=aware, options=options))
                print(json.dumps(found[-1]), flush=True)
    for aware in OPTIONS:
        ours = [one for one in found if one["cost-aware"] == aware]
        means = {name: mean([one[name] for one in ours]) for name in ("designs", "trained", "held", "confirmed")}
        print(f"{OPTIONS[aware]}: {means}, n = {len(ours)}")
    record("cost_aware", options, searches=found)


def mean(figures: list[float | None]) -> float | None:
    there = [figure for figure in figures if figure is not None]
    return fmean(there) if there else None


if __name__ == "__main__":
    main()
