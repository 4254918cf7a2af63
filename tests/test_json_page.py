"""The page of JSON has every field that a command prints."""

import ast
import dataclasses
import re

import pytest

from results.findings.ladder import Rung
from search.outputs.rescoring import Rescored
from search.replication.bench import Throughput
from tests.command_pages import commands
from tests.source import ROOT

PAGE = ROOT / "docs" / "json.md"
OBJECTS = re.compile(r"_?as_object|\w+_objects|\w+_fields")  # what a function is called that makes objects
PRINTING = {
    "_conclude",
    "_show",
    "_epoch",
    "_result",
    "_print",
    "space",
    "table",
}  # and those that print some besides


def printed(root):
    """Returns the names that functions of the commands give to what they print as JSON."""
    found = set()
    for file in (root / "search" / "commands").glob("*.py"):
        for function in ast.walk(ast.parse(file.read_text())):
            if not isinstance(function, ast.FunctionDef) or "json" not in file.read_text():
                continue
            if OBJECTS.fullmatch(function.name) or function.name in PRINTING:
                found |= {
                    key.value
                    for one in ast.walk(function)
                    if isinstance(one, ast.Dict)
                    for key in one.keys
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                }
    return found


def test_every_field_is_on_the_page():
    named = printed(ROOT)
    assert named >= {"trial", "estimate", "ended_early", "last5_mean", "share_inside_budget", "class", "step"}
    assert "training_accuracy" in named
    named |= {field.name for value in (Throughput, Rung, Rescored) for field in dataclasses.fields(value)}
    text = PAGE.read_text()
    assert [name for name in sorted(named) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("name", commands())
def test_every_command_with_the_option_is_on_the_page(name):
    has = any("--json" in parameter.opts for parameter in commands()[name].params)
    assert (f"`{name}`" in PAGE.read_text()) == has
