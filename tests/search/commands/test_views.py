"""What a running search shows."""

import io
import json
from collections import Counter

import pytest
from rich.console import Console

from results.findings.records import TrialRecord
from search.commands.views import JsonView, PlainView, _table
from search.loop.status import Running, Status, reaches_target
from search.wording import duration
from space.recipe import PLAIN_RECIPE

NOTATION = "c8 relu bn c16 relu bn mp c8k1 c16 relu bn gap c10k1"


def record(trial=3, verdict="trained", score=0.9942, **changes):
    values = {
        "trial": trial,
        "verdict": verdict,
        "reason": "",
        "origin": "sampler",
        "notation": NOTATION,
        "parameters": 7624,
        "macs": 1_000_000,
        "receptive_field": 28,
        "recipe": PLAIN_RECIPE,
        "fingerprint": "0" * 16,
        "score": score,
        "accuracies": (0.98, 0.993, 0.9954),
        "training_accuracies": (0.9, 0.95, 0.96),
        "losses": (0.3, 0.1, 0.05),
        "seconds": 30.0,
        "finished": None,
        "images": 10_000,
    }
    return TrialRecord(**values | changes)


@pytest.fixture
def status():
    return Status(
        study="mnist-8000",
        dataset="mnist",
        budget=8000,
        trials=50,
        epochs=15,
        target=0.994,
        counts=Counter(trained=4, pruned=2, rejected=30, failed=1),
        running=(
            Running(trial=8, notation=NOTATION, parameters=7001, epoch=4, epochs=15, accuracy=0.9871),
            Running(trial=9, notation=NOTATION, parameters=800, epoch=0, epochs=3, accuracy=None),
        ),
        best=record(),
        elapsed=75.0,
        left=3700.0,
    )


@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_live_table_says_it_all_at_any_width(status, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(_table(status))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    for part in (
        "7 of 50 trials",
        "4 trained, 2 pruned, 30 rejected, 1 failed",
        "1 min 15 s gone, about 1 h 01 min left",
        "8 4 / 15 98.71 % 7,001",
        "9 0 / 3 - 800",
        "best 99.42 % (target 99.40 %)",
        "7,624 parameters, receptive field 28",
    ):
        assert part in words


def test_plain_lines_leave_rejections_to_the_status(status, monkeypatch):
    stream = io.StringIO()
    view = PlainView(stream)
    view.update(status)
    assert stream.getvalue() == ""
    view.ended(record())
    view.ended(record(4, "rejected", None, reason="9,000 parameters, the budget is 8,000"))
    view.ended(record(5, "pruned", None, reason="below other trials after epoch 3"))
    view.ended(record(6, "failed", None, reason="signal 9, 3 times"))
    lines = stream.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == ["3", "5", "6"]
    assert "99.42 %" in lines[0]
    assert "at epoch 3 with 99.54 %: below other trials" in lines[1]
    assert "signal 9, 3 times" in lines[2]
    monkeypatch.setattr(view, "_next", 0.0)
    view.update(status)
    assert "running: 8 epoch 4 98.71 %, 9 epoch 0 -; best 99.42 %" in stream.getvalue()


def test_json_is_one_object_a_trial_and_nothing_else(status):
    out, err = io.StringIO(), io.StringIO()
    view = JsonView(PlainView(err), out)
    view.update(status)
    view.ended(record())
    view.ended(record(4, "rejected", None))
    objects = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(o["trial"], o["verdict"], o["score"]) for o in objects] == [
        (3, "trained", 0.9942),
        (4, "rejected", None),
    ]
    contract = {"trial", "verdict", "parameters", "score", "notation", "epochs", "seconds"}
    assert all(contract <= o.keys() for o in objects)


def test_a_target_is_reached_where_each_of_the_last_epochs_does():
    assert reaches_target(record(), last_epochs=2, target=0.993)
    assert not reaches_target(record(), last_epochs=3, target=0.993)


def test_durations_read_well():
    assert [duration(s) for s in (0.4, 59, 60, 3599, 3600, 90_000, None)] == [
        "0 s", "59 s", "1 min 00 s", "59 min 59 s", "1 h 00 min", "25 h 00 min", "-",
    ]  # fmt: skip
