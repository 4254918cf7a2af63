"""Fields of errors and notes as the options that a user types."""

import re

_FIELD = re.compile(r"`([a-z][a-z_]*)`")


def in_options(message: str, fields: frozenset[str]) -> str:
    """The message with each of `fields` that stands in backticks written as its option: `data_dir` is --data-dir."""
    return _FIELD.sub(lambda found: _option(found[1]) if found[1] in fields else found[0], message)


def _option(field: str) -> str:
    return "--" + field.replace("_", "-")
