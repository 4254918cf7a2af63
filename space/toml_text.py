"""What `tomllib` lacks of TOML: the lines on which keys stand, and values written."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from space.recipe import exact

Key = tuple[str | int, ...]
"""A key of a file, and below it another, or the place of an item in a list, from 0."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|'
    r"'''.*?'{3,5}(?!')|"
    r'"(?:\\.|[^"\\\n])*"|'
    r"'[^'\n]*'|"
    r"\#[^\n]*|[\[\]{},=\n]|[ \t\r]+|[^\s\"'#\[\]{},=]+",
    re.DOTALL,
)


class NotToml(ValueError):
    """An error that says on which line a text is no TOML, and why: half a sentence."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.line = line


def parsed(text: str) -> tuple[dict[str, Any], dict[Key, int]]:
    """Returns what a text says, and the lines of its keys as `lines_of` has them; raises NotToml."""
    try:
        return tomllib.loads(text), lines_of(text)
    except (RecursionError, ValueError) as error:
        found = re.search(r" \(at line (\d+), ", str(error))
        line = int(found[1]) if found else max(1, text.rstrip().count("\n") + 1)
        if isinstance(error, RecursionError):
            raise NotToml("it is nested too deep", _line_of(text, r"[\[{]")) from None
        if not isinstance(error, tomllib.TOMLDecodeError):  # a number of more digits than Python reads
            raise NotToml("a number has thousands of digits", _line_of(text, r"[\d_]")) from None
        why = " ".join(re.sub(r" \(at .*\)$", "", str(error)).split())[:120]
        if "overwrite" in why:
            key = text.split("\n")[line - 1].partition("=")[0].strip()
            why = f"{key[:40] if key.isprintable() else 'a key'} is given twice"
        raise NotToml(why[:1].lower() + why[1:], line) from None


def written(value: Any) -> str:
    """Returns a value of JSON, with tuples as lists, as TOML has it on one line; keys are bare."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{name} = {written(one)}" for name, one in value.items()) + " }"
        case list() | tuple():
            return f"[{', '.join(map(written, value))}]"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return exact(value)
        case _:
            return '"' + "".join(map(_escaped, str(value))) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


def _line_of(text: str, letters: str) -> int:
    """Returns the line with the most of such letters."""
    counts = [len(re.findall(letters, line)) for line in text.split("\n")]
    return 1 + counts.index(max(counts))


def lines_of(text: str) -> dict[Key, int]:
    """Returns the line, from 1, of each key of a TOML document, and of each item of its lists, by the place from 0.

    What stands in braces is on the line of its key. text: One that `tomllib` reads.
    """
    lines: dict[Key, int] = {}
    above: Key = ()  # the table that keys belong to
    for statement in _statements(text):
        words = [token for _, token in statement]
        first = statement[0][0]
        if words[0] == "[":
            above = _path("".join(words))
            for end in range(1, len(above) + 1):
                lines.setdefault(above[:end], first)
            continue
        equals = words.index("=")
        key = (*above, *_path("".join(words[:equals]) + "=0"))
        for end in range(len(above) + 1, len(key) + 1):
            lines.setdefault(key[:end], first)
        if words[equals + 1] == "[":
            lines |= {(*key, place): line for place, line in enumerate(_items(statement[equals + 2 :]))}
    return lines


def _statements(text: str) -> Iterator[list[tuple[int, str]]]:
    """Yields the tokens of each statement, with their lines, without what is blank."""
    statement: list[tuple[int, str]] = []
    line, depth = 1, 0
    for token in _TOKEN.findall(text):
        if token.strip() and token[0] != "#":
            statement.append((line, token))
            depth += (token in "[{") - (token in "]}")
        elif token == "\n" and depth == 0 and statement:
            yield statement
            statement = []
        line += token.count("\n")
    if statement:
        yield statement


def _items(tokens: list[tuple[int, str]]) -> Iterator[int]:
    """Yields the lines of the items of a list, of the tokens behind its bracket."""
    depth, begins = 0, True
    for line, token in tokens:
        if begins and token not in ",]":
            yield line
        depth += (token in "[{") - (token in "]}")
        begins = depth == 0 and token == ","


def _path(statement: str) -> Key:
    """Returns the keys of a table's head, or of a statement of one value."""
    found: Any = tomllib.loads(statement)
    path: list[str] = []
    while isinstance(found, dict | list) and found:
        if isinstance(found, list):
            found = found[0]
            continue
        name, found = next(iter(found.items()))
        path.append(name)
    return tuple(path)
