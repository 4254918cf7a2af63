"""The referee: fvcore counts every proposal, and what is over the budget does not train."""

from dataclasses import dataclass

import torch

from space.architecture import Architecture
from space.design import Budget
from train.importing import undisturbed
from train.model import build

with undisturbed():  # its last release, of 2022, uses what torch has deprecated since
    from fvcore.nn import parameter_count


class RefereeDisagrees(AssertionError):
    """An error: the closed form and fvcore count differently, a mistake of this program, never of its user."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """A value that has what the referee found.

    Attributes:
        parameters: fvcore's count.
        budget: What it was held against.
        excess: For each limit of the budget how far the network lies above it; 0 or less keeps to it.
    """

    parameters: int
    budget: Budget
    excess: dict[str, int]

    @property
    def allowed(self) -> bool:
        """Say whether the network keeps to every limit."""
        return all(over <= 0 for over in self.excess.values())

    @property
    def reason(self) -> str:
        """Say which limits it breaks, and by how much; empty where it keeps to all."""
        limits = self.budget.limits()
        broken = [
            f"{limits[name] + over:,} {name.replace('_', ' ')}, the budget is {limits[name]:,}"
            for name, over in self.excess.items()
            if over > 0
        ]
        return "; ".join(broken)


def rule(architecture: Architecture, budget: Budget) -> Ruling:
    """Count the network with fvcore, without memory for its weights.

    Raises:
        RefereeDisagrees: The closed form differs.
    """
    with torch.device("meta"):
        counted = parameter_count(build(architecture))[""]
    if counted != architecture.parameters:
        raise RefereeDisagrees(
            f"fvcore counts {counted:,} parameters, the closed form {architecture.parameters:,}: "
            f"{architecture.notation}"
        )
    excess = budget.excess(architecture) | {"parameters": counted - budget.parameters}
    return Ruling(parameters=counted, budget=budget, excess=excess)
