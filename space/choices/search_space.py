"""`SearchSpace`: the name of a built-in search space, or an `OwnSpace`, which narrows one and adds to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from space.choices.kinds import Choice, Value
from space.toml_text import Key

SpaceName = Literal["core", "wide", "taught"]
FormName = Literal["plain", "stages", "template"]
FORMS_OF: dict[SpaceName, tuple[FormName, ...]] = {
    "core": ("plain",),
    "wide": ("plain", "stages"),
    "taught": ("plain", "stages"),
}
"""The forms that the built-in spaces have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A value that says where a space was read. file: as people name it; lines: of its keys, from 1."""

    file: str
    lines: Mapping[Key, int]


class BadSpace(ValueError):
    """An error: a search space of somebody's own cannot be; one line that names the file, the line and the key."""

    def __init__(self, rule: str, key: Key = (), *, written: Written | None, line: int | None = None) -> None:
        while line is None and written and key not in written.lines and key:
            key = key[:-1]
        line = line or (written.lines.get(key) if written else None)
        place = f" {written.file}" if written else " of the study"
        super().__init__(f"`space`{place}{f', line {line}' if line else ''}: {rule}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A value that says when a choice matters.

    Attributes:
        needs: Other choices by name, each with the values of which it must have one.
        otherwise: What the choice is where one of them has another value.
    """

    needs: tuple[tuple[str, tuple[Value, ...]], ...]
    otherwise: Value

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Says whether the choice matters beside these values."""
        return all(values[name] in allowed for name, allowed in self.needs)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnSpace:
    """A value that says what somebody lets a search choose from: a built-in space, narrowed, and their own networks.

    Two are equal that let the same be chosen, whatever they are called.

    Attributes:
        name: What people call it.
        base: The built-in space whose choices it has.
        forms: Which kinds of networks there are.
        templates: Layers with free widths, as `space.choices.template` reads them.
        start: Networks in the notation that are tried first.
        narrowed: What choices may be, sorted by name, where that is not what the built-in space says; `share` and
            `width` are those of all slots that are not named.
        conditions: When choices matter, by name, in the order in which they are to be looked at.
        written: Where it was read; None of one that a study has kept.
    """

    name: str = field(compare=False)
    base: SpaceName
    forms: tuple[FormName, ...]
    templates: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    narrowed: tuple[tuple[str, Choice], ...] = ()
    conditions: tuple[tuple[str, Condition], ...] = ()
    written: Written | None = field(default=None, compare=False, repr=False)

    def settled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the values, those of choices that do not matter beside the others as the conditions have them."""
        settled = dict(values)
        for name, condition in self.conditions:
            if name in settled and not condition.holds(settled):
                settled[name] = condition.otherwise
        return settled

    def unmet(self, values: Mapping[str, Any]) -> set[str]:
        """Names the choices that do not matter beside the others by the conditions."""
        settled = self.settled(values)
        return {name for name, condition in self.conditions if name in settled and not condition.holds(settled)}

    def describe(self) -> str:
        """Returns what it is for people, on one line."""
        parts = [f"forms {', '.join(self.forms)}"]
        counts = {"template": self.templates, "choice of its own": self.narrowed, "network to start with": self.start}
        for what, some in counts.items():
            noun = what if len(some) == 1 else what.replace("template", "templates").replace("choice", "choices")
            noun = noun if len(some) == 1 else noun.replace("network", "networks")
            parts += [f"{len(some)} {noun}"] if some else []
        return f"{self.name}, of {self.base}: {', '.join(parts)}"

    def error(self, rule: str, *key: str | int) -> BadSpace:
        """Returns an error about what stands at a key."""
        return BadSpace(rule, key, written=self.written)


SearchSpace = SpaceName | OwnSpace


def base_of(space: SearchSpace) -> SpaceName:
    """Returns the built-in space whose choices a space has."""
    return space.base if isinstance(space, OwnSpace) else space


def name_of(space: SearchSpace) -> str:
    """Returns what people call a space."""
    return space.name if isinstance(space, OwnSpace) else space
