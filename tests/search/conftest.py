"""A small finished study on digits, made once by the real command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SMALL = ("run", "--budget", "2000", "--dataset", "digits", "--epochs", "2", "--workers", "2", "--json")


@pytest.fixture(scope="session")
def studied(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """The folder in which a study of five trials was run, and what the run printed."""
    folder = tmp_path_factory.mktemp("studied")
    done = subprocess.run(
        [sys.executable, "-m", "search", *SMALL, "--trials", "5"],
        cwd=folder,
        env={**os.environ, "THIMBLE_DATA": ""},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done
