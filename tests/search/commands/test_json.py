"""What `--json` prints: JSON alone on standard output, each of whose fields is on the page of it."""

import json
import re
import shutil

import pytest

from search.commands.main import run_app
from tests.source import ROOT

NAME = "digits-2000"
ON_PAGE = set(re.findall(r"`([a-z0-9_]+)`", (ROOT / "docs" / "json.md").read_text()))


def parsed(text):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def fields(value):
    """All names in an object and in those within it; a recipe is the study's own."""
    if isinstance(value, list):
        return set().union(*map(fields, value))
    if isinstance(value, dict):
        return value.keys() | set().union(*(fields(one) for name, one in value.items() if name not in DATA))
    return set()


DATA = ("recipe", "choices", "classes", "share_inside_budget")  # whose names are of what is told, not of the telling


@pytest.fixture
def printed(studied, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    shutil.copytree(studied[0] / "runs" / NAME, tmp_path / "runs" / NAME)

    def call(*words):
        assert run_app([*words, "--json"]) == 0
        return parsed(capsys.readouterr().out)

    return call


@pytest.mark.parametrize(
    "words",
    [
        ("best",),
        ("show", "0"),
        ("table",),
        ("list",),
        ("compare", "best", "zoo/2000"),
        ("count", "zoo/2000"),
        ("data", "digits"),
        ("space", "--budget", "4000"),
    ],
    ids=lambda words: words[0],
)
def test_every_field_is_on_the_page(printed, words):
    objects = printed(*words)
    assert objects
    assert sorted(fields(objects) - ON_PAGE) == []


def test_every_field_of_a_search_is_on_the_page(studied):
    *trials, last = parsed(studied[1].stdout)
    assert trials
    assert last["best"]["estimate"]["of"]
    assert sorted(fields([*trials, last]) - ON_PAGE) == []
