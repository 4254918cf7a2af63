"""What a design is worth: its accuracy, or its size where the smallest network that holds a target is sought."""

from dataclasses import dataclass
from typing import Self

from results.findings.shares import reaches
from train.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Objective:
    """What designs of a search are compared by.

    Attributes:
        target: Accuracy that the smallest network must reach, a share in [0, 1]; None where accuracy alone counts.
        budget: Most parameters.
        images: How many held-out images an accuracy is of.
        budgets: Most parameters of each of several budgets, which take turns; none where there is one.
        drawn_from: How many images the held-out ones of all trainings are drawn from; as many as `images` where they
            were given, and are the same ones in each. None is any number.
    """

    target: float | None
    budget: int
    images: int
    budgets: tuple[int, ...] = ()
    drawn_from: int | None = None

    @classmethod
    def on(cls, source: Dataset, *, target: float | None, budget: int, budgets: tuple[int, ...]) -> Self:
        """Returns that of a search on these images."""
        counts = source.counts
        drawn_from = counts.held_out if source.held_out_given else counts.training
        return cls(target, budget, counts.held_out, budgets, drawn_from)

    def merit(self, score: float, parameters: int) -> float:
        """Returns more for the better design: below the target the accuracy, from there on the share of the budget
        that the network leaves free.

        So a larger network never ranks before a smaller one that reaches the target too.
        """
        if self.target is None or not reaches(score, self.target):
            return score
        return self.target + 1 - parameters / self.budget

    def of_budget(self, trial: int) -> int | None:
        """Returns which of several budgets the trial of that number is for; None where there is one."""
        return self.budgets[trial % len(self.budgets)] if self.budgets else None

    def met_by(self, trial: int, parameters: int) -> int | None:
        """Returns the smallest of several budgets that the network of a trial meets, or the trial's own where it has
        none yet or meets none; None where there is one budget.

        So a network that was sought for a larger budget is compared with those that are as small as it is.
        """
        own = self.of_budget(trial)
        if own is None or not parameters:
            return own
        return min((budget for budget in self.budgets if parameters <= budget), default=own)
