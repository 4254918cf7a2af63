"""A study's folder runs/NAME: settings, weights, checkpoints, and the database where no server keeps it.

Loads neither torch nor optuna.
"""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from search.errors import UserError
from search.study.address import without_password
from search.study.locks import alone
from search.study.writing import writing
from train.files.whole import write_whole


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

    def store_weights(self, trial: int, content: bytes) -> None:
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

    @property
    def shown_storage(self) -> str | None:
        """Name the server that has the study as it is written down, without a password; None where there is none."""
        return without_password(self.storage) if self.storage else None

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


def existing(runs: Path) -> list[str]:
    """Name the studies in the folder `runs`, the latest used first."""
    folders = {file.parent for name in ("study.db", "settings.json") for file in runs.glob(f"*/{name}")}
    return [folder.name for folder in sorted(folders, key=_last_used, reverse=True)]


def _last_used(folder: Path) -> float:
    return max(file.stat().st_mtime for file in (folder / "study.db", folder / "settings.json") if file.exists())
