"""constraints.txt, which continuous integration installs with, has a version of everything that is installed."""

import importlib.metadata
import re
import tomllib
from itertools import chain

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.source import ROOT

LINES = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
EXACT = {canonicalize_name(name): Version(version) for name, _, version in (line.partition("==") for line in LINES)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WRITTEN = [Requirement(text) for text in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())]
OURS = PROJECT["name"]


def required():
    """Returns the names of all packages that the tests' environment needs, those that the written ones need too."""
    found, open_ = set(), list(WRITTEN)
    while open_:
        need = open_.pop()
        name = canonicalize_name(need.name)
        if name == OURS or (name, frozenset(need.extras)) in found:
            continue
        found.add((name, frozenset(need.extras)))
        for text in importlib.metadata.requires(name) or ():
            deeper = Requirement(text)
            if not deeper.marker or any(deeper.marker.evaluate({"extra": extra}) for extra in need.extras | {""}):
                open_.append(deeper)
    return {name for name, _ in found}


def test_everything_that_is_installed_has_its_version():
    assert required() - EXACT.keys() == set()


def test_the_versions_are_those_that_the_project_may_use():
    for need in WRITTEN:
        if need.name != OURS:
            assert need.specifier.contains(EXACT[canonicalize_name(need.name)]), need


def test_a_line_is_a_name_and_a_version():
    """Neither an address nor a file, and no build of one machine's."""
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", line)] == []
    assert len(EXACT) == len(LINES)
