"""The command `space`: shows a search space."""

from search.commands.app import Budget, Json, Space, app
from search.settings import (
    check_budget,
    parse_budget,
)


@app.command(epilog="Example: python -m search space --budget 4000")
def space(budget: Budget = 8000, space: Space = "wide", json: Json = False) -> int:
    """A search space, and the share of it that fits the budget."""
    from search.commands.tables import print_space

    limits = parse_budget(budget, None, None)
    check_budget(limits)
    return print_space(limits, space, as_json=json)
