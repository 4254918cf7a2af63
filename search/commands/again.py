"""The command line that does something again."""

import shlex
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from search.commands.options import options
from search.commands.program import WRITTEN
from search.study.address import for_command_line
from search.study.restated import as_typed
from space.choices.search_space import OwnSpace


def command_line(command: Callable[..., Any], given: Mapping[str, Any]) -> str:
    """Returns the line that calls `command` with these options, from its signature: what is left at its default is
    not repeated, and neither is --json, which is said anew where it is wanted.

    A --storage with a password is left to the environment, where the process list does not show it.
    """
    words, named = [WRITTEN, command.__name__], options(command)
    for name, parameter in signature(command).parameters.items():
        value, option = given[name], named[name]
        if name == "storage" and value is not None:
            value = for_command_line(value)
        if isinstance(value, OwnSpace):  # which the study knows
            continue
        if value is None or value == parameter.default or name == "json":
            continue
        if isinstance(value, list):
            words += [f"{option} {shlex.quote(str(one))}" for one in value]
        elif value is True:
            words.append(option)
        elif value is False:
            words.append(option.replace("--", "--no-", 1))
        else:
            words.append(f"{option} {shlex.quote(as_typed(value))}")
    return " ".join(words)
