"""What a running search shows."""

import io
import json
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from results.findings.records import TrialRecord
from search.commands.live import frame
from search.commands.views import JsonView, PlainView
from search.loop.status import Finals, Running, Status, reaches_target
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


def running(trial, stage, epoch, epochs, accuracy, parameters=7001):
    rest = {"epoch": epoch, "epochs": epochs, "accuracy": accuracy}
    return Running(trial=trial, stage=stage, notation=NOTATION, parameters=parameters, **rest)


@pytest.fixture
def status():
    return Status(
        study="mnist-8000",
        dataset="mnist",
        budgets=(8000,),
        trials=50,
        epochs=15,
        target=0.994,
        counts=Counter(trained=4, pruned=2, rejected=30, failed=1),
        running=(
            running(8, "training", 4, 15, 0.9871),
            running(9, "screening", 0, 3, None, parameters=800),
        ),
        best=record(),
        elapsed=75.0,
        left=3700.0,
    )


def drawn(status, width, lines=24):
    """The lines of the live table."""
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(frame(status, columns=width, lines=lines))
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_live_table_says_it_all_at_any_width(status, width):
    lines = drawn(status, width)
    assert max(map(len, lines)) <= width
    words = " ".join(" ".join(lines).split())
    for part in (
        "7 of 50 trials",
        "4 trained, 2 pruned, 30 rejected, 1 failed",
        "1 min 15 s gone, about 1 h 01 min left",
        "8 training 4 / 15 98.71 % 7,001",
        "9 screening 0 / 3 - 800",
        "best 99.42 % (target 99.40 %)",
        "7,624 parameters, receptive field 28",
    ):
        assert part in words


@pytest.mark.parametrize(
    ("best", "target", "words", "reached"),
    [
        ({}, 0.994, "best 99.42 % (target 99.40 %)", True),
        ({"score": 0.996, "finals": (0.9925, 0.9935)}, 0.994, "best 99.30 % in the finals (target 99.40 %)", False),
        ({"score": 0.996, "finals": (0.9945,)}, 0.994, "best 99.45 % in the finals (target 99.40 %)", True),
        ({"score": 0.99396}, 0.994, "best 99.396 % (target 99.40 %)", False),
        ({"score": 0.99996}, 1.0, "best 99.996 % (target 100.00 %)", False),
        ({"score": 1.0}, 1.0, "best 100.00 % (target 100.00 %)", True),
        ({}, 0.99425, "best 99.42 % (target 99.425 %)", False),
    ],
)
def test_the_best_is_said_by_its_finals_and_is_green_where_it_reaches_the_target(
    status, best, target, words, reached
):
    shown = replace(status, best=record(**best), target=target)
    *_, line = frame(shown, columns=200, lines=24).renderables
    assert (line.plain.partition(":")[0], line.style) == (words, "bold green" if reached else "bold")
    lines = drawn(shown, 80)
    assert max(map(len, lines)) <= 80
    assert words in " ".join(" ".join(lines).split())
    stream = io.StringIO()
    view = PlainView(stream)
    view._next = 0.0
    view.update(shown)
    assert words.partition(" (")[0] in " ".join(stream.getvalue().split())


@pytest.mark.parametrize("finals", [(), (0.993,)])
def test_the_live_table_is_no_higher_than_the_terminal(status, finals):
    many = tuple(running(trial, "training", 1, 15, 0.5) for trial in range(100))
    lines = drawn(replace(status, running=many, best=record(finals=finals)), 80)
    assert len(lines) <= 24
    assert any("and 86 more" in line for line in lines)
    assert "best 99." in " ".join(lines[-2:])


def test_finals_are_in_the_live_table(status):
    finals = replace(
        status, running=(running(3, "final", 2, 15, 0.9912),), finals=Finals(round=2, rounds=3, done=9, trainings=14)
    )
    words = " ".join(" ".join(drawn(finals, 80)).split())
    assert "finals, round 2 of 3: 9 of 14 trainings over" in words
    assert "3 final 2 / 15 99.12 % 7,001" in words
    assert "50 trials" not in words


def test_one_of_a_kind_is_said_in_the_singular(status):
    one = replace(status, trials=1, budgets=(1,), counts=Counter(), best=record(parameters=1))
    words = " ".join(" ".join(drawn(one, 80)).split())
    assert "at most 1 parameter, mnist" in words
    assert "0 of 1 trial:" in words
    assert "1 parameter, receptive field 28" in words


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
    assert "99.54 %  below other trials after epoch 3" in lines[1]
    assert "signal 9, 3 times" in lines[2]
    monkeypatch.setattr(view, "_next", 0.0)
    view.update(status)
    assert (
        "trial 8 training epoch 4 of 15 98.71 %; trial 9 screening epoch 0 of 3; best 99.42 %; about 1 h 01 min"
        in (stream.getvalue())
    )


def test_plain_lines_do_not_repeat_themselves(status, monkeypatch):
    """A line comes when its time has come and something has happened; that time has passed is nothing."""
    stream, clock = io.StringIO(), [0.0]
    monkeypatch.setattr("search.commands.views.time", SimpleNamespace(monotonic=lambda: clock[0]))
    view = PlainView(stream)
    for _ in range(10):
        clock[0] += 40
        view.update(replace(status, elapsed=clock[0], left=4000 - clock[0]))
    assert len(stream.getvalue().splitlines()) == 1
    view.update(replace(status, counts=status.counts + Counter(rejected=1)))
    assert len(stream.getvalue().splitlines()) == 2


def test_why_the_time_left_is_another_is_said_at_once(status):
    stream = io.StringIO()
    PlainView(stream).update(replace(status, why="about 3 min left by now: trial 7 passed screening"))
    assert stream.getvalue() == "about 3 min left by now: trial 7 passed screening\n"


def test_a_time_left_that_is_not_known_is_not_said(status):
    words = " ".join(" ".join(drawn(replace(status, left=None), 80)).split())
    assert "1 min 15 s gone, time left not known yet" in words


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
