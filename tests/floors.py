"""How much of each package the default suite runs: `python -m tests.floors` after `pytest --cov` prints a table, and
ends with 1 where a package lies below its floor. Floors stand three points below what was measured."""

import json
import subprocess
import sys
from pathlib import Path

# Percent of lines; what worker processes, commands in processes of their own and compiled functions run is not seen.
FLOORS = {"space": 95, "train": 94, "results": 95, "search": 83, "thimble": 76}


def packages(report):
    """Returns the lines seen and all lines of each package, from coverage's JSON."""
    counts = {package: [0, 0] for package in FLOORS}
    for file, found in report["files"].items():
        if Path(file).is_absolute():
            continue  # of a test, that is called as one of the packages
        seen = counts[file.split("/")[0]]
        seen[0] += found["summary"]["covered_lines"]
        seen[1] += found["summary"]["num_statements"]
    return counts


def table(counts, floors):
    """Returns the lines of the table, and the packages below their floors; one without lines is below."""
    lines, below = [f"{'package':<12}{'lines':>8}{'run':>9}{'floor':>9}"], []
    for package, (seen, whole) in counts.items():
        share = 100 * seen / whole if whole else 0.0
        low = share < floors[package] or not whole
        below += [package] if low else []
        lines.append(f"{package:<12}{whole:>8,}{share:>8.1f}%{floors[package]:>8}%{'  too little' if low else ''}")
    return lines, below


def main():
    command = [sys.executable, "-m", "coverage", "json", "-q", "-o", "-"]
    lines, below = table(packages(json.loads(subprocess.check_output(command))), FLOORS)
    print("\n".join(lines))
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
