"""Fixtures that several folders share."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def denormals_as_they_were():
    """Commands run within the tests' process set what a training process sets once; floats must stay whole
    for the tests that follow."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder of the real MNIST: $THIMBLE_DATA, or shared/data beside the checkout."""
    for folder in (os.environ.get("THIMBLE_DATA"), ROOT.parent / "shared" / "data"):
        if folder and (Path(folder) / "MNIST" / "raw").is_dir():
            return Path(folder)
    pytest.skip("real MNIST is neither at $THIMBLE_DATA nor in shared/data beside the checkout")
