"""The command line: options, their help and what each command calls. Loads neither torch nor optuna."""

import os
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Annotated

import typer
from typer._click.exceptions import ClickException  # typer ships its own click and does not export this

from results.findings.records import NothingFinished
from search.commands.options import in_options
from search.errors import StorageAway, UserError
from search.outputs.files import WriteRefused
from search.settings import (
    ExecutorName,
    PrunerName,
    Ray,
    SamplerName,
    Settings,
    WarmStart,
    check_budget,
    check_name,
    check_target_accuracy,
    parse_budget,
    parse_storage,
    parse_timeout,
    parse_workers,
)
from search.study.folder import StudyFolder
from space.choices.choices import Sampling, SpaceName
from space.layers import InvalidDesign
from train.data.dataset import DatasetName, Source, default_root, resolve
from train.data.idx import BadData
from train.device import BadDevice, DeviceName, PrecisionName

app = typer.Typer(
    name="thimble",
    help="Finds the most accurate small convolutional network under a parameter budget.\n\n"
    "Example: python -m search run --budget 8000",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _name(study: str | None) -> str | None:
    if study is not None:
        check_name(study)
    return study


_MOST = 10**9  # of any limit, so that every figure that follows can be reckoned with
Budget = Annotated[int, typer.Option(help="Most parameters a network may have.", max=_MOST)]
Study = Annotated[str | None, typer.Option(help="Name of the study; the latest used if not given.", callback=_name)]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder with MNIST/raw below it (default: $THIMBLE_DATA or ./data)."),
]
Dataset = Annotated[DatasetName, typer.Option(help="auto is MNIST where it can be had, else digits.")]
Device = Annotated[DeviceName, typer.Option(help="auto is a GPU where torch sees one, else the CPU.")]
Precision = Annotated[
    PrecisionName, typer.Option(help="Of convolutions; auto is fp32. bf16 is faster and another training.")
]
Storage = Annotated[
    str | None,
    typer.Option(
        envvar="THIMBLE_STORAGE",
        help="PostgreSQL database that several machines share: postgresql+psycopg://USER:PASSWORD@HOST/DATABASE.",
    ),
]
Space = Annotated[
    SpaceName,
    typer.Option(
        help="core: networks and recipes as people make them by hand; wide: residual stages and more; "
        "taught: wide, and distillation from a larger network, which is trained first."
    ),
]
Workers = Annotated[str, typer.Option(help="Processes that train; auto is one a core.")]
Design = Annotated[
    str, typer.Argument(help="Notation such as 'c8 relu mp c10 gap', ladder-3/6, a trial number, or best.")
]


def run_app(arguments: list[str]) -> int:
    """Runs a command line; returns its exit code, having printed one line where the user must act."""
    try:
        code = app(arguments, prog_name="python -m search", standalone_mode=False)
    except ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "python -m search"
        message = error.format_message().replace("Value error, ", "").rstrip(".")
        return _refuse(f"{message}; see `{command} --help`")
    except (UserError, BadData, BadDevice, InvalidDesign, NothingFinished, WriteRefused) as error:
        return _refuse(str(error))
    except StorageAway as error:
        return _refuse(f"the study's database cannot be used ({error}); try again when it is back")
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has gone; nothing more can be said to it
        return 1
    return code if isinstance(code, int) else 0


def _fields() -> frozenset[str]:
    """The names of all options, as Python has them."""
    callbacks = [command.callback for command in app.registered_commands if command.callback]
    return frozenset(name for callback in callbacks for name in signature(callback).parameters)


def _refuse(message: str) -> int:
    """Says in one line what must be put right; what came is repeated with neither control characters nor bulk."""
    message = in_options(message, _fields())
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in " ".join(message.split()))
    typer.echo("error: " + (line if len(line) <= 1200 else f"{line[:700]} … {line[-450:]}"), err=True)
    return 2


def _source(dataset: DatasetName, data_dir: Path | None) -> Source:
    return _noted(resolve(dataset, data_dir or default_root(), required=data_dir is not None))


def _noted(source: Source) -> Source:
    note = in_options(source.note, _fields())
    if note:
        typer.echo(f"note: {note}", err=True)
    return replace(source, note=note)


@app.command(epilog="Example: python -m search run --budget 8000 --trials 100 --timeout 2h")
def run(
    budget: Budget,
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    trials: Annotated[int, typer.Option(help="The study's total; rejected proposals do not count.", max=_MOST)] = 50,
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
        str | None, typer.Option(help="Name of the study (default: DATASET-BUDGET).", callback=_name)
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
    max_macs: Annotated[int | None, typer.Option(help="Most multiply-adds for one image.", max=_MOST)] = None,
    max_activation_bytes: Annotated[
        int | None, typer.Option(help="Peak activation memory, one image.", max=_MOST)
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

    source = _source(dataset, data_dir)
    settings = replace(checked, source=source, study=f"{source.name}-{budget}" if study is None else study)
    return run_search(settings, as_json=json, dashboard=(dashboard_port or 8080) if dashboard else None)


@app.command(epilog="Example: python -m search worker --study mnist-8000 --storage $THIMBLE_STORAGE")
def worker(
    study: Annotated[str, typer.Option(help="Name of the study.", callback=_name)],
    storage: Storage = None,
    workers: Workers = "auto",
    data_dir: DataDir = None,
    timeout: Annotated[str | None, typer.Option(help="End after this time: 90, 30m, 2h.")] = None,
    device: Device = "auto",
    json: Json = False,
) -> int:
    """Join a search that is kept in a PostgreSQL database, from another machine, with the study's own settings.

    Begin one with `run --storage`. A trial whose machine is lost goes on elsewhere.
    """
    url, count, seconds = parse_storage(storage), parse_workers(workers), parse_timeout(timeout)
    if url is None:
        raise UserError("worker needs the database of the study: --storage URL, or $THIMBLE_STORAGE")
    from search.loop.run import run_search
    from search.study.reading import read_settings

    kept = read_settings(StudyFolder(study, storage=url))
    source = _source(kept["dataset"], data_dir)
    own = {"source": source, "storage": url, "workers": count, "timeout": seconds, "device": device, "finals": 0}
    return run_search(Settings.from_json(kept, **own), as_json=json)


@app.command(epilog="Example: python -m search train ladder-3/6 --epochs 15 --save w.safetensors")
def train(
    design: Design,
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    epochs: Annotated[int | None, typer.Option(help="Length (default: the recipe's own).")] = None,
    hold: Annotated[int, typer.Option(help="Last epochs whose mean is the score.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the split and the training.")] = 0,
    test: Annotated[bool, typer.Option("--test", help="Score on the test set, once, after the end.")] = False,
    save: Annotated[Path | None, typer.Option(help="Write the weights to this safetensors file.")] = None,
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Train one design outside any study: on the search's training images, scored on the held-out ones."""
    from search.replication.train_one import train_one
    from search.study.designs import find_design

    return train_one(
        find_design(design, study).lasting(epochs),
        source=_source(dataset, data_dir),
        hold=hold,
        seed=seed,
        test=test,
        save=save,
        device=device,
        precision=precision,
        force=force,
        as_json=json,
    )


@app.command(epilog="Example: python -m search confirm best --seeds 5")
def confirm(
    design: Annotated[str, typer.Argument(help="best, a trial number, ladder-3/6 or a notation.")] = "best",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    seeds: Annotated[int, typer.Option(help="Trainings, each with a seed of its own.")] = 5,
    epochs: Annotated[int | None, typer.Option(help="Length (default: the recipe's own).")] = None,
    hold: Annotated[int | None, typer.Option(help="Last epochs that count (default: 5, or all if fewer).")] = None,
    target: Annotated[float, typer.Option(help="Accuracy that should hold, in percent.")] = 99.4,
    workers: Workers = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    json: Json = False,
) -> int:
    """What a design really reaches: trained on all training images over several seeds, scored on the test set after
    each epoch. Nothing is chosen by these figures: no best epoch, no best seed.

    Interrupted, the same command goes on. With more --seeds, only those that are missing are trained.
    """
    check_target_accuracy(target / 100)
    count = parse_workers(workers)
    from search.replication.confirm import Terms
    from search.replication.confirm import confirm as run_confirm
    from search.study.designs import find_design

    found = find_design(design, study).lasting(epochs)
    terms = Terms(
        source=_noted(found.source(dataset, data_dir)),
        seeds=seeds,
        hold=hold,
        workers=count,
        device=device,
        precision=precision,
        as_json=json,
    )
    return run_confirm(found, terms, target=target / 100)


@app.command(epilog="Example: python -m search explain zoo/8000 --seeds 3 -o ladder.md")
def explain(
    design: Annotated[str, typer.Argument(help="best, a trial number, zoo/8000, ladder-3/6 or a notation.")] = "best",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each step, the same seeds for all.")] = 3,
    epochs: Annotated[int | None, typer.Option(help="Length (default: the recipe's own).")] = None,
    hold: Annotated[int | None, typer.Option(help="Last epochs that count (default: 5, or all if fewer).")] = None,
    undo: Annotated[bool, typer.Option(help="Train the design with each change undone, too.")] = True,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the story to this Markdown file.")
    ] = None,
    workers: Workers = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Why a design works: its ladder from the bare skeleton, one change at a time, each step trained for real and
    scored on held-out images; then the design with each change undone.

    Interrupted, the same command goes on. With more --seeds, only those that are missing are trained.
    """
    count = parse_workers(workers)
    from search.replication.explain import explain as run_explain
    from search.study.designs import find_design

    found = find_design(design, study)
    return run_explain(
        found,
        source=_noted(found.source(dataset, data_dir)),
        epochs=epochs,
        seeds=seeds,
        hold=hold,
        undo=undo,
        workers=count,
        device=device,
        precision=precision,
        output=output,
        force=force,
        as_json=json,
    )


@app.command(epilog="Example: python -m search reproduce ladder-3/6")
def reproduce(
    reference: Annotated[str, typer.Argument(help="A published design, such as ladder-3/6.")],
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    seeds: Annotated[int, typer.Option(help="Trainings with each recipe.")] = 3,
    hold: Annotated[int | None, typer.Option(help="Last epochs that count (default: 5, or all if fewer).")] = None,
    preferred: Annotated[bool, typer.Option(help="Train it with our recipe too.")] = True,
    workers: Workers = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    json: Json = False,
) -> int:
    """A published design, trained with its own recipe beside its published log, then with ours."""
    count = parse_workers(workers)
    from search.replication.confirm import Terms
    from search.replication.confirm import reproduce as run_reproduce
    from space.known.references import UnknownReference, find

    try:
        found = find(reference)
    except UnknownReference as error:
        raise UserError(str(error)) from None
    terms = Terms(
        source=_source(dataset, data_dir),
        seeds=seeds,
        hold=hold,
        workers=count,
        device=device,
        precision=precision,
        as_json=json,
    )
    return run_reproduce(found, terms, preferred=preferred)


@app.command(epilog="Example: python -m search count 'c8 relu c16 relu mp c16 relu gap c10k1'")
def count(design: Design, study: Study = None, json: Json = False) -> int:
    """Parameters, multiply-adds, memory and receptive field of a design, layer by layer; trains nothing."""
    from search.commands.show import print_count
    from search.study.designs import find_design

    return print_count(find_design(design, study).design.architecture, as_json=json)


@app.command(epilog="Example: python -m search space --budget 4000")
def space(budget: Budget = 8000, space: Space = "wide", json: Json = False) -> int:
    """A search space, and the share of it that fits the budget."""
    from search.commands.show import print_space

    limits = parse_budget(budget, None, None)
    check_budget(limits)
    return print_space(limits, space, as_json=json)


@app.command(epilog="Example: python -m search best --study mnist-8000")
def best(study: Study = None, json: Json = False) -> int:
    """The best trial so far, layer by layer."""
    from search.commands.show import print_trial

    return print_trial("best", study, as_json=json)


@app.command(epilog="Example: python -m search show 17")
def show(
    trial: Annotated[str, typer.Argument(help="A trial's number, or best.")],
    study: Study = None,
    json: Json = False,
) -> int:
    """One trial, layer by layer, with its recipe and learning curve."""
    from search.commands.show import print_trial

    return print_trial(trial, study, as_json=json)


@app.command(epilog="Example: python -m search table --csv trials.csv")
def table(
    study: Study = None,
    csv: Annotated[Path | None, typer.Option(help="Write all trials to this CSV file.")] = None,
    top: Annotated[int, typer.Option(help="Rows to print, 0 for all.", min=0)] = 20,
    front: Annotated[
        bool, typer.Option("--front", help="Only networks that none of fewer parameters is as good as.")
    ] = False,
    force: Force = False,
    json: Json = False,
) -> int:
    """All trials, the best first."""
    from search.commands.show import print_table

    return print_table(study, csv=csv, top=top, only_front=front, force=force, as_json=json)


@app.command(epilog="Example: python -m search export zoo/8000 -o net.py --weights net.safetensors --onnx net.onnx")
def export(
    design: Annotated[str, typer.Argument(help="best, a trial number, zoo/8000, ladder-3/6 or a notation.")] = "best",
    output: Annotated[Path, typer.Option("--output", "-o", help="The Python file to write.")] = Path("net.py"),
    weights: Annotated[
        Path | None, typer.Option(help="Write the trained weights here (of a trial, or of the zoo).")
    ] = None,
    onnx: Annotated[
        Path | None, typer.Option(help="Write an ONNX file too (needs pip install 'thimble\\[onnx]').")
    ] = None,
    card: Annotated[Path | None, typer.Option(help="Write a model card in Markdown.")] = None,
    fold_bn: Annotated[
        bool, typer.Option("--fold-bn", help="Fold norms into the convolutions before them, to run but not to train.")
    ] = False,
    data_dir: DataDir = None,
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Write a network as a readable stand-alone PyTorch module, verified in a clean interpreter.

    `python net.py --data DIR` trains it again, with torch and numpy alone.
    """
    from search.outputs.export import Outputs, export_design

    return export_design(
        design,
        study,
        outputs=Outputs(module=output, weights=weights, onnx=onnx, card=card),
        fold_norms=fold_bn,
        data_dir=data_dir,
        force=force,
        as_json=json,
    )


@app.command(epilog="Example: python -m search report -o report.html")
def report(
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path("report.html"),
    study: Study = None,
    force: Force = False,
) -> int:
    """Write one self-contained page about the study: winner, charts and all trials."""
    from search.outputs.report import write_report

    return write_report(study, output=output, force=force)


@app.command(epilog="Example: python -m search bench --workers 2 --json")
def bench(
    design: Annotated[str, typer.Argument(help="Notation, ladder-3/6, a trial number or best.")] = "ladder-3/6",
    dataset: Dataset = "auto",
    data_dir: DataDir = None,
    batch: Annotated[int, typer.Option(help="Batch size, of the baseline too.")] = 128,
    images: Annotated[int, typer.Option(help="Images that an epoch is measured on.")] = 10_240,
    repeats: Annotated[int, typer.Option(help="Rounds, whose median is told.", max=1000)] = 3,
    workers: Annotated[str, typer.Option(help="Worker processes; auto is one a core.")] = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    study: Study = None,
    json: Json = False,
) -> int:
    """Measure training on this machine beside a plain DataLoader loop, in the same run (about two minutes)."""
    from search.replication.bench import bench as run_bench
    from search.study.designs import find_design

    return run_bench(
        find_design(design, study),
        source=_source(dataset, data_dir),
        batch=batch,
        images=images,
        repeats=repeats,
        workers=parse_workers(workers),
        device=device,
        precision=precision,
        as_json=json,
    )


@app.command(epilog="Example: python -m search dashboard --port 8081")
def dashboard(
    study: Study = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
) -> int:
    """Start the Optuna dashboard on the study; Ctrl-C ends it."""
    from search.outputs.dashboard import serve_dashboard

    return serve_dashboard(study, host=host, port=port)
