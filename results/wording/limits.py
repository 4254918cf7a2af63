"""What a network may cost, or costs, in words."""

from collections.abc import Mapping, Sequence

from results.wording.counted import counted, within

_NOUNS = {
    "parameters": ("parameter", ""),
    "macs": ("multiply-add", ""),
    "activation_bytes": ("byte of activations", "bytes of activations"),
}


def further(limits: Mapping[str, int]) -> tuple[str, ...]:
    """Names the limits that there are beside that of the parameters."""
    return tuple(name for name in _NOUNS if name in limits and name != "parameters")


def limits_in_words(costs: Mapping[str, int], budgets: Sequence[int] = ()) -> str:
    """Returns `8,000 parameters, 1,000,000 multiply-adds and 40,000 bytes of activations`.

    costs: By the names of the limits of `space.design.Budget`, one at least; budgets: The parameters of several.
    """
    parameters = {"parameters": within(budgets)} if budgets else {}
    words = parameters | {name: counted(cost, *_NOUNS[name]) for name, cost in costs.items()} | parameters
    *others, last = words.values()
    return f"{', '.join(others)} and {last}" if others else last
