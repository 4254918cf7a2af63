"""What a search takes over from the study that it goes on with, read before anything of it is written down."""

from dataclasses import dataclass
from typing import Any

from optuna.study import StudyDirection

from search.errors import UserError
from search.study.begun import ATTRIBUTE, SettingsLost, check_same, settings_of
from search.study.checking import checked
from search.study.folder import StudyFolder
from search.study.reading import NoStudy, opened


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """A value that says how a study was begun; None stands for what is not known, or is of a new study.

    Attributes:
        warm_start: The designs that were queued.
        engine: The number of the CPU's engine.
        new: Whether it has not begun.
    """

    warm_start: str | None
    engine: int | None
    new: bool


def begun_as(folder: StudyFolder, identity: dict[str, Any]) -> Begun:
    """Read how the study was begun, from the server that keeps it or else from its folder.

    Raises:
        UserError: It cannot be read; it was made with Optuna by hand; or the server has it with another identity, or
            has none of its name though there are networks of it in the folder.
    """
    if folder.storage:
        stored = _on_server(folder, identity)
        versions = stored.get(ATTRIBUTE, {}).get("versions")
    else:
        stored = {}
        try:
            stored = settings_of(folder)
        except SettingsLost:  # it was cut off as it began, and is a new one, or was never one of ours
            if folder.database.exists():
                _read(folder)
        versions = stored.get("versions")
    return Begun(
        warm_start=(stored.get("settings") or {}).get("warm_start"),
        engine=int(versions.get("engine", 1)) if versions else None,
        new=not stored,
    )


def _on_server(folder: StudyFolder, identity: dict[str, Any]) -> dict[str, Any]:
    """Return what the server says of the study as a whole; nothing of a new one."""
    stored = _read(folder)
    if stored is None:
        if folder.trained:
            raise UserError(
                f"the server has no study {folder.name}, and {folder.path} has trained networks; give the folder its "
                f"old name, or name another study with `study`"
            )
        return {}
    check_same(folder.name, {"identity": identity} | stored, identity)
    return stored


def _read(folder: StudyFolder) -> dict[str, Any] | None:
    """Return what its database says of the study as a whole, None where it has none; raise UserError where somebody
    made it with Optuna alone: its trials would count as ours, and it may seek the smallest value."""
    try:
        with opened(folder) as (_, study):
            stored = checked(study.user_attrs, of=folder.name)
            begun = "identity" in stored
            new = (
                not stored and study.directions == [StudyDirection.MAXIMIZE] and not study.get_trials(deepcopy=False)
            )
    except NoStudy:
        return None
    if not (begun or new):
        raise UserError(
            f"the study {folder.name} in {folder.place} was made with Optuna by hand, and was left as it is; name "
            f"another study with `study`"
        )
    return stored
