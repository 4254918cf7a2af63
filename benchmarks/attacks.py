"""What was tried against the program, and how much of it held: the table of docs/reliability.md.

    python -m benchmarks.attacks [--kind "power cuts"]

Each kind is a part of the tests, run in full; a test that tries many cases says how many (`record_property`).
"""

import argparse
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from benchmarks.record import ROOT, record

STUDY, COMMANDS, OUTPUTS = "tests/search/study", "tests/search/commands", "tests/search/outputs"
KINDS = {  # files of tests, and which of them, as pytest's -k takes it
    "power cuts: the log or another file at an earlier size": ([f"{STUDY}/test_restoring.py"], "no_told_trial"),
    "files cut to nothing, half or zeros": ([f"{STUDY}/test_cut.py"], ""),
    "database deleted, replaced, older, damaged": (
        [f"{STUDY}/test_restoring.py", f"{STUDY}/test_damage.py"],
        "database or lost or goes or asked or damaged_file",
    ),
    "studies renamed, archived, read-only": (
        [f"{STUDY}/test_restoring.py", f"{STUDY}/test_reading.py"],
        "archived or called_now or written or shows",
    ),
    "weights, checkpoints and records damaged": (
        [
            *(
                "tests/train/files/test_checkpoints.py",
                "tests/train/files/test_weights.py",
                f"{STUDY}/test_folder.py",
            ),
            *(f"{OUTPUTS}/test_export.py", f"{OUTPUTS}/test_report.py", "tests/search/replication/test_confirm.py"),
        ],
        "damage or zeroed or flip or swapped or cut or another or digest or byte",
    ),
    "attributes tampered with": ([f"{STUDY}/test_tampered.py"], ""),
    "requests to the dashboard": ([f"{OUTPUTS}/test_dashboard.py", f"{OUTPUTS}/dashboard"], ""),
    "standard output of any kind, terminals that close": ([f"{COMMANDS}/test_streams.py"], ""),
    "malformed command lines": ([f"{COMMANDS}/test_malformed.py"], ""),
    "malformed data sets": (["tests/train/data"], ""),
    "kill, full disk, clock, lost server, lost machine": (
        [f"{STUDY}/test_damage.py", f"{STUDY}/test_shared.py", "tests/search/loop/test_soak.py"],
        "disk or clock or killed or dies or stopped or goes_away or soak or twenty or kill",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", help="only kinds whose name has this in it")
    options = parser.parse_args()
    kinds = {kind: which for kind, which in KINDS.items() if (options.kind or "") in kind}
    figures = {}
    print("| kind | tests | tried | held |\n| --- | --: | --: | --: |")
    for kind, (files, expression) in kinds.items():
        tests, tried, held = attack(files, expression)
        figures[kind] = {"tests": tests, "tried": tried, "held": held}
        print(f"| {kind} | {tests} | {tried} | {held} |", flush=True)
    every = [sum(row[name] for row in figures.values()) for name in ("tests", "tried", "held")]
    print(f"| **in all** | {every[0]} | {every[1]} | {every[2]} |")
    record("attacks", options, **figures)


def attack(files: list[str], expression: str) -> tuple[int, int, int]:
    """Runs tests; returns how many there were, how many cases they tried and how many of these held. Of a test that
    failed none did; one that was skipped tried none."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "slow or not slow", "--timeout", "3600"]
        subprocess.run(
            [*command, "-k", expression, f"--junitxml={report}", "-o", "junit_family=xunit1", *files],
            cwd=ROOT, check=False, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        cases = list(ElementTree.parse(report).iter("testcase"))
    tests = tried = held = 0
    for case in cases:
        if case.find("skipped") is not None:
            continue
        properties = {one.get("name"): int(one.get("value", 1)) for one in case.iter("property")}
        tests += 1
        tried += properties.get("tried", 1)
        held += properties.get("tried", 1) if case.find("failure") is None and case.find("error") is None else 0
    return tests, tried, held


if __name__ == "__main__":
    main()
