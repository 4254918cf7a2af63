"""Lines for people in the width of their terminal, so that it never breaks them; whole where they go into a file.

Prose breaks between words, and what follows is indented. A command line in it begins a line of its own and goes on
with a backslash, so that it can be copied.
"""

import os
import re
import sys
import textwrap
from typing import TextIO

from search.commands.program import as_called, program

_CODE = re.compile(r"`[^`]{1,60}`")
_JOINT = "\ue000"  # for a space where no line ends
_INDENT = "  "


def tell(text: str, *, beside: bool = False) -> None:
    """Prints lines on standard output, or beside it, on standard error."""
    stream = sys.stderr if beside else sys.stdout
    print(in_columns(text, columns_of(stream)), file=stream, flush=True)


def columns_of(stream: TextIO) -> int | None:
    """Returns how many columns a terminal has; None of what is no terminal."""
    if not stream.isatty():
        return None
    if os.environ.get("COLUMNS", "").isdecimal():
        return int(os.environ["COLUMNS"]) or 80
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def in_columns(text: str, columns: int | None) -> str:
    """Returns the text with lines of at most so many columns, as far as its words allow; as it is for None. Command
    lines in it are as the user types them."""
    text = as_called(text)
    if columns is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in _broken(line, columns))


def cut(text: str, columns: int, *, ellipsis: str = "…") -> str:
    """Returns the text in one line of at most so many columns, with an ellipsis where something is left out."""
    return text if len(text) <= columns else text[: max(0, columns - len(ellipsis))] + ellipsis[:columns]


def _broken(line: str, columns: int) -> list[str]:
    if len(line) <= columns:
        return [line]
    command = re.fullmatch(rf"(.*?\S)\s+({program()} .*)", line)
    if command:
        return [*_prose(command[1], columns), *_command(command[2], columns)]
    return _prose(line, columns)


def _prose(line: str, columns: int) -> list[str]:
    margin = line[: len(line) - len(line.lstrip())]
    whole = _CODE.sub(lambda code: code[0].replace(" ", _JOINT), line.strip())  # can be copied
    broken = textwrap.wrap(
        whole,
        max(20, columns),
        initial_indent=margin,
        subsequent_indent=margin + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [part.replace(_JOINT, " ") for part in broken]


def _command(line: str, columns: int) -> list[str]:
    """Breaks before options."""
    lines = [_INDENT]
    for word in re.split(r" (?=--?[a-z])", line):
        joint = "" if lines[-1].isspace() else " "
        if joint and len(lines[-1] + joint + word) > columns - 2:
            lines[-1] += " \\"
            lines.append(2 * _INDENT + word)
        else:
            lines[-1] += joint + word
    return lines
