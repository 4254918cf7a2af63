"""What a study allows its networks to cost, by what was written down when it was begun."""

from collections.abc import Mapping
from typing import Any

from results.wording.limits import limits_in_words
from search.limits import LIMITS


def limits_of(identity: Mapping[str, Any] | None, of_budget: int | None = None) -> dict[str, int]:
    """Return the limits of a study by the names of `space.design.Budget`, the largest budget of several.

    Args:
        identity: The study's, or None where it is lost, of which nothing is known.
        of_budget: That of a trial where there are several, as its record has it.
    """
    stored = {name: (identity or {}).get(field) for name, field in LIMITS.items()}
    stored |= {"parameters": of_budget} if of_budget else {}
    return {name: limit for name, limit in stored.items() if isinstance(limit, int)}


def allowed(identity: Mapping[str, Any]) -> str:
    """Return them in words."""
    return limits_in_words(limits_of(identity), identity.get("budgets", ()))
