"""A study's folder runs/NAME: settings, weights, checkpoints, and the database where no server keeps it.

Loads neither torch nor optuna.
"""

import contextlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from search.errors import UserError
from search.study.address import without_password
from search.study.locks import alone
from search.study.sqlite_file import LONGEST_PATH, TABLES, connect_to_read, path_length
from search.study.writing import writing
from train.files.digests import BLANK, Damaged, as_object, digest, seal
from train.files.whole import read_whole, sync_folder, write_whole

_HOLES = (
    "SELECT 1 FROM trials GROUP BY study_id HAVING COUNT(*) != MAX(number) + 1 OR COUNT(DISTINCT number) != COUNT(*)"
)
_NOBODYS = "SELECT 1 FROM trials WHERE study_id NOT IN (SELECT study_id FROM studies)"
_OF_NO_RECORD = {"trial_params", "trial_system_attributes"}  # tables, most of a database


class DatabaseLost(UserError):
    """An error: the study's database is gone or damaged."""


class StudyFolder:
    """The folder of the study `name`, in the folder `runs`, which has one for each study.

    Attributes:
        storage: URL of the database server that keeps the study, or None where the folder does.
        uploads: Files that somebody added to the study in the dashboard.
    """

    def __init__(self, name: str, runs: Path, *, storage: str | None = None) -> None:
        self.name = name
        self.runs = runs
        self.storage = storage
        self.path: Path = runs / name
        self.settings_file: Path = self.path / "settings.json"
        self.options_file: Path = self.path / "search.toml"
        self.space_file: Path = self.path / "space.toml"
        self.database: Path = self.path / "study.db"
        self.weights: Path = self.path / "weights"
        self.checkpoints: Path = self.path / "checkpoints"
        self.uploads: Path = self.path / "uploads"
        self.told: Path = self.path / "told"
        self.settings_copy: Path = self.told / "settings.json"
        self.finals_file: Path = self.told / "finals.json"  # the scores of the finals

    @property
    def place(self) -> str:
        """Say where the study is stored, in words fit to be shown."""
        return without_password(self.storage) if self.storage else str(self.database)

    def weights_file(self, trial: int) -> Path:
        """Name the file of a trained trial's weights, whether it is there or not."""
        return self.weights / f"trial-{trial:05d}.safetensors"

    def told_file(self, trial: int) -> Path:
        """Name the file of what a trial was told with, whether it is there or not."""
        return self.told / f"trial-{trial:05d}.json"

    def told_trials(self) -> set[int]:
        """Number the trials that have such a file."""
        names = (re.fullmatch(r"trial-(\d+)\.json", file.name) for file in self.told.glob("trial-*.json"))
        return {int(name[1]) for name in names if name}

    def own_study(self, studies: Mapping[int, str]) -> int | None:
        """Return which of the studies in its database, by their ids, is the folder's: the one of its name, or the
        only one, as a folder may have been renamed; None where there is none.

        Raises:
            UserError: There are several, and none has its name.
        """
        named = [number for number, name in studies.items() if name == self.name]
        if not named and len(studies) > 1:
            raise UserError(
                f"{self.database} holds the studies {', '.join(studies.values())}; name its folder as one of them"
            )
        return next(iter(named or studies), None)

    def checkpoint_folder(self, trial: int) -> Path:
        """Name the folder of a trial's checkpoints, whether it is there or not."""
        return self.checkpoints / f"trial-{trial:05d}"

    def store_weights(self, trial: int, content: bytes) -> str:
        """Write a trial's weights, whole or not at all, and return their digest; raise OSError."""
        write_whole(content, self.weights_file(trial))
        return digest(content)

    def spool(self, trial: int, result: dict[str, Any]) -> None:
        """Write a result beside the trial's checkpoints, for when the database can take it; raise OSError."""
        file = self._spool_file(trial)
        for parent in (self.checkpoints, file.parent):
            parent.mkdir(exist_ok=True)
        write_whole(seal(json.dumps(result | {"sha256": BLANK}).encode(), of=f"trial {trial}"), file)

    def spooled(self, trial: int) -> dict[str, Any] | None:
        """Read the result of the trial that the database could not take; None where there is none.

        Raises:
            Damaged: It is not as it was written.
        """
        file = self._spool_file(trial)
        try:
            return as_object(read_whole(file), ("design", "end", "curve"), of=f"trial {trial}")
        except FileNotFoundError:
            return None
        except (OSError, Damaged):
            raise Damaged(f"its result in {file} is damaged and not used") from None

    def _spool_file(self, trial: int) -> Path:
        return self.checkpoint_folder(trial) / "result.json"

    def drop_checkpoints(self, *, but: Iterable[int]) -> None:
        """Remove those of trials that have ended: all but the trials `but`."""
        unfinished = {self.checkpoint_folder(trial) for trial in but}
        for folder in self.checkpoints.glob("trial-*"):
            if folder not in unfinished:
                shutil.rmtree(folder, ignore_errors=True)

    def drop_remains(self) -> None:
        """Remove what workers have written after somebody took the folder away: nothing but checkpoints."""
        with contextlib.suppress(OSError):
            if [path.name for path in self.path.iterdir()] == [self.checkpoints.name]:
                shutil.rmtree(self.path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder where it is missing, and keep it from other coordinators unless a server has the study.

        Raises:
            UserError: It cannot be written, or another run has it.
        """
        with writing(self.path):
            for folder in (self.weights, self.told):
                folder.mkdir(parents=True, exist_ok=True)
            for folder in (self.path, self.runs):
                sync_folder(folder)
        if self.storage:
            yield
            return
        with alone(self.path, f"study {self.name} is being searched", "wait for it, or name another with `study`"):
            yield

    @property
    def shown_storage(self) -> str | None:
        """Name the server that has the study as it is written down, without a password; None where there is none."""
        return without_password(self.storage) if self.storage else None

    def check_database(self, *, must_exist: bool, whole: bool = True) -> None:
        """Raise UserError where the database is missing or is not a study's; it is never overwritten.

        whole: Whether it is read from end to end, or only as far as it is for the records of its trials, which is a
            fraction of it.

        Raises:
            DatabaseLost: It is gone and there was one, or it is damaged.
            UserError: There is no study, or the file may not be read or is somebody else's.
        """
        if self.storage:
            return  # a server looks after its own
        if (length := path_length(self.database)) > LONGEST_PATH:
            raise UserError(
                f"the path of {self.database} has {length} bytes, and SQLite takes at most {LONGEST_PATH}; "
                f"have the study's folder where paths are shorter"
            )
        if not self.database.exists():
            if self.trained:
                raise DatabaseLost(
                    f"{self.database} is gone, and trials of study {self.name} have been trained; put it back, or "
                    f"name another study with `study`"
                )
            if must_exist:
                raise UserError(
                    f"there is no study {self.name} in {self.runs}/; `run()` begins one, "
                    f"`study` names one of: {', '.join(existing(self.runs)) or 'none yet'}"
                )
            return
        if not self.database.is_file():  # a pipe would be waited for
            raise UserError(f"{self.database} is not a study's database (no regular file); name another with `study`")
        try:
            with contextlib.closing(connect_to_read(self.database)) as connection:
                chosen = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                tables = {name for (name,) in chosen}
                if tables - TABLES:
                    raise UserError(
                        f"{self.database} is not a study's database (it holds other tables); it was left as it is: "
                        f"name another study with `study`"
                    )
                if TABLES - tables and self.trained:  # of a study that was begun just now they may be on their way
                    raise sqlite3.DatabaseError("tables are missing, and trials have been trained")
                if "trials" in tables and connection.execute(_HOLES).fetchone():
                    raise sqlite3.DatabaseError("trials are missing between others")
                if {"studies", "trials"} <= tables and connection.execute(_NOBODYS).fetchone():
                    raise sqlite3.DatabaseError("trials belong to no study")
                for part in ["1"] if whole else sorted(tables - _OF_NO_RECORD):  # by table from SQLite 3.33 on
                    problems = connection.execute(f"PRAGMA quick_check({part})").fetchone()[0]
                    if problems != "ok":
                        raise sqlite3.DatabaseError(problems.replace("\n", " "))
        except (OSError, sqlite3.OperationalError) as error:
            raise UserError(f"{self.database} cannot be read ({error}); see that you may read it") from None
        except sqlite3.DatabaseError as error:
            raise DatabaseLost(
                f"{self.database} is not a study's database ({error}); it was left as it is: "
                f"put a sound one in its place, or name another study with `study`"
            ) from None

    @property
    def trained(self) -> bool:
        """Whether trials have been trained, as far as the folder shows it."""
        return any(self.weights.glob("trial-*")) or any(self.told.glob("trial-*"))


_MARKS = ("told", "weights", "checkpoints")  # folders that a trial's end changes, and that no reading does


def existing(runs: Path) -> list[str]:
    """Name the studies in the folder `runs`, the latest searched first; none whose name cannot be shown."""
    marks = ("study.db", "settings.json", "told/settings.json")
    folders = {file.parents[mark.count("/")] for mark in marks for file in runs.glob(f"*/{mark}")}
    copy = runs / "told"  # of a study's settings, where `runs` is a study's own folder
    shown = [one for one in folders if one.name.isprintable() and (one != copy or (one / "study.db").exists())]
    return [folder.name for folder in sorted(shown, key=last_searched, reverse=True)]


def last_searched(folder: Path) -> float:
    """Return when a trial of the study in the folder ended last, or else when it was begun, in seconds since 1970; 0
    where nothing shows it."""
    times = [_changed(folder / name) for name in _MARKS]
    return max(times) or max(_changed(folder / name) for name in ("settings.json", "study.db"))


@contextlib.contextmanager
def as_late(folder: Path) -> Iterator[None]:
    """Leave the study in the folder as late as it was among the others, whatever the block writes: of a study that is
    only read, its settings may be written anew."""
    files = [folder / name for name in (*_MARKS, "settings.json")]
    times, latest = {file: stat for file in files if (stat := _stat(file))}, last_searched(folder)
    try:
        yield
    finally:
        for file in files:
            with contextlib.suppress(OSError):  # of somebody else's file, or of one that is not there
                if file in times:
                    os.utime(file, ns=(times[file].st_atime_ns, times[file].st_mtime_ns))
                elif latest:
                    os.utime(file, (latest, latest))


def _stat(path: Path) -> os.stat_result | None:
    with contextlib.suppress(OSError):
        return path.stat()
    return None


def _changed(path: Path) -> float:
    """Return when the file or folder was changed last; 0 where there is none."""
    stat = _stat(path)
    return stat.st_mtime if stat else 0.0
