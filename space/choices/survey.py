"""What a search space offers under a budget: its choices, and how many of its random proposals the budget allows."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from space.choices.augment_sets import Augment
from space.choices.choices import Sampling, choices, draw
from space.choices.encoding import design_from
from space.choices.kinds import Choice
from space.choices.search_space import SearchSpace
from space.design import Budget
from space.task import Task

_EPOCHS = 15  # of a proposal's recipe, which costs no parameters


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """A search space as a budget leaves it.

    Attributes:
        space: Which one.
        budget: What networks are held to.
        choices: Every choice of a proposal made inside the budget, by name, in the order in which they are made.
        proposals: Of each way of sampling, how many random ones were looked at.
        shares: For each way of sampling the share of them that the budget allows, in [0, 1].
    """

    space: SearchSpace
    budget: Budget
    choices: Mapping[str, Choice]
    proposals: int
    shares: Mapping[Sampling, float]


def survey(space: SearchSpace, budget: Budget, *, task: Task, augment: Augment, proposals: int = 500) -> Survey:
    """Looks at so many random proposals of each way of sampling, the same in every call.

    Raises:
        InvalidDesign: No network of the space meets the budget.
    """
    return Survey(
        space=space,
        budget=budget,
        choices=choices(space, "inside", task=task, augment=augment),
        proposals=proposals,
        shares={
            sampling: share_inside(space, sampling, budget, proposals, task=task, augment=augment)
            for sampling in get_args(Sampling)
        },
    )


def share_inside(
    space: SearchSpace, sampling: Sampling, budget: Budget, proposals: int, *, task: Task, augment: Augment
) -> float:
    """Estimates the share of random proposals that the budget allows, in [0, 1], from so many of them."""
    rng = random.Random(0)
    drawn = (draw(space, sampling, rng, task=task, augment=augment) for _ in range(proposals))
    designs = (design_from(values, space=space, budget=budget, epochs=_EPOCHS, task=task) for values in drawn)
    return sum(budget.allows(design.architecture) for design in designs) / proposals
