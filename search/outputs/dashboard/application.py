"""Optuna's dashboard on what `View` shows of a study, as a WSGI application."""

import contextlib
from collections.abc import Callable, Iterable

import optuna
from bottle import HTTPError
from optuna.artifacts import FileSystemArtifactStore
from optuna_dashboard import wsgi

from search.errors import StorageAway
from search.outputs.dashboard.exhibits import Exhibits
from search.outputs.dashboard.page import Page
from search.outputs.dashboard.view import View
from search.proposals.optuna_private import study_id
from search.study.databases import open_storage
from search.study.folder import StudyFolder
from search.study.shown import NotForChange, ShownStudy


def application(folder: StudyFolder) -> Callable[..., Iterable[bytes]]:
    """Returns the application; raises UserError where the study's database cannot be opened."""
    storage = open_storage(folder)
    study = optuna.load_study(study_name=folder.name, storage=storage)
    with contextlib.suppress(OSError):  # a folder that only others may write can be looked at
        folder.uploads.mkdir(parents=True, exist_ok=True)
    view = View(storage, study)
    view()  # so that who asks first need not wait for what is read once
    shown = _Shown(storage, study_id(study), trials=view.trials, best=view.best, changeable=_of_note)
    made = wsgi(shown, FileSystemArtifactStore(folder.uploads))
    made.install(Exhibits(folder, study, view))  # type: ignore[attr-defined]
    made.install(Page(folder, optuna.load_study(study_name=folder.name, storage=shown), view))  # type: ignore[attr-defined]
    return made


def _of_note(key: str) -> bool:
    return key.startswith("dashboard:") and (":note_str:" in key or key.endswith(":note_ver"))


class _Shown(ShownStudy):
    """What is refused and what cannot be written, said as the page takes it."""

    def set_study_system_attr(self, study_id: int, key: str, value: object) -> None:
        """Writes a part of a note; raises HTTPError where that cannot be done."""
        try:
            super().set_study_system_attr(study_id, key, value)
        except (NotForChange, StorageAway) as error:
            raise HTTPError(403, f"the note cannot be written: {error}") from None
