"""Studies deleted: what would go, and the going of it."""

import contextlib
import difflib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from search.errors import StorageAway, UserError
from search.study.folder import StudyFolder, existing
from search.study.locks import alone
from search.study.summaries import Summary, summary

_LOOKS, _PAUSE = 5, 0.3  # at a server, and seconds between them: between two trials none is seen to run
_MARKS = ("study.db", "settings.json", "told", "weights", "checkpoints")  # of which a study's folder has at least one
_LAST = ("checkpoints", "weights", "told", "study.db", "lock", "settings.json")  # that go last, in this order


@dataclass(frozen=True, kw_only=True, slots=True)
class Doomed:
    """A value that says what goes when a study is deleted.

    Attributes:
        summary: What a list says of the study.
        on_server: Whether its trials are on a server, and go there, for all machines.
    """

    folder: StudyFolder
    summary: Summary
    on_server: bool

    def delete(self) -> None:
        """Delete the study: on its server first, where one keeps it, then its folder.

        Raises:
            UserError: It is being searched, or cannot be deleted; one line that says what is left.
        """
        name = self.folder.name
        with alone(self.folder.path, f"study {name} is being searched", "end that first; it was not deleted"):
            if self.on_server:
                _delete_on_server(self.folder)
            try:
                _remove(self.folder.path)
            except OSError as error:
                raise UserError(
                    f"study {name} is deleted in part: {error.filename} cannot be removed ({error.strerror}); make "
                    f"{self.folder.path} writable and delete the study once more"
                ) from None


def doomed(name: str, runs: Path) -> Doomed:
    """Find what would be deleted with the study `name`, also of a damaged one; nothing is written.

    Raises:
        UserError: There is no such study, it is being searched, or the server that keeps it cannot be reached.
    """
    folder = StudyFolder(name, runs)
    if not name.isprintable() or name[:1] in ("", ".") or {"/", "\\"} & set(name) or not _is_study(folder.path):
        near = difflib.get_close_matches(name, existing(runs), 1)
        hint = f"; the nearest is {near[0]}" if near else ""
        raise UserError(f"there is no study {name!r:.80} in {runs}/{hint}; `list()` names all")
    if folder.path.is_symlink():
        raise UserError(f"{folder.path} is a link to {folder.path.resolve()}; remove the two by hand")
    found = summary(folder, {})
    if found.storage and found.trials is None and not _is_gone(folder):
        raise UserError(
            f"the trials of study {name} are on a server that is not to be had ({found.problem}); start it and "
            f"try again, or remove {folder.path} by hand, and they stay there"
        )
    if found.trials and found.trials.running:
        raise UserError(f"study {name} is being searched; end that first; nothing was deleted")
    return Doomed(folder=folder, summary=found, on_server=bool(found.storage and found.trials))


def _remove(folder: Path) -> None:
    """Remove a study's folder; raise OSError.

    What lists name it by goes last, so that a study of which this was broken off can be deleted once more. What was
    told goes before the database, which would have it put back.
    """
    for path in sorted(folder.iterdir(), key=lambda one: _LAST.index(one.name) if one.name in _LAST else -1):
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)  # SQLite takes files of its own away when others have read it
        elif path.name == "told":  # with a copy of the settings
            _remove(path)
        else:
            shutil.rmtree(path)
    folder.rmdir()


def _is_study(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.is_dir() and any((path / mark).exists() for mark in _MARKS)
    return False


def _is_gone(folder: StudyFolder) -> bool:
    """Say whether its server is there and has no such study."""
    from search.study.reading import NoStudy, opened

    with contextlib.suppress(UserError, StorageAway):
        try:
            with opened(folder):
                return False
        except NoStudy:
            return True
    return False


def _delete_on_server(folder: StudyFolder) -> None:
    """Delete the study's rows; raise UserError where they cannot be, or the study is being searched."""
    import optuna

    from search.study.reading import opened, read_records

    try:
        for look in range(_LOOKS):
            time.sleep(_PAUSE if look else 0)
            if any(record.verdict == "running" for record in read_records(folder)):
                raise UserError(f"study {folder.name} is being searched; end that first; it was not deleted")
        with opened(folder) as (storage, _):
            optuna.delete_study(study_name=folder.name, storage=storage)
    except StorageAway as error:
        raise UserError(f"{folder.place} cannot be reached ({error}); study {folder.name} was not deleted") from None
