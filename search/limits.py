"""What a network may cost, checked before anything heavy is loaded."""

from collections.abc import Sequence
from typing import get_args

from search.errors import UserError
from space.choices.augment_sets import Augment
from space.choices.choices import Sampling, choices
from space.choices.reach import check_reach
from space.choices.search_space import BadSpace, OwnSpace, SearchSpace, SpaceName
from space.choices.sizing import narrowest
from space.design import Budget
from space.layers import InvalidDesign
from space.task import Task

MOST = 10**9  # of any limit, so that every figure that follows can be reckoned with


def check_range(name: str, value: int, least: int, most: int) -> None:
    """Raises UserError where the field's value is no whole number, or not from `least` to `most`."""
    if not isinstance(value, int):  # as Python's callers may have it
        raise UserError(f"`{name}` must be a whole number, not {value!r}")
    if not least <= value <= most:
        raise UserError(f"`{name}` must be from {least:,} to {most:,}, not {value:,}")


def check_budget(budget: Budget, task: Task) -> None:
    """Raises UserError where no network for the task meets the budget, with the smallest that can be met."""
    for name, over in budget.excess(narrowest(task)).items():
        if over > 0:
            limit = budget.limits()[name]
            raise UserError(
                f"no network of the search space meets a budget of {limit:,} {name.replace('_', ' ')}; "
                f"the smallest that can be met is {limit + over:,}"
            )


def check_space(space: object) -> None:
    """Raises UserError where it is neither a built-in search space nor somebody's own."""
    if not isinstance(space, OwnSpace) and space not in (known := get_args(SpaceName)):
        raise UserError(
            f"`space` must be one of {', '.join(known)}, or a TOML file of your own such as my.toml, not {space!r}"
        )


def check_reachable(space: SearchSpace, budget: Budget, task: Task, augment: Augment, sampling: Sampling) -> None:
    """Raises UserError where the space is not for such a search, or no network of it meets the budget."""
    if not isinstance(space, OwnSpace):
        check_budget(budget, task)
        return
    try:
        choices(space, sampling, task=task, augment=augment)
        check_reach(space, budget, task, plain=sampling == "plain")
    except (BadSpace, InvalidDesign) as error:
        raise UserError(str(error)) from None


def budgets_of(given: int | Sequence[int]) -> tuple[int, ...]:
    """Returns the budgets that a caller names, one or several, each once, the smallest first."""
    return (given,) if isinstance(given, int) else tuple(sorted(set(given)))


def parse_budget(parameters: int, macs: int | None, activation_bytes: int | None, task: Task) -> Budget:
    """Returns the budget of these limits; raises UserError, with the smallest that the task can meet."""
    try:
        return Budget(parameters=parameters, macs=macs, activation_bytes=activation_bytes)
    except InvalidDesign as error:
        smallest = narrowest(task).parameters
        raise UserError(f"{error}; the smallest that can be met is {smallest:,} parameters") from None
