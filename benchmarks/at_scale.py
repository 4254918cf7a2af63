"""What the commands take that read a long study: seconds, seconds of a processor, memory, and what they write.

python -m benchmarks.at_scale [--trials 20000] [--repeats 5]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.made_study import write_study
from benchmarks.record import record

COMMANDS = {
    "best": ["best"],
    "show": ["show", "17"],
    "table": ["table"],
    "table --json": ["table", "--json"],
    "table --csv": ["table", "--csv", "trials.csv", "--force"],
    "report": ["report", "-o", "page.html", "--force"],
}


class Taken(NamedTuple):
    """What a command took, and the megabytes that it wrote on standard output and into its file."""

    seconds: float
    processor_seconds: float
    peak_megabytes: float
    written: float


_WATCH = """
import json, os, resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=os.open("stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""By a process that is small, for a process has at least the peak memory of the one that started it."""


def take(arguments: list[str]) -> Taken:
    """Runs a command of ours, alone."""
    command = [sys.executable, "-c", _WATCH, sys.executable, "-m", "search", *arguments]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    files = [Path(name) for name in ("stdout", *arguments) if name in ("stdout", "trials.csv", "page.html")]
    seconds, processor_seconds, peak = json.loads(answer)
    return Taken(seconds, processor_seconds, peak, sum(file.stat().st_size for file in files) / 1e6)


def spread(numbers: list[float], digits: int = 2) -> str:
    return f"{statistics.median(numbers):.{digits}f} ({min(numbers):.{digits}f} to {max(numbers):.{digits}f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=COMMANDS, action="append", help="commands to run, instead of all")
    parser.add_argument("--keep", type=Path, help="folder to make the study in, or to find it, and to leave it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as where:
        os.chdir(options.keep or where)
        if not Path("runs").exists():
            write_study(Path("runs"), options.trials, designs=2_000)
        found = {}
        for name in options.only or COMMANDS:
            runs = [take(COMMANDS[name]) for _ in range(options.repeats)]
            found[name] = [run._asdict() for run in runs]
            wall, processor, peak, written = (list(column) for column in zip(*runs, strict=True))
            print(
                f"{name}: {spread(wall)} s, of a processor {spread(processor)} s, peak {spread(peak, 0)} MiB, "
                f"wrote {max(written):.2f} MB, n = {options.repeats}",
                flush=True,
            )
    record("at_scale", options, runs=found)


if __name__ == "__main__":
    main()
