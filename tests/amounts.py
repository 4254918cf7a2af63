"""How much of a test runs: by default, in the slow part, and in full where `just soak` says so."""

import os
from typing import Any

import pytest


def slow(*cases: Any) -> list[Any]:
    """Returns cases for `pytest.mark.parametrize` that are slow, though the others are not; a tuple is arguments."""
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow) for case in cases]


def soak(name: str, short: int) -> int:
    """Returns a number of the soak tests: in full where `just soak` says so, else the shortened one."""
    return int(os.environ.get(f"THIMBLE_SOAK_{name}", short))
