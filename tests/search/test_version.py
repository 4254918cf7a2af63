"""The program's version: what is installed, or what the clone is of."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import search.version
from search.version import thimble_version

CLONE = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["version"]


def test_what_is_installed():
    assert thimble_version() == version("thimble")


def test_a_clone_that_was_never_installed(monkeypatch):
    def none_installed(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(search.version, "version", none_installed)
    assert thimble_version() == CLONE
