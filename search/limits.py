"""What a network may cost, checked before anything heavy is loaded."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import get_args

from results.wording.limits import limits_in_words
from search.errors import UserError
from space.architecture import Architecture
from space.choices.augment_sets import Augment
from space.choices.choices import Sampling, choices
from space.choices.reach import check_reach, least
from space.choices.search_space import BadSpace, OwnSpace, SearchSpace, SpaceName, base_of
from space.choices.smallest import narrowest, smallest
from space.design import Budget
from space.invalid import InvalidDesign
from space.task import Task

MOST = 10**9  # of any limit, so that every figure that follows can be reckoned with
LIMITS = {"parameters": "budget", "macs": "max_macs", "activation_bytes": "max_activation_bytes"}
"""The fields that somebody fills in, by the limits of a `Budget`."""

_COUNT = re.compile(
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*)(?:\.\d+)?)(?:(?P<power>e\+?\d{1,2})|(?P<unit>[km]))?",
    re.ASCII | re.IGNORECASE,
)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_LONGEST = 40  # characters
_MOST_BUDGETS = 20


class OutOfReach(UserError):
    """No network of the space meets the budget, for images of that shape and so many classes."""


def parse_count(text: str | int) -> int:
    """Returns the whole number that `8000`, `8_000`, `8,000`, `8k`, `0.5M` or `1e4` stands for; raises ValueError."""
    if isinstance(text, int):  # a default
        return text
    match = _COUNT.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match:
        digits = match["number"].replace(",", "").replace("_", "")
        value = Decimal(digits + (match["power"] or "")) * _UNITS[(match["unit"] or "").lower()]
        if value == value.to_integral_value():
            return int(value)
    raise ValueError(f"must be a whole number such as 8000, 8_000, 8,000, 8k or 0.5M, not {text!r}")


def parse_budgets(text: str | int) -> int | tuple[int, ...]:
    """Returns the number that `8000`, `8,000` or `8k` stands for, or those of `2000,4000`, `2k,4k` or `2,000, 4,000`.

    Commas between digits in threes are within a number, as in 8,000; with blanks they are always between numbers.
    """
    try:
        return parse_count(text)
    except ValueError:
        parts = re.split(r",\s+" if re.search(r",\s", str(text)) else ",", str(text))
        if len(parts) == 1:
            raise
        try:
            if any(re.match(r"\s*0\d", part) for part in parts):  # 2,000,4,000
                raise ValueError
            return tuple(parse_count(part) for part in parts)
        except ValueError:
            raise ValueError(
                f"must be a whole number such as 8000, 8,000 or 8k, or several with commas between, as 2k,4k,8k or "
                f"2,000, 4,000, not {text!r}"
            ) from None


def budgets_of(given: int | Sequence[int]) -> tuple[int, ...]:
    """Returns the budgets that a caller names, one or several, each once, the smallest first; raises UserError where
    there are more than anybody searches together."""
    budgets = (given,) if isinstance(given, int) else tuple(sorted(set(given)))
    if len(budgets) > _MOST_BUDGETS:
        raise UserError(f"`budget` may name {_MOST_BUDGETS} budgets at most, not {len(budgets):,}; leave some out")
    return budgets


def check_range(name: str, value: int, least: int, most: int) -> None:
    """Raises UserError where the field's value is no whole number, or not from `least` to `most`."""
    if not isinstance(value, int):  # as Python's callers may have it
        raise UserError(f"`{name}` must be a whole number, not {value!r}")
    if not least <= value <= most:
        raise UserError(f"`{name}` must be from {least:,} to {most:,}, not {value:,}")


def check_budget(budget: Budget, task: Task, space: SpaceName) -> None:
    """Raises OutOfReach where no network of the space meets the budget for the task, with the smallest of the limit
    that can be met, or with what comes nearest to all of them where each can be met alone."""
    if budget.allows(narrowest(task)):  # which every space has
        return
    networks = _smallest(task, space)
    if any(map(budget.allows, networks)):
        return
    limits = budget.limits()
    for name, limit in limits.items():
        least = min(getattr(network, name) for network in networks)
        if limit < least:
            raise OutOfReach(
                f"no network of the search space meets a budget of {limits_in_words({name: limit})}; "
                f"the smallest that can be met is {least:,}"
            )
    nearest = min(networks, key=lambda one: max(getattr(one, name) / limit for name, limit in limits.items()))
    found = {name: getattr(nearest, name) for name in limits}
    raise OutOfReach(
        f"no network of the search space meets {limits_in_words(limits)} together, though each can be met alone; the "
        f"nearest has {limits_in_words(found)}"
    )


def check_space(space: object) -> None:
    """Raises UserError where it is neither a built-in search space nor somebody's own."""
    if not isinstance(space, OwnSpace) and space not in (known := get_args(SpaceName)):
        raise UserError(
            f"`space` must be one of {', '.join(known)}, or a TOML file of your own such as my.toml, not {space!r}"
        )


def check_reachable(space: SearchSpace, budget: Budget, task: Task, augment: Augment, sampling: Sampling) -> None:
    """Raises OutOfReach where the space is not for such a search, or no network of it meets the budget."""
    if not isinstance(space, OwnSpace):
        check_budget(budget, task, space)
        return
    try:
        choices(space, sampling, task=task, augment=augment)
        check_reach(space, budget, task, plain=sampling == "plain")
    except (BadSpace, InvalidDesign) as error:
        raise OutOfReach(str(error)) from None


def smallest_within(space: SearchSpace, budget: Budget, task: Task, sampling: Sampling) -> Architecture:
    """Returns the network with fewest parameters that is known of the space: of a built-in one among those that keep
    to the budget's other limits, where one does."""
    if isinstance(space, OwnSpace):
        return least(space, Budget(parameters=1), task, plain=sampling == "plain")
    networks = _smallest(task, space)  # those with fewest parameters first
    within = (one for one in networks if replace(budget, parameters=one.parameters).allows(one))
    return next(within, networks[0])


def _smallest(task: Task, space: SearchSpace) -> tuple[Architecture, ...]:
    """Returns the smallest networks of a built-in space, or of that which is the base of somebody's own."""
    return smallest(task, stages=base_of(space) != "core")


def parse_budget(
    parameters: int, macs: int | None, activation_bytes: int | None, task: Task, space: SearchSpace
) -> Budget:
    """Returns the budget of these limits; raises UserError, with the smallest that networks of the space can meet,
    where one is below 1."""
    limits = {"parameters": parameters, "macs": macs, "activation_bytes": activation_bytes}
    for name, limit in limits.items():
        if limit is not None and limit < 1:
            least = min(getattr(network, name) for network in _smallest(task, space))
            raise UserError(
                f"`{LIMITS[name]}` must be at least 1, not {limit:,}; the smallest that can be met is {least:,}"
            )
    return Budget(parameters=parameters, macs=macs, activation_bytes=activation_bytes)
