"""A study's folder runs/NAME: settings, weights, checkpoints, and the database where no server keeps it.

Loads neither torch nor optuna.
"""

import contextlib
import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from search.errors import UserError
from search.study import begun
from search.study.address import parse_storage, without_password
from search.study.locks import alone
from search.study.writing import writing
from train.files.whole import write_whole

_LOG = logging.getLogger("thimble")


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
        self.path = runs / name
        self.settings_file = self.path / "settings.json"
        self.database = self.path / "study.db"
        self.weights = self.path / "weights"
        self.checkpoints = self.path / "checkpoints"
        self.uploads = self.path / "uploads"

    @property
    def place(self) -> str:
        """Say where the study is stored, in words fit to be shown."""
        return without_password(self.storage) if self.storage else str(self.database)

    def weights_file(self, trial: int) -> Path:
        """Name the file of a trained trial's weights, whether it is there or not."""
        return self.weights / f"trial-{trial:05d}.safetensors"

    def checkpoint_folder(self, trial: int) -> Path:
        """Name the folder of a trial's checkpoints, whether it is there or not."""
        return self.checkpoints / f"trial-{trial:05d}"

    def keep_weights(self, trial: int, content: bytes) -> None:
        """Write a trial's weights, whole or not at all; raise OSError."""
        write_whole(content, self.weights_file(trial))

    def spool(self, trial: int, result: dict[str, Any]) -> None:
        """Write a result beside the trial's checkpoints, for when the database can take it; raise OSError."""
        file = self._spool_file(trial)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(json.dumps(result).encode(), file)

    def spooled(self, trial: int) -> dict[str, Any] | None:
        """Read the result of the trial that the database could not take; None where there is none to be read."""
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self._spool_file(trial).read_text())
        return None

    def _spool_file(self, trial: int) -> Path:
        return self.checkpoint_folder(trial) / "result.json"

    def drop_checkpoints(self, *, but: Iterable[int]) -> None:
        """Remove those of trials that have ended: all but the trials `but`."""
        unfinished = {self.checkpoint_folder(trial) for trial in but}
        for folder in self.checkpoints.glob("trial-*"):
            if folder not in unfinished:
                shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder where it is missing, and keep it from other coordinators unless a server has the study.

        Raises:
            UserError: It cannot be written, or another run has it.
        """
        with writing(self.path):
            self.weights.mkdir(parents=True, exist_ok=True)
        if self.storage:
            yield
            return
        with alone(self.path, f"study {self.name} is being searched", "wait for it, or name another with `study`"):
            yield

    def check_identity(self, identity: dict[str, Any]) -> None:
        """Raise UserError where the study was begun with other settings, naming those that differ."""
        if self.storage and not self.settings_file.exists():
            return  # it is compared with what the server has when that is opened
        try:
            stored = self.settings()
        except begun.SettingsLost:
            if any(self.weights.glob("trial-*")):  # of a study that is kept elsewhere
                raise
            return
        check_same(self.name, stored["identity"], identity)
        if stored["storage"] != self._shown_storage:
            raise UserError(
                f"study {self.name} is kept in {stored['storage'] or self.database}, not in "
                f"{self.place}; give the same `storage`, or name another study with `study`"
            )

    @property
    def _shown_storage(self) -> str | None:
        return without_password(self.storage) if self.storage else None

    def identity(self) -> dict[str, Any] | None:
        """Return the identity that the study was begun with, or None for a new study."""
        return self.settings().get("identity") if self.settings_file.exists() else None

    def settings(self) -> dict[str, Any]:
        """Return what `begin` wrote down; where the file was cut or is missing, it is written anew from the database.

        Raises:
            SettingsLost: The file was cut or is missing, and the database has no such study.
            UserError: It is something else, or the database cannot be read.
        """
        try:
            return begun.read(self.settings_file)
        except begun.SettingsLost:
            rebuilt = begun.from_database(self)
            if rebuilt is None:
                raise
        with contextlib.suppress(OSError):  # a folder that only others may write can be looked at
            self._write_settings(rebuilt)
        _LOG.warning("%s could not be read and is written anew from the study's database", self.settings_file)
        return rebuilt

    def begin(self, settings: dict[str, Any]) -> None:
        """Write the settings down once, as the study's beginning; raise UserError where that cannot be done."""
        try:
            begun.read(self.settings_file)
        except begun.SettingsLost:
            with writing(self.path):
                self._write_settings({"storage": self._shown_storage} | settings)

    def _write_settings(self, settings: dict[str, Any]) -> None:
        write_whole((json.dumps(settings, indent=2) + "\n").encode(), self.settings_file)

    def check_database(self, *, must_exist: bool) -> None:
        """Raise UserError where the database file is not one; it is never overwritten."""
        if self.storage:
            return  # a server looks after its own
        if not self.database.exists():
            if must_exist:
                raise UserError(
                    f"there is no study {self.name} in {self.runs}/; `python -m search run` begins one, "
                    f"`study` names one of: {', '.join(existing(self.runs)) or 'none yet'}"
                )
            return
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
                if tables and "studies" not in tables:
                    raise sqlite3.DatabaseError("it holds other tables")
                if not tables and any(self.weights.glob("trial-*")):  # a study that was begun just now has neither
                    raise sqlite3.DatabaseError("it is empty, and trials have been trained")
                problems = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if problems != "ok":
                    raise sqlite3.DatabaseError(problems.replace("\n", " "))
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"{self.database} is not a study's database ({error}); it was left as it is: "
                f"move it away, or name another study with `study`"
            ) from None


def check_same(study: str, stored: dict[str, Any], identity: dict[str, Any]) -> None:
    """Raise UserError where two identities differ, naming in what."""
    names = [name for name in identity.keys() | stored.keys() if identity.get(name) != stored.get(name)]
    if names:
        differing = ", ".join(f"{name} {stored.get(name)} there, {identity.get(name)} here" for name in sorted(names))
        raise UserError(
            f"study {study} was begun with other settings ({differing}); "
            f"use the same, or name another study with `study`"
        )


def existing(runs: Path) -> list[str]:
    """Name the studies in the folder `runs`, the latest used first."""
    folders = {file.parent for name in ("study.db", "settings.json") for file in runs.glob(f"*/{name}")}
    return [folder.name for folder in sorted(folders, key=_last_used, reverse=True)]


def _last_used(folder: Path) -> float:
    return max(file.stat().st_mtime for file in (folder / "study.db", folder / "settings.json") if file.exists())


def find(name: str | None, runs: Path) -> StudyFolder:
    """Find the study `name` in the folder `runs`, or the latest used; raise UserError where there is none.

    Of a study that a server keeps, the URL is the one that its folder has; $THIMBLE_STORAGE adds the password.
    """
    if name is None:
        names = existing(runs)
        if not names:
            raise UserError(f"there is no study in {runs}/ yet; begin one: python -m search run --budget 8000")
        name = names[0]
    folder = StudyFolder(name, runs)
    if folder.settings_file.exists():
        folder.storage = None if folder.database.exists() else _given_storage()  # where its settings are cut
        url = folder.settings()["storage"]
        folder.storage = parse_storage(url)
        if url and (given := _given_storage()) and without_password(given) == url:
            folder.storage = given
    folder.check_database(must_exist=True)
    return folder


def _given_storage() -> str | None:
    return parse_storage(os.environ.get("THIMBLE_STORAGE"))
