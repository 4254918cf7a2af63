"""`thimble_version`: of the program, also where it runs from a clone that was never installed."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def thimble_version() -> str:
    """Return the version that is installed, or that of the clone that this file lies in."""
    try:
        return version("thimble")
    except PackageNotFoundError:
        project = Path(__file__).parent.parent / "pyproject.toml"
        return str(tomllib.loads(project.read_text())["project"]["version"])
