"""Benchmarks load as the product stands, and keep what they find with what it depends on and nothing else."""

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import record
from tests.source import ROOT


@pytest.mark.slow
def test_every_benchmark_loads_and_says_how_it_is_run():
    """In one process, for torch's sake."""
    names = sorted({file.stem for file in (ROOT / "benchmarks").glob("*.py")} - {"careful_keras_tuner"})
    assert len(names) > 5
    loads = "\n".join(f"import benchmarks.{name}" for name in names)
    subprocess.run([sys.executable, "-c", loads], cwd=ROOT, check=True)
    for name in set(names) - {"against", "against_chart", "against_table", "made_study", "record"}:
        assert f"python -m benchmarks.{name}" in (ROOT / "benchmarks" / f"{name}.py").read_text()


def test_a_line_has_commit_and_machine_and_no_name_or_path(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    options = argparse.Namespace(data_dir=Path("/secret/place"), seeds=3, out=None)
    record.record("speed", options, seconds=[1.5, 2.5])
    record.record("speed", options, seconds=[1.0])
    first, second = (tmp_path / "results" / "speed.jsonl").read_text().splitlines()
    assert json.loads(second)["figures"] == {"seconds": [1.0]}
    line = json.loads(first)
    assert line["figures"] == {"seconds": [1.5, 2.5]}
    assert line["options"] == {"seeds": 3, "out": None}
    assert set(line["machine"]) == {"processor", "cores", "memory_gib", "system", "python", "torch"}
    assert line["machine"]["python"] == platform.python_version()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert head.stdout.startswith(line["commit"].removesuffix("+"))
    assert "/secret" not in first
    assert str(ROOT) not in first
    assert platform.node() not in line["machine"].values()
