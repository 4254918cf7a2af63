"""Whether an exported module is what it says: imported in a clean interpreter that knows nothing of us."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

OURS = ("space", "train", "results", "search", "thimble")
"""The packages that an exported file does without."""

_CHILD = """
import importlib.util, sys

class Ours:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ours!r}:
            raise ImportError(f"an exported module must not import {{name}}")

sys.meta_path.insert(0, Ours())
sys.path[:] = {places!a}
spec = importlib.util.spec_from_file_location("net", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
import numpy, torch
torch.set_num_threads(1)
net = module.load(sys.argv[2])
with torch.inference_mode():
    outputs = net(torch.from_numpy(numpy.load(sys.argv[3]))).numpy()
numpy.save(sys.argv[4], outputs)
print(sum(weights.numel() for weights in net.parameters()))
"""


class ExportMismatch(RuntimeError):
    """An error that says in what an exported file differs from the trained network."""


def verify(
    module_file: Path,
    weights_file: Path,
    *,
    images: np.ndarray,
    logits: np.ndarray,
    parameters: int,
    tolerance: float,
) -> float:
    """Imports the module with this project out of reach, loads the weights, and compares.

    Other modules are found where this process finds them, which may be in $PYTHONPATH or the user's own packages.

    Args:
        weights_file: As the module's `load` takes it.
        images: float32 (N, C, H, W), normalised.
        logits: (N, classes), the trained network's for them.

    Returns:
        The largest absolute difference of a logit.

    Raises:
        ExportMismatch: It does not import, counts otherwise, or differs by more than `tolerance`.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, came = Path(folder, "images.npy"), Path(folder, "logits.npy")
        np.save(given, images)
        files = [path.absolute() for path in (module_file, weights_file, given, came)]
        code = _CHILD.format(ours=OURS, places=[place for place in sys.path if os.path.isabs(place)])
        child = subprocess.run(
            [sys.executable, "-I", "-c", code, *map(str, files)],
            capture_output=True,
            text=True,
            cwd=folder,
            check=False,
        )
        if child.returncode:
            why = child.stderr.strip().splitlines()[-1] if child.stderr.strip() else f"exit code {child.returncode}"
            raise ExportMismatch(f"the exported module does not run: {why}")
        counted = int(child.stdout)
        if counted != parameters:
            raise ExportMismatch(f"the exported module has {counted:,} parameters, the network {parameters:,}")
        difference = float(np.abs(np.load(came) - logits).max())
    if not difference <= tolerance:  # so that NaN is a mismatch too
        raise ExportMismatch(f"the exported module's logits differ from the network's by {difference:.2g}")
    return difference
