"""JSON that a database has, read."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from search.errors import UserError


def parsed(rows: Iterable[Any], *, of: str) -> Iterator[tuple[str, Any]]:
    """Yield keys and values of attributes `of` a study or trial; raise UserError, which names both, where one has no
    JSON. rows: pairs of a key and a text."""
    for key, text in rows:
        try:
            yield key, json.loads(text)
        except (RecursionError, TypeError, ValueError):
            raise UserError(f"{of} cannot be read: its attribute {key!r} is no JSON; put the database back") from None
