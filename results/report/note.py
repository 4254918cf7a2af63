"""A trial as a note in Markdown: how it ended and why, its recipe in words, and its layers."""

import re
from statistics import fmean
from textwrap import wrap

from results.findings.records import TrialRecord
from results.wording.layers import as_markdown
from results.wording.percent import percent
from results.wording.recipe import recipe_lines
from results.wording.trial import reached
from space.architecture import Architecture

_WIDTH = 100  # letters of a line


def note(record: TrialRecord) -> str:
    """Writes a trial as Markdown; empty for one that has not begun.

    Why it was rejected, pruned or failed comes first.
    """
    if not record.notation:
        return ""
    architecture = Architecture.parse(record.notation)
    parts = [_end(record), _broken(f"From {record.proposer}: {record.notation}"), as_markdown(architecture)]
    if record.recipe:
        parts.insert(
            2, "\n".join(f"- {_broken(line, indent='  ')}" for line in recipe_lines(record.recipe, architecture))
        )
    return "\n\n".join(parts)


def _end(record: TrialRecord) -> str:
    """Tells how the trial ended."""
    text = f"**{record.verdict}**"
    if record.reason:
        text += f": {_plain(record.reason)}"
    if record.reached is not None:
        text += f", {reached(record)}"
    if record.finals:
        times = len(record.finals)
        text += f", {percent(fmean(record.finals))} in {times} {'final' if times == 1 else 'finals'}"
    return text


def _broken(text: str, indent: str = "") -> str:
    """Breaks text into lines of its own: the dashboard's page grows as wide as a line of a note."""
    return f"  \n{indent}".join(map(_plain, wrap(text, _WIDTH)))


def _plain(text: str) -> str:
    """Returns text in which nothing is Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>()#|~])", r"\\\1", " ".join(text.split()))
