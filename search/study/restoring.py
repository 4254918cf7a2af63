"""Told trials put back into a database that has lost them, from what `search.study.ledger` has.

A power cut can take the last of what a database has, people delete databases, and put older copies back. Then what
was told is written into it again, a new one if need be. Studies on a server are left to that.
"""

import contextlib
import datetime
import json
import logging
import os
import sqlite3
from collections.abc import Iterable
from itertools import count, groupby
from typing import TYPE_CHECKING, Any

from search.errors import UserError
from search.study import ledger
from search.study.begun import settings_of
from search.study.folder import DatabaseLost, StudyFolder
from search.study.locks import alone
from search.study.sqlite_file import STUDIES, STUDY_ATTRIBUTES, TOLD, connect_to_read, may_be_written

if TYPE_CHECKING:
    from search.settings import Settings
    from search.study.storage import Storage

_LOG = logging.getLogger("thimble")


def lacking(folder: StudyFolder, *, must_exist: bool = False, whole: bool = True) -> set[int]:
    """Number the trials that the folder has and the database lacks.

    Raises:
        DatabaseLost, UserError: As `StudyFolder.check_database`, which takes `must_exist` and `whole`, but not where
            the folder has what was told.
    """
    if folder.storage:
        return set()
    kept = folder.told_trials()
    try:
        folder.check_database(must_exist=must_exist, whole=whole)
    except DatabaseLost:
        if not kept:  # else each trial that was told is there: a search begins by seeing to that
            raise
        return kept
    return kept - _told(folder) if kept else kept


def lacks_finals(folder: StudyFolder) -> bool:
    """Say whether the folder has scores of finals and its database, which is sound or gone, has none or others, of
    finals before."""
    if folder.storage or not folder.finals_file.exists():
        return False
    if not folder.database.exists():
        return True
    with contextlib.suppress(sqlite3.Error), contextlib.closing(connect_to_read(folder.database)) as connection:
        own = folder.own_study(dict(connection.execute(STUDIES)))
        stored = dict(connection.execute(STUDY_ATTRIBUTES, (own,))).get("finals")
        if stored is None:
            return True
        with contextlib.suppress(OSError, ValueError):  # a damaged file is not used
            return ledger.read_finals(folder)["finals"] != json.loads(stored)
        return False
    return True


def make_whole(folder: StudyFolder) -> None:
    """Put back what the folder has of told trials and its database lacks, where nobody is searching.

    Raises:
        DatabaseLost: The database is damaged or gone, and the folder does not have what was told.
        Taken: Somebody is searching.
        UserError: The database cannot be read, or is another study's.
    """
    if not may_be_written(folder.database):
        _LOG.warning("%s lacks some of what is in %s; who may write there sees all", folder.database, folder.told)
        return
    with alone(folder.path, f"study {folder.name} is being searched", "wait for it"):
        put_back(folder, _settings(folder))


def put_back(folder: StudyFolder, settings: "Settings") -> None:
    """Put back what the folder has of told trials and its database lacks, and say which; to be called alone.

    What was asked for and not told between them is asked for again. A damaged database is set aside.

    Raises:
        DatabaseLost, UserError: As `make_whole` does.
    """
    missing = lacking(folder)
    finals = _read_finals(folder) if lacks_finals(folder) else {}
    if not missing and not finals:
        return
    kept = _read(folder, missing)
    _set_damaged_aside(folder)
    from search.study.databases import open_storage
    from search.study.opening import open_study

    storage = open_storage(folder)
    try:
        open_study(storage, settings, folder)
        restoration = _Restoration(storage, settings)
        restoration.write(kept)
        restoration.write_finals(finals)
    finally:
        storage.close()
    if kept or finals:
        lacked = [_named(sorted(kept))] * bool(kept) + ["the scores of the finals"] * bool(finals)
        _LOG.warning("%s lacked %s, put back from %s", folder.database, " and ".join(lacked), folder.told)


def _settings(folder: StudyFolder) -> "Settings":
    """Return the study's settings without its database; raise UserError where they are not written down."""
    from search.settings import Settings

    begun = settings_of(folder)
    if begun["settings"] is None:  # of an earlier version, and not gone on with since
        raise UserError(f"{folder.database} lacks trials that are in {folder.told}; put it back: {begun['command']}")
    own: dict[str, Any] = {"workers": 1, "timeout": None, "device": "cpu"}
    return Settings.from_json(begun["settings"] | {"study": folder.name}, **own, finals=0)


def _told(folder: StudyFolder) -> set[int]:
    connection = connect_to_read(folder.database)
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'studies'").fetchone():
            return set()
        own = folder.own_study(dict(connection.execute(STUDIES)))
        return {number for (number,) in connection.execute(TOLD, (own,))}
    finally:
        connection.close()


def _set_damaged_aside(folder: StudyFolder) -> None:
    """Give a damaged database another name, with the log of its that would be taken for the new one's."""
    try:
        folder.check_database(must_exist=False)
        return
    except DatabaseLost:
        pass
    free = next(n for n in count(1) if not folder.path.joinpath(f"damaged-{n}").exists())
    aside = folder.path / f"damaged-{free}"
    aside.mkdir()
    for ending in ("", "-wal", "-shm"):
        file = folder.database.with_name(folder.database.name + ending)
        if file.exists():
            os.replace(file, aside / file.name)
    if aside.joinpath(folder.database.name).exists():
        _LOG.warning("%s is damaged; it is in %s now", folder.database, aside)
    elif not any(aside.iterdir()):
        aside.rmdir()


def _named(trials: list[int]) -> str:
    """Name trials, those in a row by the first and the last."""
    rows = [[n for _, n in row] for _, row in groupby(enumerate(trials), lambda pair: pair[1] - pair[0])]
    words = [str(row[0]) if len(row) == 1 else f"{row[0]} to {row[-1]}" for row in rows]
    return f"trial{'s' if len(trials) > 1 else ''} {', '.join(words)}"


def _read(folder: StudyFolder, trials: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Read what is kept of the trials; a damaged file is named and left out."""
    kept = {}
    for trial in sorted(trials):
        file = folder.told_file(trial)
        try:
            kept[trial] = ledger.read(folder, trial)
        except (OSError, ValueError) as error:
            _LOG.warning("%s is not used: %s", file, " ".join(str(error).split()))
    return kept


def _read_finals(folder: StudyFolder) -> dict[str, Any]:
    """Read what is kept of the finals; a damaged file is named and left out."""
    from search.study.checking import checked

    try:
        return checked(ledger.read_finals(folder), of=folder.name)
    except (OSError, ValueError, UserError) as error:
        _LOG.warning("%s is not used: %s", folder.finals_file, " ".join(str(error).split()))
    return {}


class _Restoration:
    """Writes told trials into a study's database."""

    def __init__(self, storage: "Storage", settings: "Settings") -> None:
        from search.proposals.samplers import distributions

        self._storage = storage
        self._study = storage.get_study_id_from_name(settings.study)
        self._distributions = distributions(settings)

    def write(self, kept: dict[int, dict[str, Any]]) -> None:
        """Write what is kept, by the trials' numbers; those between that are not kept are queued."""
        from optuna.trial import TrialState, create_trial

        from search.proposals.optuna_private import trial_id

        there = {trial.number: trial_id(trial) for trial in self._storage.read_trials(self._study, whole=False)}
        waiting = create_trial(state=TrialState.WAITING)
        for number in range(len(there), max(kept, default=-1) + 1):
            there[number] = self._storage.create_new_trial(self._study, waiting)
        for number, stored in kept.items():
            self._tell(there[number], stored)

    def write_finals(self, finals: dict[str, Any]) -> None:
        """Write what is kept of the finals, unless that is nothing."""
        for name, scores in finals.items():
            self._storage.set_study_user_attr(self._study, name, scores)

    def _tell(self, trial: int, stored: dict[str, Any]) -> None:
        from optuna.trial import TrialState

        storage, known = self._storage, self._storage.get_trial(trial)
        missing = {name: value for name, value in stored["params"].items() if name not in known.params}
        storage.add_params(trial, missing, self._distributions)
        queued = {"origin": "sampler"} if "origin" in known.user_attrs else {}  # as a known design, where it was none
        storage.annotate(trial, queued | stored["user_attrs"])
        for name, value in stored["system_attrs"].items():
            storage.set_trial_system_attr(trial, name, value)
        for step, value in stored["intermediate_values"].items():
            storage.set_trial_intermediate_value(trial, int(step), value)
        storage.set_trial_state_values(trial, TrialState[stored["state"]], stored["values"])
        storage.date(trial, start=_time(stored["start"]), complete=_time(stored["complete"]))


def _time(text: str | None) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if text else None
