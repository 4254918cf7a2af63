"""The command `run`: from valid settings to a searched study, and what is said at its end."""

import contextlib
import datetime
import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from results.findings.records import TrialRecord, best
from results.wording.percent import percent
from search.commands.views import as_object, printer, tally
from search.errors import StorageAway, UserError
from search.loop.status import Status, held
from search.outputs.dashboard import PORT, Beside
from search.settings import Settings, parse_workers, without_password
from search.study.beginning import versions
from search.study.folder import StudyFolder
from search.wording import duration, in_finals
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from train.device import Precision, choose

if TYPE_CHECKING:
    from search.loop.coordinator import Coordinator, Executor
    from search.study.store import Store

_PATIENCE = 600.0  # seconds that a search waits for a database that is away


def run_search(settings: Settings, runs: Path, *, as_json: bool, dashboard: int | None = None) -> int:
    """Searches, says what was found, and returns the exit code. dashboard: the port that it is shown on meanwhile.

    Raises:
        UserError: The study cannot be begun or gone on with, or the port is taken.
        BadDevice: The device is not there, or lacks the precision.
    """
    folder = StudyFolder(settings.study, runs, storage=settings.storage)
    folder.check_identity(settings.identity)
    folder.check_database(must_exist=False)
    device, precision = _device(settings)
    with Beside(dashboard) if dashboard else contextlib.nullcontext() as beside, folder.locked():
        folder.check_identity(settings.identity)  # another run may have begun the study since
        folder.begin(beginning(settings))
        stop = Stop()
        stop.install()
        place = Workplace(source=settings.source, seed=settings.seed, device=device, precision=precision)
        return _search(settings, folder, stop, place, beside, as_json=as_json)


def beginning(settings: Settings) -> dict[str, Any]:
    """What is written down when a study is begun."""
    return {
        "identity": settings.identity,
        "data_dir": str(settings.source.folder) if settings.source.folder else None,
        "note": settings.source.note,
        "target": settings.target,
        "command": resume_command(settings),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions(),
    }


def _search(
    settings: Settings, folder: StudyFolder, stop: Stop, place: Workplace, beside: Beside | None, *, as_json: bool
) -> int:
    from search.commands.views import make_view
    from search.loop.coordinator import Coordinator
    from search.study.storage import Patience
    from search.study.store import Store

    port = beside.port if beside else None
    here = replace(place, device="cpu") if settings.ray else place  # the cluster may have GPUs, and this machine none
    if settings.space == "taught":
        from search.replication.teacher import taught

        found = taught(here, folder.runs, stop=stop, say=printer(as_json=as_json))
        if found is None:
            print(f"go on with:    {resume_command(settings, dashboard=port)}", file=sys.stderr)
            return stop.exit_code
        place = replace(place, teacher=found.teacher)
    view = make_view(as_json=as_json)
    try:
        patience = Patience(_PATIENCE, noted=view.noted, give_up=lambda: stop.requested)
        store = Store(folder, settings, patience)
        where = f"{settings.workers or 'all'} workers" + (" of a Ray cluster" if settings.ray else "")
        view.noted(
            f"study {settings.study}: {settings.source.name}, at most {settings.budget.parameters:,} parameters, "
            f"{settings.trials} trials of {settings.epochs} epochs on {where}, "
            f"{place.device} {place.precision}",
        )
        if beside:
            beside.start(folder)
            view.noted(f"dashboard on {beside.address}")
        folder.drop_checkpoints(but=store.unfinished)
        if store.done:
            view.noted(f"going on after {store.done} trials")
        executor = _executor(settings, place, left=max(0, settings.trials - store.done))
        coordinator = Coordinator(settings, folder=folder, store=store, executor=executor, view=view, stop=stop)
        trouble = _run(coordinator)
    finally:
        view.close()
    found = store.best
    if trouble is None:
        try:
            if not stop.requested:
                _finals(settings, folder, store, here, stop, as_json=as_json)
            found = best(store.records)
        except (StorageAway, UserError) as error:
            trouble = error
    _conclude(settings, coordinator.status(), found, stop, dashboard=port, as_json=as_json)
    store.close()
    match trouble:
        case None:
            return stop.exit_code
        case UserError():
            raise trouble
        case StorageAway():
            what = f"the database {folder.place} cannot be used ({trouble}); what it did not take is in {folder.path}"
        case _:
            what = f"the study cannot be written: {trouble}; make room or mend it"
    print(f"error: {what}; then go on with: {resume_command(settings, dashboard=port)}", file=sys.stderr)
    return stop.exit_code or 1


def _finals(
    settings: Settings, folder: StudyFolder, store: "Store", place: Workplace, stop: Stop, *, as_json: bool
) -> None:
    from search.loop.finals import finalists, hold, trainings

    records, say = store.records, printer(as_json=as_json)
    if number := trainings(len(finalists(records, settings))):
        say(f"the best designs once more: {number} trainings (--finals 0 leaves them out)")
        if scores := hold(records, settings, folder, place, stop=stop, say=say):
            store.keep_finals(scores)


def _device(settings: Settings) -> tuple[Literal["cpu", "cuda"], Precision]:
    if settings.ray is None:
        return choose(settings.device, settings.precision)
    # The nodes have it or not; this machine need not.
    auto = "cuda" if settings.ray.gpus else "cpu"
    return auto if settings.device == "auto" else settings.device, settings.identity["precision"]


def _executor(settings: Settings, place: Workplace, *, left: int) -> "Executor":
    if settings.ray and left:
        from search.workers.ray_cluster import RayExecutor

        workers = settings.workers and min(settings.workers, left)
        return RayExecutor(workers, place, address=settings.ray.address, gpus_per_trial=settings.ray.gpus)
    from search.workers.processes import ProcessExecutor

    return ProcessExecutor(min(settings.workers or 1, left), place)


def _run(coordinator: "Coordinator") -> Exception | None:
    """Searches; returns what ended it before its time."""
    from search.loop.coordinator import CannotWrite, NothingFits

    try:
        coordinator.run()
    except NothingFits as error:
        return UserError(str(error))
    except (StorageAway, CannotWrite) as error:
        return error
    return None


def _conclude(
    settings: Settings,
    status: Status,
    best: TrialRecord | None,
    stop: Stop,
    *,
    dashboard: int | None,
    as_json: bool,
) -> None:
    say = sys.stderr if as_json else sys.stdout
    if as_json:
        counts = {verdict: status.counts[verdict] for verdict in ("trained", "pruned", "rejected", "failed")}
        found = as_object(best) if best else None
        print(json.dumps({"study": settings.study, **counts, "best": found}), flush=True)
    print(f"\n{tally(status)} in {duration(status.elapsed)}", file=say)
    if best:
        reached = "" if held(best, hold=settings.hold, target=settings.target) else "not "
        print(
            f"best: trial {best.trial}, held-out accuracy {percent(best.score)} (mean of the last "
            f"{settings.hold} epochs; {percent(settings.target)} {reached}held in each), {in_finals(best)}"
            f"{best.parameters:,} parameters, receptive field {best.receptive_field}\n"
            f"  {best.notation}\n  {best.recipe.describe() if best.recipe else ''}\n"
            f"take it away:  python -m search export best --study {settings.study} -o net.py "
            f"--weights net.safetensors",
            file=say,
        )
    if status.done < settings.trials or stop.requested:
        print(f"go on with:    {resume_command(settings, dashboard=dashboard)}", file=say)
    else:
        longer = resume_command(settings, trials=2 * settings.trials, dashboard=dashboard)
        print(f"search longer: {longer}", file=say)
    say.flush()


def resume_command(settings: Settings, *, trials: int | None = None, dashboard: int | None = None) -> str:
    """The command that goes on with the study; a password is left to the environment. dashboard: its port."""
    source = settings.source
    options: dict[str, object] = {
        "budget": settings.budget.parameters,
        "dataset": source.name,
        "data-dir": source.root,
        "trials": trials or settings.trials,
        "timeout": None if settings.timeout is None else f"{settings.timeout:.15g}",
        "epochs": settings.epochs,
        "hold": settings.hold,
        "target": f"{100 * settings.target:g}",
        "study": settings.study,
        "seed": settings.seed,
        "device": settings.device,
        "precision": settings.precision,
        "sampler": settings.sampler,
        "pruner": settings.pruner,
        "finals": settings.finals,
        "space": settings.space,
        "sampling": settings.sampling,
        "warm-start": settings.warm_start,
        "workers": settings.workers,
        "max-macs": settings.budget.macs,
        "max-activation-bytes": settings.budget.activation_bytes,
    }
    defaults = {"epochs": 15, "hold": 5, "seed": 0, "sampler": "tpe", "pruner": "screening", "finals": 8}
    defaults |= {
        "device": "auto",
        "precision": "auto",
        "space": "wide",
        "sampling": "inside",
        "warm-start": "zoo",
        "workers": None if settings.ray else parse_workers("auto", here=False),
        "trials": 50,
        "target": "99.4",
    }
    words = [
        f"--{name} {shlex.quote(str(value))}"
        for name, value in options.items()
        if value is not None and defaults.get(name) != value
    ]
    words += ["--minimize-parameters"] if settings.minimize_parameters else []
    words += ["--deterministic"] if settings.deterministic else []
    words += ["--dashboard"] if dashboard else []
    words += [f"--dashboard-port {dashboard}"] if dashboard and dashboard != PORT else []
    if settings.ray:
        words.append(f"--executor ray --ray-address {settings.ray.address} --gpus-per-trial {settings.ray.gpus:g}")
    if settings.storage:
        shown = without_password(settings.storage)
        words.append("--storage " + (shlex.quote(shown) if shown == settings.storage else '"$THIMBLE_STORAGE"'))
    return " ".join(["python -m search run", *words])
