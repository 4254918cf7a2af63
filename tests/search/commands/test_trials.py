"""What `table` and `show` look like on a terminal. What they print when piped is tested with the commands."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from results.findings.selection import ranked
from search.commands.main import run_app
from search.study.finding import find
from search.study.reading import read_records

CODES = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture
def terminal(studied, monkeypatch, capsys):
    """Runs a command as on a terminal of that width; returns what it printed."""
    monkeypatch.chdir(studied[0])
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")

    def run(width, *command):
        monkeypatch.setenv("COLUMNS", str(width))
        assert run_app(list(command)) == 0
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_table_is_a_line_a_trial_with_its_curve_and_the_best_stands_out(terminal, studied, width):
    best = json.loads(studied[1].stdout.splitlines()[-1])["best"]
    heads, *lines = terminal(width, "table").splitlines()
    assert len(lines) == 5
    assert max(len(CODES.sub("", line)) for line in (heads, *lines)) <= width
    green = [line for line in lines if "\x1b[1;32m" in line]
    assert [int(CODES.sub("", line).split()[0]) for line in green] == [best["trial"]]
    assert all(re.search(r"[▁▂▃▄▅▆▇█]{2} ", CODES.sub("", line)) for line in lines if "trained" in line)
    assert ("time" in heads) == (width > 80)
    assert (best["notation"][:10] in CODES.sub("", green[0])) or width == 80


@pytest.fixture
def altered(studied, monkeypatch):
    """The study's trials with one in the finals, one pruned in training and one by screening."""
    monkeypatch.chdir(studied[0])
    records = read_records(find(None, Path("runs")))
    best, pruned, screened, *_ = ranked(records)
    lost = {"verdict": "pruned", "score": None}
    changed = {
        best.trial: replace(best, finals=(0.25, 0.75)),
        pruned.trial: replace(pruned, **lost, accuracies=(0.125, 0.4375), screened=0.5),
        screened.trial: replace(screened, **lost, accuracies=(), screened=0.0625),
    }
    monkeypatch.setattr(
        "search.study.reading.read_records", lambda folder: [changed.get(r.trial, r) for r in records]
    )
    return best, pruned, screened


def test_what_pruned_trials_and_finalists_reached_is_shown(terminal, altered, capsys, monkeypatch):
    best, pruned, screened = altered
    for width in (80, 200):
        lines = [CODES.sub("", line) for line in terminal(width, "table").splitlines()]
        assert "finals" in lines[0]
        of = {int(line.split()[0]): line for line in lines[1:]}
        assert re.search(r" 50\.00 % of 2 ", of[best.trial])
        assert re.search(r"pruned +43\.75 % ", of[pruned.trial])
        assert re.search(r"pruned +6\.25 % ", of[screened.trial])
    for trial, words in ((pruned, "43.75 % after epoch 2"), (screened, "6.25 % in screening")):
        assert f"pruned, held-out accuracy {words}\n" in CODES.sub("", terminal(200, "show", str(trial.trial)))
    monkeypatch.delenv("FORCE_COLOR")
    assert run_app(["table"]) == 0
    piped = capsys.readouterr().out
    assert re.search(r"pruned +43\.75 %", piped)
    assert "50.00 % of 2" in piped


@pytest.mark.parametrize("width", [80, 200])
def test_a_trial_fits_the_terminal(terminal, width):
    lines = terminal(width, "best").splitlines()
    assert max(len(CODES.sub("", line)) for line in lines) <= width
    assert any(CODES.match(line) and "c10" in line for line in lines)


def test_no_color_is_heeded(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    for command in ("table", "best"):
        assert not re.search(r"\x1b\[(\d;)*3\d", terminal(120, command))


def test_top_is_heeded_in_json_too_where_it_is_typed(studied, monkeypatch, capsys):
    monkeypatch.chdir(studied[0])

    def rows(*options):
        assert run_app(["table", "--json", *options]) == 0
        return capsys.readouterr().out.splitlines()

    every = rows()
    assert len(every) == 5
    assert rows("--top", "2") == every[:2]
    assert rows("--top", "0") == every
