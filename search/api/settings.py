"""A search's settings from what a caller asks for by name; loads neither torch nor optuna."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from search.api.places import default_root
from search.api.spaces import search_space
from search.errors import UserError
from search.limits import OutOfReach, budgets_of, parse_budget
from search.names import default_name
from search.proposals.warm_starts import check_warm_starts
from search.settings import ExecutorName, Ray, Settings, counted_epochs, stored_images
from search.study.address import parse_storage
from search.study.begun import stored_identity
from search.study.designs import design_of_code
from search.study.folder import StudyFolder
from search.study.images import as_named
from search.study.resuming import begun_with
from search.workers.room import parse_workers
from train.data.bad_data import BadData
from train.data.dataset import Dataset
from train.data.forms.named import find_here
from train.from_torch.named import is_code
from train.importing import load

_OF_DIGITS = ("auto", "mnist", "digits")  # whose pictures have one shape, so that settings are checked unread
_AS_THEY_ARE = (
    *("trials", "timeout", "epochs", "target", "minimize_parameters", "seed", "device", "precision", "sampler"),
    *("pruner", "sampling", "deterministic", "finals", "augment", "patience", "cost_aware"),
)

MAY_CHANGE = {  # as a study goes on; what a new one has
    "target": 0.994,
    "sampler": "tpe",
    "pruner": "screening",
    "warm_start": "zoo",
    "patience": None,
    "cost_aware": False,
}


def filled(given: Mapping[str, Any], begun: StudyFolder | None = None) -> dict[str, Any]:
    """Returns a search's arguments; what a study may change, and is not given, is as the study has it, where it has
    begun, or as a new one has it.

    Raises:
        UserError: The study has begun and cannot be read.
    """
    known = begun_with(begun) if begun else {}
    found = dict(MAY_CHANGE)
    if known:
        found |= {name: known[name] for name in MAY_CHANGE if known[name] is not None}
        found["target"] = round(known["target"] / 100, 12)
    return {**given, **{name: value for name, value in found.items() if given[name] is None}}


def check_settings(given: Mapping[str, Any]) -> None:
    """Raises UserError for what is wrong of a search of digits as they are; reads none.

    Whether a budget can be met is left to the images where files may be others than MNIST's of these names.
    """
    name = given["dataset"]
    if not isinstance(name, str) or name not in _OF_DIGITS or given["image_size"] or given["gray"] or given["rgb"]:
        return
    try:
        settings_of_search(given, stored_images({"dataset": "digits"}))
    except OutOfReach:
        if name == "digits" or not _is_here(name, given["data_dir"]):
            raise


def _is_here(name: str, data_dir: Any) -> bool:
    with contextlib.suppress(BadData):
        return find_here(name, Path(data_dir) if data_dir else default_root()) is not None
    return True  # in part, of which opening it says more


def settings_of_search(given: Mapping[str, Any], source: Dataset) -> Settings:
    """Returns the settings that somebody asks for by the names of a search's options.

    Args:
        given: All of them. `target` is a share, `timeout` seconds, `workers` a text as `parse_workers` reads it.
        source: The images.

    Raises:
        UserError: They cannot be.
    """
    if given["executor"] not in (executors := get_args(ExecutorName)):
        raise UserError(f"`executor` must be one of {', '.join(executors)}, not {given['executor']!r}")
    if given["executor"] != "ray":
        for name in ("ray_address", "gpus_per_trial"):
            if given[name] is not None:
                raise UserError(f"`{name}` goes with `executor` ray; add that or leave it out")
    ray = Ray(given["ray_address"] or "auto", given["gpus_per_trial"] or 0.0) if given["executor"] == "ray" else None
    all_of_ray = ray is not None and given["workers"] == "auto"
    last_epochs = given["last_epochs"]
    space = search_space(given["space"])
    budgets = budgets_of(given["budget"])
    limits = [
        parse_budget(one, given["max_macs"], given["max_activation_bytes"], source.task, space) for one in budgets
    ]
    return Settings(
        budget=limits[-1],
        budgets=budgets if len(budgets) > 1 else (),
        source=source,
        study="unnamed" if given["study"] is None else given["study"],
        last_epochs=counted_epochs(None, given["epochs"]) if last_epochs is None else last_epochs,
        workers=None if all_of_ray else parse_workers(given["workers"], here=ray is None),
        storage=parse_storage(given["storage"]),
        ray=ray,
        space=space,
        warm_start=_start(given["warm_start"], source),
        **{name: given[name] for name in _AS_THEY_ARE},
    )


def _start(given: Any, source: Dataset) -> str:
    """Returns what a search begins with: a torch module of the user's in the notation, and any other as it came."""
    if isinstance(given, str) and not is_code(given):
        return given
    load("train.from_torch.read")
    return design_of_code(given, image=source.task.image).for_task(source.task).design.architecture.notation


def as_begun(settings: Settings, given: Mapping[str, Any], runs: Path) -> Settings:
    """Returns the settings with a study's name, which is that of its images and budget where none is given.

    Where that study has begun, its images have their name there, and as many last epochs count if none are asked for.

    Raises:
        UserError: It has not begun, and cannot begin with what it is to begin with.
    """
    settings = replace(settings, study=name_of_study(given, settings.source))
    identity = stored_identity(StudyFolder(settings.study, runs, storage=settings.storage))
    if identity is None:
        if settings.storage is None:  # else a server may have it, which is asked as the search begins
            check_warm_starts(settings)
        return settings
    settings = replace(settings, source=as_named(settings.source, identity["dataset"], identity.get("content")))
    if given["last_epochs"] or identity["epochs"] != settings.epochs:
        return settings
    return replace(settings, last_epochs=identity["hold"])


def name_of_study(given: Mapping[str, Any], source: Dataset) -> str:
    """Returns what a study is called, which is by its images and budget where no name is given."""
    name: str = given["study"] or default_name(source.name, budgets_of(given["budget"]))
    return name
