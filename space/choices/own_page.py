"""The table of the guide's page about spaces of somebody's own: every choice, as the built-in spaces have it."""

from space.choices.idle import IDLE
from space.choices.kinds import Choice, Pick
from space.choices.own_ranges import outer, shown
from space.choices.own_words import GROUPS, MATTERS, WORDS

_HEAD = ("key", "what it is", "what it may be", "matters with", "otherwise")


def table() -> str:
    """Returns the table in Markdown, a row for each choice."""
    named = [*(name for names in GROUPS.values() for name in names), "fill", "share", "width"]
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_cells, named)]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)


def _cells(name: str) -> tuple[str, ...]:
    group = next((title.partition(": ")[2] for title, names in GROUPS.items() if name in names), "")
    matters = "; ".join(filter(None, (group, MATTERS.get(name, ""))))
    otherwise = f"`{shown(IDLE[name])}`" if name in IDLE else ""
    return f"`{name}`", WORDS[name], _words(outer()[name]), matters, otherwise


def _words(choice: Choice) -> str:
    if isinstance(choice, Pick):
        return ", ".join(f"`{shown(option)}`" for option in choice.options)
    return f"{choice.low:g} to {choice.high:,g}"
