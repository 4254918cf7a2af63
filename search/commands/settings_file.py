"""Options from a TOML file, as `run --config search.toml` takes them; loads neither torch nor optuna."""

import difflib
import os
import re
from datetime import date, time
from pathlib import Path
from typing import Any

import typer
from typer._click.core import Context, Parameter  # typer ships its own click and does not export this
from typer._click.exceptions import ClickException
from typer.core import TyperOption

from search.api.toml_files import shown_name, text_of
from search.errors import UserError
from space.invalid import InvalidDesign
from space.recipe import exact
from space.toml_text import NotToml, parsed

_FIELD = re.compile(r"`([a-z_]+)`")
_LINES = "lines of the settings file"  # an attribute of the context: file and line by option
_NOT_IN_A_FILE = ("config", "json", "help")


def config_option() -> Any:
    """Returns the option that takes the file; what is typed wins over what stands there."""
    return typer.Option(
        "--config",
        help="A TOML file of options, such as runs/NAME/search.toml; what is typed wins.",
        metavar="FILE",
        is_eager=True,
        callback=_take,
    )


def located(error: Exception, context: Context) -> Exception:
    """Returns the error with file and line in front where it is about an option that stands in the file alone."""
    lines: dict[str, str] = context.meta.get(_LINES, {})
    named = ["warm_start"] if isinstance(error, InvalidDesign) else _FIELD.findall(str(error))
    for name in named:
        if name in lines and _source(context, name) == "DEFAULT_MAP":
            return UserError(f"{lines[name]}: {error}{_beside_the_file(name, context)}")
    return error


def _beside_the_file(name: str, context: Context) -> str:
    """Says where the file is that the option names, if it is beside the settings file and not here; empty else."""
    named, folder = str(context.params.get(name)), Path(str(context.params.get("config"))).parent
    try:
        for file in map(Path, (named, named.rpartition(":")[0])):  # net.py:Net
            for there in (folder / file, folder / file.name):  # the latter where a study's folder has moved
                if file.name and not file.exists() and there.exists():
                    return f"; files are looked for where the command is typed, and {shown_name(there)} is there"
    except (OSError, ValueError):  # what is no name of a file
        return ""
    return ""


def _source(context: Context, name: str) -> str:
    source = context.get_parameter_source(name)
    return source.name if source else ""


def _take(context: typer.Context, value: str | None) -> str | None:
    """Has the options of the file be the command's defaults; raises UserError."""
    if value is None or context.resilient_parsing:
        return value
    value = os.path.expanduser(value)
    file = shown_name(Path(value))
    text = text_of(Path(value), field="config", otherwise="a study has such a file in runs/NAME/search.toml")
    try:
        table, lines = parsed(text)
    except NotToml as error:
        why = f"not TOML: {error}; options are written as name = value"
        raise UserError(f"{file}, line {error.line}: {why}") from None
    options = {str(one.name): one for one in context.command.params if isinstance(one, TyperOption)}
    taken, places = {}, {}
    for key, given in table.items():
        name, place = key.replace("-", "_"), f"{file}, line {lines[(key,)]}"
        name = next((known for known, one in options.items() if f"--{key.replace('_', '-')}" in one.opts), name)
        if name not in options or name in _NOT_IN_A_FILE:
            raise UserError(f"{place}: there is no option {key!r:.80}{_nearest(key, options)}")
        if name in taken:
            raise UserError(f"{place}: {key} stands there twice, as {options[name].opts[0][2:]} too; leave one out")
        taken[name] = _value(given, options[name], context, f"{place}: `{name}`")
        places[name] = place
    context.default_map = {**(context.default_map or {}), **taken}
    context.meta[_LINES] = places
    return value


def _value(given: Any, option: TyperOption, context: typer.Context, place: str) -> Any:
    """Returns the value as the command line would have it; raises UserError where it would refuse it."""
    if option.is_flag:
        if not isinstance(given, bool):
            raise UserError(f"{place} must be true or false, not {_toml(given)}")
        return given
    kind = "one value, or a list of some" if option.multiple or option.name == "budget" else "one value"
    items = given if isinstance(given, list) else [given]
    if any(isinstance(item, bool) or not isinstance(item, int | float | str) for item in items):
        raise UserError(f"{place} must be {kind}, in quotes where it is no number, not {_toml(given)}")
    words = [exact(item) if isinstance(item, float) else str(item) for item in items]
    if option.multiple:
        value: Any = words
    elif isinstance(given, list) and option.name != "budget":
        raise UserError(f"{place} must be one value, not a list")
    else:
        value = ", ".join(words)
    try:
        option.process_value(context, value)
    except UserError as error:
        raise UserError(f"{place.rpartition(': ')[0]}: {error}") from None
    except ClickException as error:
        raise UserError(f"{place} {_why(error, option)}") from None
    return value


def _why(error: ClickException, option: Parameter) -> str:
    """Returns what is wrong with a value, without the option's name."""
    message = " ".join(error.message.split()).removeprefix("Value error, ")
    return (
        message if message.startswith("must") else f"cannot be that: {message}" if message else f"is no {option.name}"
    )


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    shown = str(value) if isinstance(value, date | time) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"


def _nearest(key: str, options: dict[str, TyperOption]) -> str:
    names = [option.opts[0][2:] for name, option in options.items() if name not in _NOT_IN_A_FILE]
    near = difflib.get_close_matches(key.replace("_", "-"), names, n=1, cutoff=0.5)
    return f"; the nearest is {near[0]}" if near else "; `python -m search run --help` lists them"
