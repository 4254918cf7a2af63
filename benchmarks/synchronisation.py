"""What a search on the digits takes longer because all that is told goes to the disk: pairs of searches, of which one
runs under eatmydata (Debian's package), where nothing is synced.

python -m benchmarks.synchronisation [--repeats 5]
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.record import ROOT, record

SEARCH = (
    *("run", "--budget", "2000", "--dataset", "digits", "--sampler", "random", "--pruner", "none", "--space", "core"),
    *("--warm-start", "none", "--workers", "1", "--finals", "0", "--deterministic", "--json"),
)


def seconds(prefix: list[str], trials: int) -> float:
    """Searches in a new folder on the disk that has this project; returns the seconds from trial 0 on."""
    with tempfile.TemporaryDirectory(dir=ROOT / "benchmarks") as folder:
        command = [*prefix, sys.executable, "-m", "search", *SEARCH, "--trials", str(trials)]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout
        times = [time.perf_counter() for line in process.stdout if '"trial"' in line]
        assert process.wait() == 0
    assert len(times) >= trials
    return times[-1] - times[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--trials", type=int, default=12)
    options = parser.parse_args()
    unsynced = shutil.which("eatmydata")
    if not unsynced:
        parser.error("eatmydata is missing; install Debian's package")
    os.environ["PYTHONPATH"] = str(ROOT)
    ratios, taken = [], {"synced": [], "unsynced": []}
    for _ in range(options.repeats):
        kinds = [("synced", []), ("unsynced", [unsynced])]
        random.shuffle(kinds)
        for name, prefix in kinds:
            taken[name].append(seconds(prefix, options.trials))
        ratios.append(taken["synced"][-1] / taken["unsynced"][-1])
        print(f"{taken['synced'][-1]:.2f} s synced, {taken['unsynced'][-1]:.2f} s not: {ratios[-1]:.4f}", flush=True)
    print(f"ratio {statistics.median(ratios):.4f} ({min(ratios):.4f} to {max(ratios):.4f}), n = {len(ratios)}")
    record("synchronisation", options, ratios=ratios, seconds=taken)


if __name__ == "__main__":
    main()
