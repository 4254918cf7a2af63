"""The command `worker`: joins a search that another machine began."""

from pathlib import Path
from typing import Annotated

import typer

from search.commands.again import command_line
from search.commands.app import (
    RUNS,
    DataDir,
    Device,
    Json,
    Log,
    Storage,
    Workers,
    check_study,
    command,
    note_password,
    noted,
    source_of,
)
from search.commands.times import parse_timeout
from search.errors import UserError
from search.loop.loggers.named import loggers_named
from search.settings import Settings, stored_images
from search.study.address import parse_storage
from search.study.images import moved_to
from search.workers.room import parse_workers
from train.data.dataset import Dataset
from train.data.forms.named import NAMES


@command(
    short_help="Join a search in a PostgreSQL database, from another machine.",
    epilog="Example: python -m search worker --study mnist-8000",
)
def worker(
    study: Annotated[str, typer.Option(help="Name of the study.", callback=check_study, metavar="NAME")],
    storage: Storage = None,
    workers: Workers = "auto",
    data_dir: DataDir = None,
    timeout: Annotated[
        str | None,
        typer.Option(help="End after this time, not counting a teacher's training: 90, 30m, 1h30m.", metavar="TIME"),
    ] = None,
    device: Device = "auto",
    log: Log = None,
    json: Json = False,
) -> int:
    """Join a search that is kept in a PostgreSQL database, from another machine, with the study's own settings.

    Begin one with `run --storage`. A trial whose machine is lost goes on elsewhere.
    """
    given = dict(locals())
    url, count, seconds = parse_storage(storage), parse_workers(workers), parse_timeout(timeout)
    if url is None:
        raise UserError("worker needs the database of the study: `storage` URL, or $THIMBLE_STORAGE")
    loggers = loggers_named(log or ())
    note_password(storage)
    from search.commands.searching import search
    from search.study.begun import settings_of
    from search.study.folder import StudyFolder
    from search.study.reading import read_settings

    folder = StudyFolder(study, RUNS, storage=url)
    kept = read_settings(folder)
    source = _images(stored_images(kept), data_dir)
    own = {"source": source, "storage": url, "workers": count, "timeout": seconds, "device": device, "finals": 0}
    again = command_line(worker, given)
    begun = settings_of(folder)["command"] if folder.settings_file.exists() else again  # by `run`, perhaps
    return search(Settings.from_json(kept, **own), command=begun, again=again, as_json=json, loggers=loggers)


def _images(known: Dataset, data_dir: Path | None) -> Dataset:
    """Returns the study's images where they are on this machine, or what is there in their place, by which the study
    is refused; raises BadData where nothing is."""
    if data_dir is None or known.given in NAMES:
        return source_of(known.given, data_dir, known.preparation)
    here = moved_to(known, data_dir)
    return noted(here) if here else source_of(str(data_dir), data_dir, known.preparation)
