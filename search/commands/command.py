"""Commands as this program has them: help in panels that cuts nothing in 80 columns, no option given twice, and
examples in the form that the user called.

Typer's own panels are tables of rich, which cut the names of options there.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from typer._click.core import Context, Parameter  # typer ships its own click and does not export this
from typer._click.exceptions import UsageError
from typer._click.formatting import HelpFormatter
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from search.commands.nearest import nearest_command
from search.commands.program import SCRIPT, as_called, program
from search.errors import UserError

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PANELS = "help_panels"  # an attribute of a command's function
_TYPE = re.compile(r"<(\w+)[^>]*>")  # as typer shows the type of what has no other name
_KINDS = {"int": "N", "float": "N", "path": "PATH"}
_WIDEST = 30  # characters of an option's name that its description stands beside, as in click


def in_panels(panels: Mapping[str, Sequence[str]]) -> Callable[[_Function], _Function]:
    """Returns a decorator that gives a command's parameters their panels in its help, in this order, after the one
    of those that are not named."""

    def decorate(function: _Function) -> _Function:
        setattr(function, _PANELS, panels)
        return function

    return decorate


class Command(TyperCommand):
    """One command of the program."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **_in_its_form(options))
        for param in self.params:
            if isinstance(param, TyperArgument):
                param.metavar = param.metavar or str(param.name).upper()
            if isinstance(param, TyperOption) and param.type_descriptor.annotation is Path:
                param.callback = param.callback or _from_home

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Does as click's, and raises UsageError where an option with a value is given twice that takes
        one."""
        if not ctx.resilient_parsing:
            _, _, order = self.make_parser(ctx).parse_args(list(args))
            with_values = [
                param for param in order if isinstance(param, TyperOption) and not (param.is_flag or param.multiple)
            ]
            for param in with_values:
                if (times := with_values.count(param)) > 1:
                    raise UsageError(f"{param.opts[0]} is given {times} times; give it once", ctx)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes the arguments, the options of no panel, then panel by panel, all in the same columns."""
        panels: Mapping[str, Sequence[str]] = getattr(self.callback, _PANELS, {})
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in ("Arguments", "Options", *panels)}
        for param in self.get_params(ctx):
            if row := param.get_help_record(ctx):
                name, text = row if isinstance(param, TyperOption) else (row[0].partition(" <")[0], row[1])
                sections[_panel(param, panels)].append(
                    (_TYPE.sub(lambda kind: _KINDS.get(kind[1], "TEXT"), name), text)
                )
        width = max((len(name) for rows in sections.values() for name, _ in rows if len(name) <= _WIDEST), default=0)
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl([(f"{name:<{width}}", text) for name, text in rows], col_max=_WIDEST)


class Program(TyperGroup):
    """All commands of the program."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **_in_its_form(options))

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Does as typer's; raises UserError where completion is asked of what shells complete nothing for."""
        completion = next((word for word in args if word in ("--install-completion", "--show-completion")), None)
        if completion is None or ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        if program() != SCRIPT:
            raise UserError(f"shells complete the console script only; type {SCRIPT} {completion}")
        try:
            return super().parse_args(ctx, args)
        except OSError as error:
            raise UserError(f"completion cannot be installed: {error.filename} ({error.strerror})") from None

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Does as typer's; raises UsageError that names the nearest command where there is none of that name."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            near = nearest_command(name, self.list_commands(ctx))
            shown = name if len(name) <= 60 else f"{name[:60]}…"
            raise UsageError(f"there is no command {shown!r}" + (f"; the nearest is {near}" if near else ""), ctx)
        return super().resolve_command(ctx, args)


def _from_home(_context: Context, _option: Parameter, path: Path | None) -> Path | None:
    """Returns the path with ~ as shells read it, which leave it in --output=~/net.py and in files of options."""
    return None if path is None else Path(os.path.expanduser(path))


def _panel(param: Parameter, panels: Mapping[str, Sequence[str]]) -> str:
    if isinstance(param, TyperArgument):
        return "Arguments"
    return next((title for title, names in panels.items() if param.name in names), "Options")


def _in_its_form(options: dict[str, Any]) -> dict[str, Any]:
    texts = {name: as_called(options[name]) for name in ("help", "epilog", "short_help") if options.get(name)}
    return options | texts
