"""JSON that a database has, read."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field, ValidationError

from search.errors import UserError

_LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
}
_WRONG = {  # by how pydantic calls it
    "missing": "is missing",
    "json_invalid": "is no JSON",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
}

Share = Annotated[float, Field(ge=0, le=1)]


def parsed(rows: Iterable[Any], *, of: str) -> dict[str, Any]:
    """Read the attributes `of` a study or trial; raise UserError, which names both, where one has no JSON.

    rows: Pairs of a key and a text.
    """
    pairs = list(rows)
    try:  # all at once, which takes half as long
        values = json.loads(f"[{','.join([text for _, text in pairs])}]")
        if len(values) == len(pairs):
            return {key: value for (key, _), value in zip(pairs, values, strict=True)}
    except (RecursionError, TypeError, ValueError):
        pass
    return {key: _value(key, text, of) for key, text in pairs}


def complaint(error: ValidationError) -> tuple[str, str]:
    """Say in words of our own what is wrong first: where, by names with dots between, and how."""
    first = error.errors()[0]
    kind, limits = first["type"], first.get("ctx", {})
    if kind == "value_error":
        words = str(limits["error"])
    elif kind == "literal_error":
        words = f"must be {limits['expected']}"
    elif kind in _LIMITS:
        word, name = _LIMITS[kind]
        words = f"must be {word} {limits[name]:g}"
    else:
        words = next((words for end, words in _WRONG.items() if kind.endswith(end)), "is not as it was written")
    return ".".join(map(str, first["loc"])), words


def _value(key: str, text: Any, of: str) -> Any:
    try:
        return json.loads(text)
    except (RecursionError, TypeError, ValueError):
        raise UserError(f"{of} cannot be read: its attribute {key!r} is no JSON; put the database back") from None
