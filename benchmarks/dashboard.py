"""How long the dashboard's answers about a study of thousands of trials take, and how large they are.

python -m benchmarks.dashboard --trials 20000
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.made_study import write_study
from benchmarks.record import record


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
