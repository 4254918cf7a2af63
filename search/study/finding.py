"""Studies by their names, or the latest used."""

import os
from pathlib import Path

from search.errors import UserError
from search.study.address import parse_storage, without_password
from search.study.begun import settings_of
from search.study.folder import StudyFolder, existing


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
        url = settings_of(folder)["storage"]
        folder.storage = parse_storage(url)
        if url and (given := _given_storage()) and without_password(given) == url:
            folder.storage = given
    folder.check_database(must_exist=True)
    return folder


def _given_storage() -> str | None:
    return parse_storage(os.environ.get("THIMBLE_STORAGE"))
