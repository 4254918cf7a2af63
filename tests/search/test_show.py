"""What `table` and `show` look like on a terminal. What they print when piped is tested with the commands."""

import json
import re

import pytest

from search.cli import run_app

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


@pytest.mark.parametrize("width", [80, 200])
def test_a_trial_fits_the_terminal(terminal, width):
    lines = terminal(width, "best").splitlines()
    assert max(len(CODES.sub("", line)) for line in lines) <= width
    assert any(CODES.match(line) and "c10" in line for line in lines)


def test_no_color_is_heeded(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    for command in ("table", "best"):
        assert not re.search(r"\x1b\[(\d;)*3\d", terminal(120, command))
