"""Fields of errors and notes as the options that a user types."""

import re
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from typer.models import OptionInfo

_FIELD = re.compile(r"`([a-z][a-z_]*)`")


def options(command: Callable[..., Any]) -> dict[str, str]:
    """Returns the options of a command by its parameters: `data_dir` is --data-dir unless declared otherwise."""
    return {
        name: next((word for word in one.param_decls or () if word.startswith("--")), "--" + name.replace("_", "-"))
        for name, hint in get_type_hints(command, include_extras=True).items()
        for one in getattr(hint, "__metadata__", ())
        if isinstance(one, OptionInfo)
    }


def in_options(message: str, of: Mapping[str, str]) -> str:
    """Returns the message with each field that stands in backticks written as its option, as `of` has them."""
    return _FIELD.sub(lambda field: of.get(field[1], field[0]), message)
