"""Fixtures that several folders share."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder of the real MNIST: $THIMBLE_DATA, or shared/data beside the checkout."""
    for folder in (os.environ.get("THIMBLE_DATA"), ROOT.parent / "shared" / "data"):
        if folder and (Path(folder) / "MNIST" / "raw").is_dir():
            return Path(folder)
    pytest.skip("real MNIST is neither at $THIMBLE_DATA nor in shared/data beside the checkout")


@pytest.fixture
def thimble(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Runs `python -m search ...` as a user would, in an empty folder."""

    def run(*arguments: str, cwd: Path = tmp_path, timeout: float = 200, **environment: str):
        return subprocess.run(
            [sys.executable, "-m", "search", *arguments],
            cwd=cwd,
            env={**os.environ, "THIMBLE_DATA": "", "COLUMNS": "120", **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
