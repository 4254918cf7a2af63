"""The command `run`: searches, or goes on with a search."""

import os
from typing import Annotated, Any

import typer
from typer._click.globals import get_current_context  # typer ships its own click and does not export this

from search.api.settings import as_begun, check_settings, settings_of_search
from search.commands.again import command_line
from search.commands.app import (
    RUNS,
    DataDir,
    Dataset,
    Device,
    Gray,
    HoldOut,
    ImageSize,
    Json,
    LimitImages,
    Log,
    MaxActivationBytes,
    MaxMacs,
    Precision,
    Rgb,
    Space,
    Storage,
    Workers,
    check_study,
    command,
    images_of,
    note_password,
    preparation_of,
    source_of,
)
from search.commands.command import in_panels
from search.commands.counts import budgets_option, count_option
from search.commands.going_on import IMAGES, filled, filled_by_default, short_line, typed
from search.commands.settings_file import config_option, located
from search.commands.times import parse_timeout
from search.errors import UserError
from search.loop.loggers.named import loggers_named
from search.settings import ExecutorName, PrunerName, SamplerName, check_percent
from search.study.folder import existing
from space.choices.augment_sets import Augment
from space.choices.choices import Sampling
from space.choices.search_space import OwnSpace
from space.invalid import InvalidDesign
from train.data.bad_data import BadData

Config = Annotated[str | None, config_option()]
Budget = Annotated[
    Any,  # a whole number, several, or None: typer knows no such type
    budgets_option(
        help="Most parameters a network may have, such as 8000 or 8k, or several, 2k,4k; needed to begin a study."
    ),
]
Trials = Annotated[int, count_option(help="The study's total; rejected proposals do not count.")]
Timeout = Annotated[
    str | None,
    typer.Option(
        help="End after this time with finals, not counting a teacher's training: 90, 30m, 1h30m.", metavar="TIME"
    ),
]
Epochs = Annotated[int, count_option(help="Epochs of a whole training.", most=1_000)]
LastEpochs = Annotated[
    int | None,
    count_option("--hold", help="Last epochs whose mean is the score (default: the last third, 5 at most)."),
]
Target = Annotated[float, typer.Option(help="Accuracy asked for, in percent.", metavar="PERCENT")]
Minimize = Annotated[
    bool, typer.Option("--minimize-parameters", help="Seek the smallest network that holds the target.")
]
NewStudy = Annotated[
    str | None,
    typer.Option(
        help="Name of the study (default: DATASET-BUDGET). One that has begun goes on, with its own settings.",
        callback=check_study,
        metavar="NAME",
        autocompletion=lambda: existing(RUNS),
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of the split, the sampler and each training.")]
Sampler = Annotated[SamplerName, typer.Option(help="How Optuna proposes: tpe, random, gp or nsga2.", metavar="NAME")]
Pruner = Annotated[
    PrunerName,
    typer.Option(
        help="Which trials end early: screening, percentile, median, hyperband or none.",
        metavar="NAME",
    ),
]
HowSampled = Annotated[
    Sampling,
    typer.Option(help="inside: widths made to fit the budget; plain: drawn, rejected if over.", metavar="NAME"),
]
First = Annotated[
    str,
    typer.Option(
        help="Designs to try first: zoo, ladders, none, or yours: net.py:Net or a notation.", metavar="NAME"
    ),
]
Augmentations = Annotated[
    Augment | None,
    typer.Option(
        help="How training pictures vary: digits, natural or none (default: natural in colour, else digits).",
        metavar="NAME",
    ),
]
Finals = Annotated[int, count_option(help="Best designs to train again at the end, with fresh seeds; 0 for none.")]
Patience = Annotated[
    int | None, count_option(help="End when N whole trainings in a row brought nothing beyond noise.")
]
Deterministic = Annotated[
    bool, typer.Option("--deterministic", help="The same history for any number of workers, also after resumes.")
]
CostAware = Annotated[
    bool,
    typer.Option(
        "--cost-aware/--no-cost-aware", help="Of several proposals train the one with the most expected gain an hour."
    ),
]
Executor = Annotated[ExecutorName, typer.Option(help="local: processes here; ray: a Ray cluster.", metavar="NAME")]
RayAddress = Annotated[
    str | None, typer.Option(help="HOST:PORT of the cluster (default: auto, the one that runs here).")
]
GpusPerTrial = Annotated[
    float | None, typer.Option(help="GPUs that a trial takes of its node; may be a share (default: 0).")
]
Dashboard = Annotated[
    bool, typer.Option("--dashboard", help="Show the search in Optuna's dashboard meanwhile, on 127.0.0.1.")
]
DashboardPort = Annotated[int | None, typer.Option(help="Port of the dashboard (default: 8080).", min=1, max=65535)]


_PANELS = {
    "Images": ("data_dir", "image_size", "gray", "rgb", "limit_images", "hold_out", "augment"),
    "What is sought": ("target", "minimize_parameters", "max_macs", "max_activation_bytes"),
    "How it is searched": (
        *("space", "sampling", "warm_start", "sampler", "pruner", "last_epochs", "patience", "finals"),
        *("cost_aware", "seed", "deterministic"),
    ),
    "Where it trains, and where the study is kept": (
        *("device", "precision", "executor", "ray_address", "gpus_per_trial", "storage"),
    ),
    "What is shown": ("dashboard", "dashboard_port", "json"),
}


@command(
    short_help="Search for the best network of a budget, or go on searching.",
    epilog="Example: python -m search run --budget 8k --trials 100 --timeout 2h",
)
@in_panels(_PANELS)
def run(
    budget: Budget = None,
    dataset: Dataset = "auto",
    trials: Trials = 50,
    timeout: Timeout = None,
    epochs: Epochs = 15,
    study: NewStudy = None,
    workers: Workers = "auto",
    data_dir: DataDir = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    rgb: Rgb = False,
    limit_images: LimitImages = None,
    hold_out: HoldOut = None,
    augment: Augmentations = None,
    target: Target = 99.4,
    minimize_parameters: Minimize = False,
    max_macs: MaxMacs = None,
    max_activation_bytes: MaxActivationBytes = None,
    space: Space = "wide",
    sampling: HowSampled = "inside",
    warm_start: First = "zoo",
    sampler: Sampler = "tpe",
    pruner: Pruner = "screening",
    last_epochs: LastEpochs = None,
    patience: Patience = None,
    finals: Finals = 8,
    cost_aware: CostAware = False,
    seed: Seed = 0,
    deterministic: Deterministic = False,
    device: Device = "auto",
    precision: Precision = "auto",
    executor: Executor = "local",
    ray_address: RayAddress = None,
    gpus_per_trial: GpusPerTrial = None,
    storage: Storage = None,
    dashboard: Dashboard = False,
    dashboard_port: DashboardPort = None,
    log: Log = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """Search for the best network of at most BUDGET parameters, or go on with a search.

    Several budgets, as 2k,4k,8k, are searched together, and each has a best network.
    With --minimize-parameters the budget falls whenever two networks have held the target, below the larger of them.

    The study is kept in runs/NAME. Ctrl-C ends it cleanly; `run --study NAME` goes on. The options
    that its machines share stand in runs/NAME/search.toml, and `run --config FILE` takes them from there; --finals,
    --timeout, --workers, --device, --log and the options of Ray and of the database are not among them.
    """
    given = dict(locals())
    given["config"] = None  # what stands in the file is among the others
    try:
        return _search(given)
    except (UserError, BadData, InvalidDesign) as error:
        raise located(error, get_current_context()) from None


def _search(given: dict[str, Any]) -> int:
    """Searches as the options ask for."""
    loggers = loggers_named(given["log"] or ())
    given, begun = filled(given)
    preparation = preparation_of(
        given["image_size"], gray=given["gray"], rgb=given["rgb"],
        limit_images=given["limit_images"], hold_out=given["hold_out"],
    )  # fmt: skip
    _check_port(given)
    if "target" in typed():
        check_percent(given["target"])
    check_settings(_asked(given))  # before anything is read; what depends on the data once more below
    note_password(given["storage"])
    if begun and not typed() & IMAGES:
        source = images_of(begun, given["data_dir"] if "data_dir" in typed() else None)
    else:
        source = source_of(given["dataset"], given["data_dir"], preparation)
    if begun is None:
        given = filled_by_default(given, source)
    asked = _asked(given)
    settings = as_begun(settings_of_search(asked, source), asked, RUNS)
    from search.commands.searching import search

    # What was left to be found out is named, so that the line means the same elsewhere and later.
    given |= {"dataset": source.given, "data_dir": source.root, "study": settings.study}
    if isinstance(settings.space, OwnSpace) and "space" in typed():
        given["space"] = os.path.abspath(os.path.expanduser(given["space"]))
    return search(
        settings,
        command=command_line(run, given),
        again=short_line(run, given),
        longer=lambda **more: short_line(run, given, **more),
        as_json=given["json"],
        dashboard=(given["dashboard_port"] or 8080) if given["dashboard"] else None,
        loggers=loggers,
    )


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    """Returns the options as a search's settings are made of them: times in seconds, accuracies as shares."""
    return given | {"timeout": parse_timeout(given["timeout"]), "target": given["target"] / 100}


def _check_port(given: dict[str, Any]) -> None:
    """Raises UserError where the dashboard has a port and is not asked for."""
    if given["dashboard_port"] is not None and not given["dashboard"]:
        raise UserError("`dashboard_port` goes with `dashboard`; add that or leave it out")
