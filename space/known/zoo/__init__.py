"""Networks that this program found and confirmed, ready to be exported: `zoo/8000`.

Each is two files: its design with what it reached over seeds, and the weights of the first of these seeds.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from space.architecture import Architecture
from space.design import Design
from space.known.references import UnknownReference
from space.recipe import Recipe

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class ZooDesign:
    """A value that describes one network of the zoo.

    Attributes:
        name: `zoo/BUDGET`.
        dataset: What it was trained on, all its training images.
        scores: Test accuracy of each seed, the mean of its last epochs; no seed and no epoch was chosen.
        last_epochs: How many last epochs.
        worst: The lowest of these epochs of all seeds.
        found_by: The search that found it.
        weights: A safetensors file, of the first seed.
        weights_sha256: The file's digest.
    """

    name: str
    design: Design
    dataset: Literal["mnist"]
    scores: tuple[float, ...]
    last_epochs: int
    worst: float
    found_by: str
    weights: Path
    weights_sha256: str


@cache
def zoo() -> dict[str, ZooDesign]:
    """Returns the networks of the zoo by name, the smallest first; their files are read once a process."""
    files = sorted(_FOLDER.glob("*.json"), key=lambda file: int(file.stem))
    return {design.name: design for design in map(_read, files)}


def find(name: str) -> ZooDesign:
    """Returns the network of that name; raises UnknownReference with the names that there are."""
    if name not in zoo():
        raise UnknownReference(f"no design of the zoo is called {name[:40]}; there are {', '.join(zoo())}")
    return zoo()[name]


def _read(file: Path) -> ZooDesign:
    """Reads a network's JSON file."""
    entry = json.loads(file.read_text())
    return ZooDesign(
        name=f"zoo/{file.stem}",
        design=Design(Architecture.parse(entry["notation"]), Recipe.from_json(entry["recipe"])),
        dataset=entry["dataset"],
        scores=tuple(entry["scores"]),
        last_epochs=entry["hold"],
        worst=entry["worst"],
        found_by=entry["found_by"],
        weights=file.with_suffix(".safetensors"),
        weights_sha256=entry["weights_sha256"],
    )
