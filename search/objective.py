"""What a design is worth: its accuracy, or its size where the smallest network that holds a target is sought."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Objective:
    """target: the accuracy that the smallest network must hold, a share; None where accuracy alone counts.
    budget: most parameters."""

    target: float | None
    budget: int

    def merit(self, score: float, parameters: int) -> float:
        """More for the better design: below the target the accuracy, from there on the share of the budget that the
        network leaves free, so that a larger one never ranks before a smaller one that holds the target too."""
        if self.target is None or score < self.target:
            return score
        return self.target + 1 - parameters / self.budget
