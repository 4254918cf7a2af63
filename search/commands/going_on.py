"""What `run` takes from a study that has begun, where it is not typed; and the line that goes on with it."""

from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

from typer._click.globals import get_current_context  # typer ships its own click and does not export this

from search.api.settings import MAY_CHANGE, name_of_study
from search.commands.again import command_line
from search.commands.app import RUNS
from search.errors import UserError
from search.study.folder import StudyFolder, existing
from train.data.dataset import Dataset

_ASKED = ("COMMANDLINE", "DEFAULT_MAP")
IMAGES = frozenset(["dataset", "image_size", "gray", "rgb", "limit_images", "hold_out"])
"""Parameters of which one that is typed asks for other images than a study's."""
_OF_THIS_MACHINE = (
    *("timeout", "workers", "finals", "device", "executor", "ray_address", "gpus_per_trial"),
    *("dashboard", "dashboard_port", "log"),
)


def typed() -> frozenset[str]:
    """Returns the parameters of the command whose options were typed, or stand in the file of --config."""
    context = get_current_context()
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return frozenset(name for name, source in sources.items() if source and source.name in _ASKED)


def filled(given: Mapping[str, Any]) -> tuple[dict[str, Any], StudyFolder | None]:
    """Returns `run`'s options with what was not typed as the named study has it, and that study's folder where it has
    begun.

    Raises:
        UserError: There is no budget, as none was typed and no study that has one is named; or the study cannot be
            read.
    """
    name = given["study"]
    known: dict[str, Any] = {}
    if name is not None and name in existing(RUNS):
        from search.study.resuming import begun_with

        known = begun_with(folder := StudyFolder(name, RUNS))
        if known:
            own = typed()
            known["data_dir"] = known["data_dir"] and Path(known["data_dir"])
            return dict(given) | {key: value for key, value in known.items() if key not in own}, folder
    if given["budget"] is None:
        raise UserError(_no_budget(name))
    return dict(given), None


def filled_by_default(given: Mapping[str, Any], source: Dataset) -> dict[str, Any]:
    """Returns `run`'s options where no study is named: what a study may change, and was not typed, is as the one has
    it that is called by its images and budget, if that has begun; raises UserError where it cannot be read.

    With other options it must have been begun the same, and is refused otherwise.
    """
    from search.study.resuming import begun_with

    known = {}
    if given["study"] is None:
        known = begun_with(StudyFolder(name_of_study(given, source), RUNS))
    own = typed()
    return dict(given) | {key: known[key] for key in MAY_CHANGE if key in known and key not in own}


def _no_budget(name: str | None) -> str:
    studies = existing(RUNS)
    say = "name `budget`, the most parameters that a network may have, such as `python -m search run --budget 8k`"
    if name is not None and name not in studies:
        return f"there is no study {name} in {RUNS}/ to go on with; to begin it {say}"
    if studies:
        return f"{say}, or go on with a study: `python -m search run --study {studies[0]}`"
    return say


def short_line(run: Callable[..., Any], given: Mapping[str, Any], **more: Any) -> str:
    """Returns the line that goes on with the study of `given`, which has begun: its name, what is this machine's own,
    and `more`."""
    defaults = {name: parameter.default for name, parameter in signature(run).parameters.items()}
    own = {name: given[name] for name in ("study", *_OF_THIS_MACHINE)}
    return command_line(run, defaults | own | more)
