"""The command `space`: shows a search space."""

import json as json_module

from search.commands.app import Budget, Json, Space, command
from search.settings import check_budget, parse_budget
from space.task import DIGITS


@command(
    short_help="Print a search space and the share of it that fits a budget.",
    epilog="Example: python -m search space --budget 4000",
)
def space(budget: Budget = 8000, space: Space = "wide", json: Json = False) -> int:
    """A search space, and the share of it that fits the budget."""
    from space.choices.survey import survey

    limits = parse_budget(budget, None, None, DIGITS)
    check_budget(limits, DIGITS)
    surveyed = survey(space, limits, task=DIGITS, augment="digits")
    if json:
        facts = {
            "budget": limits.parameters,
            "space": surveyed.space,
            "choices": {name: str(choice) for name, choice in surveyed.choices.items()},
            "share_inside_budget": dict(surveyed.shares),
        }
        print(json_module.dumps(facts))
    else:
        from search.commands.drawing.choices import print_survey

        print_survey(surveyed)
    return 0
