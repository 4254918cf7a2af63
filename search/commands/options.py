"""Fields of errors and notes as the options that a user types."""

import re
from collections.abc import Callable, Mapping
from shlex import quote
from typing import Any, get_type_hints

from typer.models import OptionInfo

from search.errors import CALLS

_FIELD = re.compile(r"`([a-z][a-z_]*)`")
_CALL = re.compile(r"`([a-z]+)\(([^`]*)\)`")
_ARGUMENT = re.compile(r"([a-z_]+)=(.+?)(?=, [a-z_]+=|$)")  # a name may have blanks


def options(command: Callable[..., Any]) -> dict[str, str]:
    """Returns the options of a command by its parameters: `data_dir` is --data-dir unless declared otherwise."""
    hints = get_type_hints(command, include_extras=True)
    infos = {name: getattr(hint, "__metadata__", ()) for name, hint in hints.items()}
    return {name: _option(name, one) for name, some in infos.items() for one in some if isinstance(one, OptionInfo)}


def _option(name: str, info: OptionInfo) -> str:
    # typer takes the first word for a default
    declared = [word for word in (info.default, *(info.param_decls or ())) if str(word).startswith("--")]
    if not declared:
        return "--" + name.replace("_", "-")
    return str(declared[0]).partition("/")[0]  # of an option and its opposite, the option


def _words(command: str, arguments: str, of: Mapping[str, str]) -> str:
    """Returns a call as words that are typed: run, budget=8000 are `run --budget 8000`."""
    options = (f" {of.get(one[1], one[1])} {quote(one[2])}" for one in _ARGUMENT.finditer(arguments))
    return command + "".join(options)


def in_options(message: str, of: Mapping[str, str]) -> str:
    """Returns the message with each field that stands in backticks written as its option, as `of` has them, and each
    call as the command of that name."""
    message = _CALL.sub(
        lambda call: f"`python -m search {_words(call[1], call[2], of)}`" if call[1] in CALLS else call[0], message
    )
    return _FIELD.sub(lambda field: of.get(field[1], field[0]), message)
