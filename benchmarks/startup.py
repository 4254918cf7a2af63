"""Seconds from the start of a process to its end: help and bad input, beside an interpreter that does nothing.

python benchmarks/startup.py [--repeats 5]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time

LINES = (
    "--help",
    "run --help",
    "run --budget 0",
    "run --budget 100",
    "run --budget many",
    "run --budget 8000 --dataset cifar",
    "run --budget 8000 --sampler grid",
    "run --budget 8000 --device tpu",
    "run --budget 8000 --epochs 0",
    "run --budget 8000 --data-dir nowhere",
    "count c8-foo",
    "export",
    "best",
    "count ladder-3/6",
)


def seconds(command: list[str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    commands = {"(python -c pass)": [sys.executable, "-c", "pass"]}
    commands |= {line: [sys.executable, "-m", "search", *line.split()] for line in LINES}
    print(f"{'command':<42} {'min':>6} {'median':>6} {'max':>6}  n = {repeats}")
    with tempfile.TemporaryDirectory() as folder:
        for line, command in commands.items():
            seconds(command, folder)  # once to warm the disk's cache
            taken = [seconds(command, folder) for _ in range(repeats)]
            print(f"{line:<42} {min(taken):6.2f} {statistics.median(taken):6.2f} {max(taken):6.2f}", flush=True)


if __name__ == "__main__":
    main()
