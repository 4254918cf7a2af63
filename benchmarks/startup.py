"""Seconds from the start of a process to its end: help and bad input, beside an interpreter that does nothing.

    python -m benchmarks.startup [--repeats 10] [--imports "run --budget 0"]

What needs no torch is to be answered in 0.4 s (median). With --imports it tells which modules one command line takes
longest to load.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.record import record

BAR = 0.4
LINES = (
    "--help",
    "--version",
    "run --help",
    "no-such-command",
    "run --budget 0",
    "run --budget 100",
    "run --budget many",
    "run --budget 8000 --dataset cifar",
    "run --budget 8000 --sampler grid",
    "run --budget 8000 --device tpu",
    "run --budget 8000 --epochs 0",
    "run --budget 8000 --data-dir nowhere",
    "run --budget 8000 --storage sqlite:///x.db",
    "train c8-foo",
    "count c8-foo",
    "count ladder-3/66",
    "count ladder-3/6",
    "show 3",
    "table",
    "export",
    "best",
)


def seconds(command: list[str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - began


def slowest_imports(line: str, folder: str) -> list[tuple[float, str]]:
    """Returns milliseconds that modules take by themselves, the slowest first, by `-X importtime`."""
    command = [sys.executable, "-X", "importtime", "-m", "search", *line.split()]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stderr
    rows = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)$", told, re.MULTILINE)
    return sorted(((int(own) / 1000, name) for own, name in rows), reverse=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--imports", metavar="LINE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.imports is not None:
            modules = slowest_imports(options.imports, folder)
            print(f"{len(modules)} modules, {sum(own for own, _ in modules):.0f} ms while watched")
            for own, name in modules[:25]:
                print(f"{own:8.1f} ms  {name}")
            return
        commands = {"(python -c pass)": [sys.executable, "-c", "pass"]}
        commands |= {line: [sys.executable, "-m", "search", *line.split()] for line in LINES}
        print(f"{'command':<44} {'min':>6} {'median':>6} {'max':>6}  n = {options.repeats}")
        medians = {}
        for line, command in commands.items():
            seconds(command, folder)  # once to warm the disk's cache
            taken = [seconds(command, folder) for _ in range(options.repeats)]
            medians[line] = statistics.median(taken)
            late = f"  over {BAR:g} s" if medians[line] > BAR else ""
            print(f"{line:<44} {min(taken):6.2f} {medians[line]:6.2f} {max(taken):6.2f}{late}", flush=True)
    record("startup", options, median_seconds=medians)


if __name__ == "__main__":
    main()
