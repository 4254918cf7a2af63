"""What differs between two studies' identities, in short."""

from collections.abc import Mapping
from typing import Any

from search.study.restated import as_typed

_FORMS = ("base", "family", "template")
_MOST = 4  # of what differs in two search spaces, that are named


def differing(stored: Mapping[str, Any], identity: Mapping[str, Any], names: list[str]) -> str:
    """Say what the values of these names are in a stored identity and in ours, those of two search spaces choice by
    choice."""
    parts: list[str] = []
    if "budgets" in names:  # whose largest is the budget
        parts.append(f"budget {_budgets(stored)} there, {_budgets(identity)} here")
    for name in sorted(set(names) - ({"budgets", "budget"} if parts else set())):
        there, here = stored.get(name), identity.get(name)
        if name == "space" and isinstance(there, Mapping) and isinstance(here, Mapping):
            parts += _in_spaces(there, here)
        elif name == "space" and (base := _base(here)) and base == _base(there):
            if not {"images", "sampling"} & set(names):  # which change its choices, too
                parts.append(f"space {base} with other choices there, by another `augment` or of another version")
        else:
            said = _words if name == "space" or None in (there, here) else str
            parts.append(f"{name} {said(there)} there, {said(here)} here")
    return ", ".join(parts)


def _base(space: Any) -> str:
    """Return the name of a built-in space, which an identity has beside a digest of its choices; empty of others."""
    return space.partition(" ")[0] if isinstance(space, str) else ""


def _budgets(identity: Mapping[str, Any]) -> str:
    """Write the budgets of an identity, one or several, as they are typed."""
    return as_typed(tuple(identity.get("budgets") or [identity.get("budget")]))


def _in_spaces(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    names = sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name))
    if forms := [name for name in _FORMS if name in names]:  # of which the choices follow that only one has
        names = [*forms, *(name for name in names if name not in forms and name in there and name in here)]
    parts = [f"space {name} {_words(there.get(name))} there, {_words(here.get(name))} here" for name in names[:_MOST]]
    more = len(names) - _MOST
    return [*parts, f"and {more} more of the space"] if more > 0 else parts


def _words(value: Any) -> str:
    """Write a value of an identity, in short."""
    if isinstance(value, Mapping) and "low" in value:
        rest = {name: one for name, one in value.items() if name not in ("low", "high")}
        ends = f"{value['low']} to {value.get('high')}"
        return ends + (f" ({', '.join(f'{name} {_words(one)}' for name, one in rest.items())})" if rest else "")
    if isinstance(value, Mapping):
        if "base" in value:
            return f"of its own, of {value['base']}"
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items())
    if isinstance(value, list):
        return " | ".join(map(str, value))[:120]
    return "none" if value is None else str(value)[:120]
