"""A study's folder runs/NAME: its settings, database, weights and lock. Loads neither torch nor optuna."""

import contextlib
import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from search.settings import BadSettings

RUNS = Path("runs")


class StudyFolder:
    """The folder of the study `name`, below the current directory unless told otherwise."""

    def __init__(self, name: str, runs: Path = RUNS) -> None:
        self.name = name
        self.path = runs / name
        self.settings_file = self.path / "settings.json"
        self.database = self.path / "study.db"
        self.weights = self.path / "weights"
        self.checkpoints = self.path / "checkpoints"

    def weights_file(self, trial: int) -> Path:
        return self.weights / f"trial-{trial:05d}.safetensors"

    def checkpoint_folder(self, trial: int) -> Path:
        return self.checkpoints / f"trial-{trial:05d}"

    def drop_checkpoints(self, *, but: Iterable[int]) -> None:
        """Removes those of trials that have ended: all but the trials `but`."""
        kept = {self.checkpoint_folder(trial) for trial in but}
        for folder in self.checkpoints.glob("trial-*"):
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The folder made where it is missing, and kept from other coordinators on this machine.

        Raises:
            BadSettings: It cannot be written, or another run holds it.
        """
        try:
            self.weights.mkdir(parents=True, exist_ok=True)
            handle = (self.path / "lock").open("a+")
        except OSError as error:
            raise BadSettings(
                f"the study folder {self.path} cannot be written ({error.strerror}); "
                f"make it writable or start in another directory"
            ) from None
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                handle.seek(0)
                raise BadSettings(
                    f"study {self.name} is being searched by process {handle.read().strip() or 'unknown'}; "
                    f"wait for it, or name another with --study"
                ) from None
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
            yield

    def check_identity(self, identity: dict[str, Any]) -> None:
        """Raises BadSettings where the study was begun with other settings, naming those that differ."""
        kept = self.identity()
        if kept is None:
            return
        names = [name for name in identity.keys() | kept.keys() if identity.get(name) != kept.get(name)]
        if names:
            differing = ", ".join(
                f"{name} {kept.get(name)} there, {identity.get(name)} here" for name in sorted(names)
            )
            raise BadSettings(
                f"study {self.name} was begun with other settings ({differing}); "
                f"use the same, or name another study with --study"
            )

    def identity(self) -> dict[str, Any] | None:
        """The identity that the study was begun with, or None for a new study."""
        return self.settings().get("identity") if self.settings_file.exists() else None

    def settings(self) -> dict[str, Any]:
        """What was written by `begin`; raises BadSettings where it cannot be read."""
        try:
            data = json.loads(self.settings_file.read_text())
            if not isinstance(data, dict) or not isinstance(data.get("identity"), dict):
                raise ValueError
        except (OSError, ValueError):
            raise BadSettings(
                f"{self.settings_file} is not a study's settings; put it back, or name another study with --study"
            ) from None
        return data

    def begin(self, settings: dict[str, Any]) -> None:
        """Writes the settings down once, as the study's beginning."""
        if not self.settings_file.exists():
            temporary = self.settings_file.with_suffix(".partial")
            temporary.write_text(json.dumps(settings, indent=2) + "\n")
            temporary.replace(self.settings_file)

    def check_database(self, *, must_exist: bool) -> None:
        """Raises BadSettings where the database is not one; it is never overwritten."""
        if not self.database.exists():
            if must_exist:
                raise BadSettings(
                    f"there is no study {self.name} in {RUNS}/; `python -m search run` begins one, "
                    f"--study names one of: {', '.join(existing()) or 'none yet'}"
                )
            return
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
                if tables and "studies" not in tables:
                    raise sqlite3.DatabaseError("it holds other tables")
                problems = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if problems != "ok":
                    raise sqlite3.DatabaseError(problems.replace("\n", " "))
        except sqlite3.DatabaseError as error:
            raise BadSettings(
                f"{self.database} is not a study's database ({error}); it was left as it is: "
                f"move it away, or name another study with --study"
            ) from None


def existing() -> list[str]:
    """Names of the studies below the current directory, the latest used first."""
    databases = sorted(RUNS.glob("*/study.db"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.parent.name for path in databases]


def find(name: str | None) -> StudyFolder:
    """The study `name`, or the latest used; raises BadSettings where there is none."""
    if name is None:
        names = existing()
        if not names:
            raise BadSettings("there is no study in runs/ yet; begin one: python -m search run --budget 8000")
        name = names[0]
    folder = StudyFolder(name)
    folder.check_database(must_exist=True)
    return folder
