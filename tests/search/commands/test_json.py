"""What `--json` prints: JSON alone on standard output, each of whose fields is on its page."""

import json
import re
import shutil

import pytest

from results.findings.confirmation import Confirmation, SeedRun
from results.findings.ladder import Ladder, Rung
from search.commands.confirmations import confirmation_objects
from search.commands.explain import ladder_objects
from search.commands.main import run_app
from search.replication.bench import Throughput
from space.architecture import Architecture
from space.design import Design
from space.recipe import PLAIN_RECIPE
from tests.source import ROOT

NAME = "digits-2000"
ROWS = dict(
    re.findall(r"^\| (.+?) \| (.+) \|$", (ROOT / "docs" / "json.md").read_text(), re.MULTILINE),
)


def on_page(*rows):
    """The names that these rows have."""
    return {name for row in rows for name in re.findall(r"`([a-z0-9_]+)`", ROWS[row])}


def parsed(text):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


@pytest.fixture
def printed(studied, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    shutil.copytree(studied[0] / "runs" / NAME, tmp_path / "runs" / NAME)

    def call(*words):
        assert run_app([*words, "--json"]) == 0
        return parsed(capsys.readouterr().out)

    return call


TRIAL = "trial: of `run`, `worker`, `best`, `show`, `table`"
SHOWN = (TRIAL, "`best` and `show`, beside")


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (("best",), (*SHOWN, "the best trial, beside")),
        (("show", "0"), (*SHOWN, "the best trial, beside")),
        (("table",), (TRIAL, "`table`, beside")),
        (("list",), ("`list`",)),
        (("compare", "best", "zoo/2000"), ("`compare`",)),
        (("count", "zoo/2000"), ("`count`",)),
        (("data", "digits"), ("`data`",)),
        (("space", "--budget", "4000"), ("`space`",)),
    ],
    ids=lambda words: words[0].strip("`"),
)
def test_every_field_is_on_the_page(printed, words, rows):
    objects = printed(*words)
    assert objects
    for one in objects:
        assert one.keys() <= on_page(*rows)
        for estimate in filter(None, (one.get("estimate"), one.get("confirmed"))):
            assert estimate.keys() == on_page("estimate")


def test_every_field_of_a_search_is_on_the_page(studied):
    *trials, last = parsed(studied[1].stdout)
    assert [one.keys() <= on_page(TRIAL) for one in trials] == [True] * len(trials)
    assert last.keys() == on_page("the last one of `run`, `worker`")
    assert last["best"].keys() <= on_page(TRIAL, "the best trial, beside")


def test_every_field_of_what_is_trained_again_is_on_the_page():
    run = SeedRun(seed=1001, accuracies=(0.5,), training_accuracies=(0.5,), seconds=1.0)
    reached = Confirmation(runs=(run,), epochs=1, last_epochs=1)
    design = Design(Architecture.parse("c4 relu gap c10k1"), PLAIN_RECIPE)
    seed, last = confirmation_objects(reached, design, images=100, target=None, search_score=None)
    assert seed.keys() == on_page("`confirm`, a seed")
    assert last.keys() <= on_page("`confirm`, the last")
    assert Throughput.__dataclass_fields__.keys() == on_page("`bench`")
    scores = dict.fromkeys(("best_training", "training", "best_held_out", "held_out"), (0.5,))
    rung = Rung(
        name="whole", target="", notation="c10k28", recipe="", parameters=7_840, macs=7_840, receptive_field=28,
        seconds=1.0, **scores,
    )  # fmt: skip
    (step,) = ladder_objects(Ladder(name="a", dataset="digits", seeds=1, epochs=1, hold=1, rungs=(rung,)))
    assert step.keys() == on_page("`explain`")
