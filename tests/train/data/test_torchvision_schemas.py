"""torchvision's operators are defined where its wheel lacks them, and nowhere else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = """
from train.data.torchvision_schemas import define_missing_operators
define_missing_operators()
define_missing_operators()
import torch, torchvision
print(hasattr(torch.ops.torchvision, "nms"), torchvision.__file__)
"""


def told(*folders):
    path = os.pathsep.join(map(str, (*folders, ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_the_wheel_is_imported_beside_this_torch():
    assert told()[0] == "True"


def test_where_the_extension_loads_nothing_is_defined_which_would_end_the_process(tmp_path):
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").touch()
    assert told(tmp_path) == ["False", str(package / "__init__.py")]


@pytest.mark.slow
def test_another_failure_of_torchvision_is_told(tmp_path):
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('broken')")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "RuntimeError: broken" in done.stderr
