"""What a folder has of each trial that was told, in a file of its own beside the database, and of the finals.

`search.study.restoring` puts it back where the database has lost it.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from search.study.folder import StudyFolder
from search.study.writing import writing
from train.files.digests import BLANK, Damaged, as_object, check, seal
from train.files.whole import read_whole, write_whole

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial


class DatabaseTaken(RuntimeError):
    """An error: somebody took the study's database away while it was searched."""


class Ledger:
    """The ledger of a study that is being searched and whose database is in its folder; no server's study has one."""

    def __init__(self, folder: StudyFolder) -> None:
        self._folder = folder
        self._database = self._identity()

    def check(self) -> None:
        """Raise DatabaseTaken where somebody has taken the database away meanwhile, or put another in its place."""
        if self._identity() != self._database:
            folder = self._folder
            there = folder.told.exists()
            kept = f"what was told is in {folder.told}" if there else f"so was {folder.told}: put them back"
            raise DatabaseTaken(f"{folder.database} was taken away while it was searched; {kept}")

    def _identity(self) -> tuple[int, int] | None:
        """Return what tells the database's file from others; None where it is gone."""
        with contextlib.suppress(OSError):
            if not self._folder.storage:
                stat = self._folder.database.stat()
                return stat.st_dev, stat.st_ino
        return None

    def enter(self, trial: "FrozenTrial") -> None:
        """Write down what the trial was told with, whole or not at all; raise OSError."""
        if self._folder.storage:
            return
        entry = {
            "sha256": BLANK,
            "state": trial.state.name,
            "values": trial.values,
            "params": trial.params,
            "user_attrs": trial.user_attrs,
            "system_attrs": trial.system_attrs,
            "intermediate_values": {str(step): value for step, value in trial.intermediate_values.items()},
            "start": trial.datetime_start.isoformat() if trial.datetime_start else None,
            "complete": trial.datetime_complete.isoformat() if trial.datetime_complete else None,
        }
        write_whole(seal(json.dumps(entry).encode(), of=_name(trial.number)), self._folder.told_file(trial.number))

    def enter_finals(self, scores: Mapping[Any, list[float]]) -> None:
        """Write down the scores of the finals, by trial; raise UserError where that cannot be done."""
        if not self._folder.storage:
            with writing(self._folder.path):
                content = json.dumps({"sha256": BLANK, "finals": scores}).encode()
                write_whole(seal(content, of="finals"), self._folder.finals_file)

    def catch_up(self, told: Iterable[int], study: "Study") -> None:
        """Enter what the study has of told trials and finals and earlier versions did not enter; raise UserError
        where that cannot be done."""
        if self._folder.storage:
            return
        if missing := sorted(set(told) - self._folder.told_trials()):
            trials = study.get_trials(deepcopy=False)
            with writing(self._folder.path):
                for number in missing:
                    self.enter(trials[number])
        if (scores := study.user_attrs.get("finals")) and not self._folder.finals_file.exists():
            self.enter_finals(scores)


def read(folder: StudyFolder, trial: int) -> dict[str, Any]:
    """Read what a trial was told with.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not as it was written.
    """
    content = read_whole(folder.told_file(trial))
    if not check(content, of=_name(trial)):
        raise Damaged("it is not as it was written")
    return json.loads(content)


def read_finals(folder: StudyFolder) -> dict[str, Any]:
    """Read what `enter_finals` wrote; raise as `read` does."""
    return as_object(read_whole(folder.finals_file), ("finals",), of="finals")


def _name(trial: int) -> str:
    return f"trial {trial}"
