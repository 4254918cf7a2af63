"""ONNX files are checked by a library that is its makers': what it does when it is loaded."""

import os
import subprocess
import sys

# A process whose home is empty, as ONNX Runtime tells its makers from when it is first loaded in one.
CHECK = """
import os
import numpy as np
from results.export.onnx_file import as_onnx, check
from space.architecture import Architecture
from space.task import DIGITS

network = Architecture.parse("gap c10k1")
weights = {"conv1.weight": np.ones((10, 1, 1, 1), np.float32)}
before = dict(os.environ)
content = as_onnx(network, weights, task=DIGITS, about="")
assert check(content, images=np.ones((64, 1, 28, 28), np.float32), logits=np.ones((64, 10), np.float32)) == 0
assert dict(os.environ) == before
"""


def test_nothing_is_reported_and_no_number_of_the_user_is_kept(tmp_path):
    variables = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        env=variables | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*")) == []
