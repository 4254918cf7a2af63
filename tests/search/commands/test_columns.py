"""Lines for people in the width of their terminal."""

import io
import shlex

import pytest

from search.commands.columns import columns_of, cut, in_columns

AGAIN = "python -m search run --budget 2000 --dataset digits --trials 24 --epochs 5 --workers 1 --study digits-2000"
SENTENCE = (
    "zoo/2000, a design that was known before the search, won; of what the search proposed itself the best is trial 4"
)


def words(line):
    """What a shell takes a command for; Python's does not know a backslash at the end of a line."""
    return shlex.split(line.replace("\\\n", ""))


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_prose_breaks_between_words(columns):
    lines = in_columns(f"  {SENTENCE}\nthe next", columns).splitlines()
    assert max(map(len, lines)) <= columns
    assert [line.split() for line in lines[:-1]] == [line.split() for line in lines[:-1] if line.startswith("  ")]
    assert " ".join(" ".join(lines).split()) == f"{SENTENCE} the next"


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_command_goes_on_with_a_backslash_and_means_the_same(columns):
    head, *lines = in_columns(f"go on with:    {AGAIN}", columns).splitlines()
    assert head == "go on with:"
    assert max(map(len, lines)) <= columns
    assert words("\n".join(lines)) == words(AGAIN)


def test_what_is_quoted_stays_in_one_piece():
    line = f"python -m search count --study s --note '{SENTENCE}' --json"
    assert words(in_columns(f"go on with: {line}", 60).partition("\n")[2]) == words(line)
    text = in_columns(
        "study digits-2000 has no trial 99; its trials go from 0 to 11, `python -m search table` lists", 80
    )
    assert any("`python -m search table`" in line for line in text.splitlines())


def test_what_goes_into_a_file_stays_as_it_is():
    assert in_columns(f"  {SENTENCE}\n{AGAIN}", None) == f"  {SENTENCE}\n{AGAIN}"


def test_a_line_is_cut_to_its_columns():
    assert cut("c8 relu gap", 11) == "c8 relu gap"
    assert cut("c8 relu gap", 10) == "c8 relu g…"
    assert cut("c8 relu gap", 10, ellipsis="...") == "c8 relu..."


class Terminal(io.StringIO):
    """One that does not know how wide it is."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("given", "columns"), [("100", 100), ("0", 80), ("²", 80), ("-5", 80), ("wide", 80), ("", 80)]
)
def test_columns_that_are_no_number_are_not_taken(monkeypatch, given, columns):
    monkeypatch.setenv("COLUMNS", given)
    assert columns_of(Terminal()) == columns
