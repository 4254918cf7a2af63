"""`Importance`: which choices of a search mattered."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Importance:
    """A value that says how far the choices of the best trials are from those of all, by PED-ANOVA.

    By Watanabe, Bansal and Hutter, arXiv 2304.10255.

    Attributes:
        shares: Of each choice in all importance, the largest first; they add up to 1.
        chance: A share that nineteen in twenty choices stay below when the same trials are ranked by lot.
        best: How many trials are the best ones.
        trials: How many were looked at, evenly drawn from `of`, all that were scored.
    """

    shares: dict[str, float]
    chance: float
    best: int
    trials: int
    of: int
