"""`Design`, an architecture with a recipe, and `Budget`, what it may cost."""

import hashlib
import json
from dataclasses import dataclass

from space.architecture import Architecture
from space.invalid import InvalidDesign
from space.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Design:
    """A value that pairs a network with the recipe by which it is trained."""

    architecture: Architecture
    recipe: Recipe

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits, the same for designs that compute alike and have equal recipes.

        Recipes of a search are in normal form, so that equal trainings have equal ones. The form is not taken here:
        what versions up to 0.2 kept by the fingerprint of another recipe is to be found again.
        """
        facts = [self.architecture.normal_form().notation, self.recipe.to_json()]
        canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A value that says what a network may cost; exactly the limit is allowed.

    Attributes:
        parameters: Numbers it may learn.
        macs: Multiply-adds for one image, or None for no limit.
        activation_bytes: Peak memory of activations for one float32 image, or None for no limit.
    """

    parameters: int
    macs: int | None = None
    activation_bytes: int | None = None

    def __post_init__(self) -> None:
        for name, limit in self.limits().items():
            if limit < 1:
                raise InvalidDesign(f"a budget of {name} is at least 1, not {limit}")

    def limits(self) -> dict[str, int]:
        """Returns the limits that are set, by name."""
        named = {
            "parameters": self.parameters,
            "macs": self.macs,
            "activation_bytes": self.activation_bytes,
        }
        return {name: limit for name, limit in named.items() if limit is not None}

    def excess(self, architecture: Architecture) -> dict[str, int]:
        """Returns by how much the network exceeds each limit that is set; 0 or less where it does not."""
        return {name: getattr(architecture, name) - limit for name, limit in self.limits().items()}

    def allows(self, architecture: Architecture) -> bool:
        """Says whether the network exceeds no limit."""
        return all(over <= 0 for over in self.excess(architecture).values())
