"""Benchmarks load as the product stands, and keep what they find with what it depends on and nothing else."""

import argparse
import json
import platform
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import record
from benchmarks.efficiency_chart import chart
from tests.source import ROOT


@pytest.mark.slow
def test_every_benchmark_loads_and_says_how_it_is_run():
    """In one process, for torch's sake."""
    names = sorted({file.stem for file in (ROOT / "benchmarks").glob("*.py")} - {"careful_keras_tuner"})
    assert len(names) > 5
    loads = "\n".join(f"import benchmarks.{name}" for name in names)
    subprocess.run([sys.executable, "-c", loads], cwd=ROOT, check=True)
    for name in set(names) - {
        "against",
        "against_chart",
        "against_table",
        "efficiency_chart",
        "made_study",
        "record",
    }:
        assert f"python -m benchmarks.{name}" in (ROOT / "benchmarks" / f"{name}.py").read_text()


def test_the_chart_of_efficiency_has_every_strategy_and_what_it_ends_at():
    lines = {"ours": [(5, 90.0), (10, 5.0), (15, 3.3)], "<others>": [(5, 50.0), (10, 20.0), (15, 4.9)]}
    drawing = ElementTree.fromstring(chart("<title>", lines))
    svg = "{http://www.w3.org/2000/svg}"
    curves = [path for path in drawing.findall(f"{svg}path") if path.get("fill") == "none"]
    assert len(curves) == 2
    texts = [text.text for text in drawing.findall(f"{svg}text")]
    assert {"ours: 3.30 % at the end", "<others>: 4.90 % at the end", "5", "10", "15"} <= set(texts)
    heights = [float(one) for one in re.findall(r"V([\d.]+)", curves[0].get("d", ""))]
    assert heights == sorted(heights)  # an error that falls is a line that falls


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
