"""What is wrong with a command line, in words of our own: neither click's nor pydantic's."""

from collections.abc import Sequence
from typing import Any

from typer._click.core import Context, Parameter  # typer ships its own click and does not export this
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    ClickException,
    MissingParameter,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperOption

from search.commands.nearest import nearest_option
from search.commands.program import program

_KINDS = {"int": "a whole number", "float": "a number", "bool": "yes or no"}


def sentence(error: ClickException, arguments: Sequence[str]) -> str:
    """Returns in one line what is wrong with the arguments, and where help is."""
    context: Context | None = getattr(error, "ctx", None)
    called = [word for word in arguments[:1] if not word.startswith("-")]  # click leaves out which command it was
    command = context.command_path if context else " ".join([program(), *called])
    return f"{_wrong(error, context, arguments)}; see `{command} --help`"


def _wrong(error: ClickException, context: Context | None, arguments: Sequence[str]) -> str:
    match error:
        case NoSuchOption():
            return _no_such_option(error.option_name, context, arguments)
        case MissingParameter(param=param) if param is not None:
            return f"{_command(context)} needs {_named(param)}"
        case BadParameter(param=param) if param is not None:
            return f"{_named(param)} {_unfit(error, param)}"
        case BadOptionUsage():
            takes_none = "does not take" in error.message
            return f"{error.option_name} takes no value" if takes_none else f"{error.option_name} needs a value"
        case UsageError() if error.message.startswith("Got unexpected extra"):
            extra = error.message.partition("(s) (")[2].removesuffix(")")
            hint = _as_option(extra, context, arguments)
            return f"{_command(context)} takes no more words, and here is {extra!r}{hint}"
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def _no_such_option(typed: str, context: Context | None, arguments: Sequence[str]) -> str:
    """Names the nearest option. A word of several letters after one dash is not told from options of one letter."""
    word = typed
    if len(typed) == 2:
        word = next((one for one in arguments if one.startswith(typed) and not one.startswith("--")), typed)
    word = word.partition("=")[0]
    if context and context.parent is None and word.startswith("--"):
        commands = getattr(context.command, "commands", {})
        if "run" in commands and word in _options(Context(commands["run"], parent=context)):
            return f"{program()} has no option {word}, and its command run has; write {program()} run {word}"
    near = nearest_option(word, _options(context))
    return f"{_command(context)} has no option {word}" + (f"; the nearest is {near}" if near else "")


def _as_option(word: str, context: Context | None, arguments: Sequence[str]) -> str:
    """Says which option takes a word that came without one, where that is certain."""
    options = _options(context)
    if " " in word or word.startswith("-"):
        return ""
    if "--budget" in options:
        option = "--budget" if word[:1].isdigit() else "" if word == "help" else "--dataset"
    else:
        option = "" if word.isdigit() else "--study"
    given = any(one.partition("=")[0] == option for one in arguments)
    return f"; write {option} {word}" if option in options and not given else ""


def _options(context: Context | None) -> list[str]:
    return [opt for param in (context.command.get_params(context) if context else ()) for opt in param.opts]


def _command(context: Context | None) -> str:
    return context.info_name or program() if context else program()


def _named(param: Parameter) -> str:
    """Names an option by its dashes, an argument as it stands in the usage."""
    if isinstance(param, TyperOption):
        return max(param.opts, key=len)
    return str(param.metavar)


def _unfit(error: BadParameter, param: Any) -> str:
    """Says what must hold of a parameter's value, and what came."""
    details = getattr(error.__cause__, "errors", None)
    if details is None:
        return error.message  # our own
    first = details()[0]
    descriptor, came = param.type_descriptor, f"not {first['input']!r}"
    if descriptor.choices:
        *most, last = map(str, descriptor.choices)
        return f"must be {', '.join(most)} or {last}, {came}"
    if param.min is not None and param.max is not None:
        return f"must be a whole number from {param.min:,} to {param.max:,}, {came}"
    if cause := first.get("ctx", {}).get("error"):
        return str(cause)  # of a parser of ours
    return f"must be {_KINDS.get(getattr(descriptor.annotation, '__name__', ''), 'another value')}, {came}"
