"""A search on a terminal of 80 columns and 24 lines, as its user sees it."""

import re
import sys

import pytest

from tests.amounts import slow
from tests.terminal import Terminal

SEARCH = (
    *(sys.executable, "-m", "search", "run", "--budget", "2000", "--dataset", "digits", "--workers", "1"),
    *("--space", "core", "--sampler", "random", "--warm-start", "none"),
)
QUIET = {"THIMBLE_DATA": ""}


@pytest.mark.slow
def test_a_resize_leaves_no_stale_frame(tmp_path):
    """Narrower, then wider, then lower: one frame, and above it the lines of what has ended."""
    command = [*SEARCH, "--epochs", "300", "--pruner", "none", "--trials", "1"]
    with Terminal(command, cwd=tmp_path, env=QUIET) as terminal:
        terminal.until(lambda t: re.search(r"  training +\d+ / 300", t.text))
        for columns, lines in ((50, 24), (110, 30), (80, 14)):
            before = len(terminal.said)
            terminal.resize(columns, lines)
            terminal.until(lambda t, at=before: b"\x1b[2J" in t.said[at:] and "trial  stage" in t.text)
            terminal.screen.wrapped = ""  # a frame that was under way was of the old size
            for _ in range(5):
                terminal.read()
            assert terminal.text.count("trial  stage") == 1, terminal.text
            assert terminal.text.count("digits-2000: at most 2,000 parameters") == 1, terminal.text
            assert terminal.text.count("loading torch") == 1, terminal.text
            assert not terminal.wrapped


@pytest.mark.parametrize("command", ["show 0", "show 99", *slow("best", "table", "count zoo/8000", "space")])
def test_no_command_writes_beyond_80_columns(studied, command):
    folder, _ = studied
    with Terminal([sys.executable, "-m", "search", *command.split()], cwd=folder, env=QUIET) as terminal:
        assert terminal.finish() == (2 if command == "show 99" else 0)
        assert terminal.text
        assert not terminal.wrapped


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch):
    from search.commands.views import PlainView, make_view

    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(make_view(as_json=False), PlainView)
    monkeypatch.setenv("TERM", "xterm")
    assert not isinstance(make_view(as_json=False), PlainView)
