"""The command `run`: searches, or goes on with a search."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from search.commands.app import (
    MOST,
    RUNS,
    Budget,
    DataDir,
    Dataset,
    Device,
    Json,
    Precision,
    Space,
    Storage,
    Workers,
    app,
    check_study,
    source_of,
)
from search.errors import UserError
from search.settings import (
    ExecutorName,
    PrunerName,
    Ray,
    SamplerName,
    Settings,
    WarmStart,
    check_budget,
    parse_budget,
    parse_storage,
    parse_timeout,
    parse_workers,
)
from space.choices.choices import Sampling
from train.data.dataset import resolve


@app.command(epilog="Example: python -m search run --budget 8000 --trials 100 --timeout 2h")
def run(
    budget: Budget,
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    trials: Annotated[int, typer.Option(help="The study's total; rejected proposals do not count.", max=MOST)] = 50,
    timeout: Annotated[str | None, typer.Option(help="End after this time, finals included: 90, 30m, 2h.")] = None,
    epochs: Annotated[int, typer.Option(help="Length of a trial.", max=1000)] = 15,
    hold: Annotated[
        int | None, typer.Option(help="Last epochs whose mean is the score (default: 5, or all if fewer).")
    ] = None,
    target: Annotated[float, typer.Option(help="Accuracy asked for, in percent.")] = 99.4,
    minimize_parameters: Annotated[
        bool, typer.Option("--minimize-parameters", help="Seek the smallest network that holds the target.")
    ] = False,
    workers: Workers = "auto",
    study: Annotated[
        str | None, typer.Option(help="Name of the study (default: DATASET-BUDGET).", callback=check_study)
    ] = None,
    storage: Storage = None,
    seed: Annotated[int, typer.Option(help="Of the split, the sampler and each training.")] = 0,
    sampler: Annotated[SamplerName, typer.Option(help="How Optuna proposes.")] = "tpe",
    pruner: Annotated[PrunerName, typer.Option(help="Which trials end early.")] = "screening",
    space: Space = "wide",
    sampling: Annotated[
        Sampling, typer.Option(help="inside: widths made to fit the budget; plain: drawn, rejected if over.")
    ] = "inside",
    warm_start: Annotated[WarmStart, typer.Option(help="Known designs to try first.")] = "zoo",
    finals: Annotated[
        int, typer.Option(help="Best designs to train again at the end, with fresh seeds; 0 for none.")
    ] = 8,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="The same history for any number of workers, also after resumes.")
    ] = False,
    device: Device = "auto",
    precision: Precision = "auto",
    executor: Annotated[ExecutorName, typer.Option(help="local: processes here; ray: a Ray cluster.")] = "local",
    ray_address: Annotated[
        str | None, typer.Option(help="HOST:PORT of the cluster (default: auto, the one that runs here).")
    ] = None,
    gpus_per_trial: Annotated[
        float | None, typer.Option(help="GPUs that a trial takes of its node; may be a share (default: 0).")
    ] = None,
    max_macs: Annotated[int | None, typer.Option(help="Most multiply-adds for one image.", max=MOST)] = None,
    max_activation_bytes: Annotated[
        int | None, typer.Option(help="Peak activation memory, one image.", max=MOST)
    ] = None,
    dashboard: Annotated[
        bool, typer.Option("--dashboard", help="Show the search in Optuna's dashboard meanwhile, on 127.0.0.1.")
    ] = False,
    dashboard_port: Annotated[
        int | None, typer.Option(help="Port of the dashboard (default: 8080).", min=1, max=65535)
    ] = None,
    json: Json = False,
) -> int:
    """Search for the best network of at most BUDGET parameters, or go on with a search.

    With --minimize-parameters the budget falls whenever two networks held the target, to the larger one of them.

    The study is kept in runs/NAME. Ctrl-C ends it cleanly; the same command goes on.
    """
    limits = parse_budget(budget, max_macs, max_activation_bytes)
    check_budget(limits)
    for option, value in (("--ray-address", ray_address), ("--gpus-per-trial", gpus_per_trial)):
        if value is not None and executor != "ray":
            raise UserError(f"{option} goes with --executor ray; add that or leave it out")
    if dashboard_port is not None and not dashboard:
        raise UserError("--dashboard-port goes with --dashboard; add that or leave it out")
    ray = Ray(ray_address or "auto", gpus_per_trial or 0.0) if executor == "ray" else None
    count = None if ray and workers == "auto" else parse_workers(workers, here=ray is None)
    seconds = parse_timeout(timeout)
    # What depends on the data is checked once more when it is known.
    checked = Settings(
        budget=limits,
        source=resolve("digits", Path()),
        study="unnamed" if study is None else study,
        trials=trials,
        timeout=seconds,
        epochs=epochs,
        hold=min(5, epochs) if hold is None else hold,
        target=target / 100,
        minimize_parameters=minimize_parameters,
        workers=count,
        seed=seed,
        device=device,
        precision=precision,
        sampler=sampler,
        pruner=pruner,
        space=space,
        sampling=sampling,
        warm_start=warm_start,
        deterministic=deterministic,
        finals=finals,
        storage=parse_storage(storage),
        ray=ray,
    )
    from search.loop.run import run_search

    source = source_of(dataset, data_dir)
    settings = replace(checked, source=source, study=f"{source.name}-{budget}" if study is None else study)
    return run_search(settings, RUNS, as_json=json, dashboard=(dashboard_port or 8080) if dashboard else None)
