"""Runs a command line: one line and exit code 2 for what a user can put right. Loads neither torch nor optuna."""

import os

import typer
from typer._click.exceptions import (  # typer ships its own click and does not export this
    ClickException,
    NoArgsIsHelpError,
)

from results.findings.selection import NothingFinished
from search.commands import (  # noqa: F401, each adds its command to `app`
    bench,
    compare,
    confirm,
    count,
    dashboard,
    data,
    delete,
    explain,
    export,
    predict,
    report,
    reproduce,
    run,
    space,
    studies,
    train,
    trials,
    worker,
)
from search.commands.app import app, fields
from search.commands.columns import tell
from search.commands.options import in_options
from search.commands.program import program
from search.commands.sentences import sentence
from search.commands.streams import READER_GONE, ReaderGone
from search.errors import StorageAway, UserError
from search.outputs.files import WriteRefused
from search.wording import printable
from space.layers import InvalidDesign
from train.data.bad_data import BadData
from train.device import BadDevice
from train.fast.uncompiled import CannotCompile

_ORDER = [
    "run",
    "worker",
    "train",
    "confirm",
    "explain",
    "reproduce",
    "count",
    "data",
    "space",
    "list",
    "delete",
    "best",
    "show",
    "table",
    "compare",
    "predict",
    "export",
    "report",
    "bench",
    "dashboard",
]
app.registered_commands.sort(key=lambda command: _ORDER.index(getattr(command.callback, "__name__", "")))


def run_app(arguments: list[str]) -> int:
    """Runs a command line; returns its exit code, having printed one line where the user must act."""
    try:
        os.getcwd()  # one that has been removed looks like an empty one
    except FileNotFoundError:
        return _refuse("the current folder has been removed; change to one that is there, and type this again")
    try:
        code = app(arguments, prog_name=program(), standalone_mode=False)
    except NoArgsIsHelpError as error:
        print(error.format_message())
        return 2
    except ClickException as error:
        return _refuse(sentence(error, arguments))
    except (UserError, BadData, BadDevice, CannotCompile, InvalidDesign, NothingFinished, WriteRefused) as error:
        return _refuse(str(error))
    except StorageAway as error:
        return _refuse(f"the study's database cannot be used ({error}); try again when it is back")
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except ReaderGone:
        return READER_GONE
    return code if isinstance(code, int) else 0


def _refuse(message: str) -> int:
    """Says in one line what must be put right; what came is repeated with neither control characters nor bulk."""
    message = in_options(message, fields())
    line = printable(" ".join(message.split()))
    tell("error: " + (line if len(line) <= 1200 else f"{line[:700]} … {line[-450:]}"), beside=True)
    return 2
