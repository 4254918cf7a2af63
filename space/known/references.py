"""Networks that people designed by hand, step by step, with their recipes and what they published.

They are facts about public notebooks, read from their saved outputs, in `references.json`; `evidence` says how sure
a record is. Accuracies are shares in [0, 1], of single runs that were tuned on the test set.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from space.architecture import Architecture
from space.design import Design
from space.recipe import Recipe

_FILE = Path(__file__).with_name("references.json")


class UnknownReference(ValueError):
    """An error that says that no known design has that name, and which names are near."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A value that records one step of one ladder as it was published.

    Attributes:
        name: `ladder-N/S`.
        parameters: As published; the closed form gives the same.
        published_best: Highest test accuracy of the first 15 epochs, or None.
        published_last5: Mean test accuracy of the last five of them, or None.
        evidence: Read from a saved run, from a summary only, or fitted to the published count.
        origin: The public repository.
        test_curve: Test accuracy after each epoch, as far as the run went; empty where none was saved.
        train_curve: Training accuracy, likewise.
        uncertain: What of the record is not sure.
        notes: What a reader who compares should know.
    """

    name: str
    title: str
    notation: str
    recipe: Recipe
    parameters: int
    published_best: float | None
    published_last5: float | None
    evidence: Literal["saved run", "fitted", "summary"]
    origin: str
    test_curve: tuple[float, ...] = ()
    train_curve: tuple[float, ...] = ()
    uncertain: tuple[str, ...] = ()
    notes: str = ""

    @property
    def design(self) -> Design:
        """The network and its recipe, as a search knows them."""
        return Design(Architecture.parse(self.notation), self.recipe)


class _References(Mapping[str, Reference]):
    """A mapping of all references by name, in the file's order; the file is read when one is first asked for."""

    def __getitem__(self, name: str) -> Reference:
        return _read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_read())

    def __len__(self) -> int:
        return len(_read())


REFERENCES: Mapping[str, Reference] = _References()


def find(name: str) -> Reference:
    """Returns the reference of that name; raises UnknownReference with the nearest names."""
    if name not in REFERENCES:
        shown = name if len(name) <= 40 else name[:37] + "..."
        near = difflib.get_close_matches(shown, REFERENCES, n=4, cutoff=0.3) or list(REFERENCES)[:4]
        raise UnknownReference(f"no reference design is called {shown}; the nearest are {', '.join(near)}")
    return REFERENCES[name]


@cache
def _read() -> dict[str, Reference]:
    """Reads the file, once a process."""
    return {entry["name"]: _reference(entry) for entry in json.loads(_FILE.read_text(encoding="utf-8"))}


def _reference(entry: dict[str, Any]) -> Reference:
    """Turns one entry of the file into a value; what was not saved or is not to be noted is absent there."""
    return Reference(
        name=entry["name"],
        title=entry["title"],
        notation=entry["notation"],
        recipe=Recipe.from_json(entry["recipe"]),
        parameters=entry["parameters"],
        published_best=entry["published_best"],
        published_last5=entry["published_last5"],
        evidence=entry["evidence"],
        origin=entry["origin"],
        test_curve=_shares(entry.get("test_curve_percent", [])),
        train_curve=_shares(entry.get("train_curve_percent", [])),
        uncertain=tuple(entry.get("uncertain", [])),
        notes=entry.get("notes", ""),
    )


def _shares(percents: list[float]) -> tuple[float, ...]:
    """Turns a log in percent, as it was published, into shares."""
    return tuple(round(percent / 100, 6) for percent in percents)
