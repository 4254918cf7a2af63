"""Studies by their names, or the latest searched."""

import contextlib
import os
from pathlib import Path

from search.errors import UserError
from search.study.address import parse_storage, without_password
from search.study.begun import settings_of
from search.study.folder import StudyFolder, existing
from search.study.locks import Taken, is_taken
from search.study.restoring import lacking, lacks_finals, make_whole

_with_passwords: dict[str, str] = {}  # URLs of servers that this process was given, by what is written down of each


def find(name: str | None, runs: Path, *, whole: bool = False) -> StudyFolder:
    """Find the study `name` in the folder `runs`, or the latest searched.

    Of a study that a server keeps, the URL is the one that its folder has, with the password as `storage_of` has it.

    whole: As `StudyFolder.check_database` has it.

    Raises:
        UserError: There is none, or none is named and several are being searched.
    """
    if name is None:
        names = existing(runs)
        if not names:
            raise UserError(f"there is no study in {runs}/ yet; `run(budget=8000)` begins one")
        name = _meant(names, runs)
    folder = StudyFolder(name, runs)
    try:
        begun = folder.settings_file.exists() or folder.settings_copy.exists()
    except OSError as error:  # of a folder that nobody but its owner may enter
        raise UserError(f"{folder.path} cannot be read ({error.strerror}); see that you may read it") from None
    if begun:
        folder.storage = None if folder.database.exists() else _given_storage()  # where its settings are cut
        folder.storage = storage_of(settings_of(folder)["storage"])
    if lacking(folder, must_exist=True, whole=whole):
        make_whole(folder)
    elif lacks_finals(folder):
        with contextlib.suppress(Taken):  # whose search stores them at this moment: they are not read yet
            make_whole(folder)
    else:
        return folder
    folder.check_database(must_exist=True)
    return folder


def storage_of(url: str | None) -> str | None:
    """Return the URL of a study's server, as its folder has it, with the password that this process was given for it,
    or else with that of $THIMBLE_STORAGE."""
    if url in _with_passwords:
        return _with_passwords[url]
    if url and (given := _given_storage()) and without_password(given) == url:
        return given
    return parse_storage(url)


def keep_password(url: str) -> None:
    """Have `storage_of` find the URL by what is written down of it, for as long as this process lasts."""
    _with_passwords[without_password(url)] = url


def _meant(names: list[str], runs: Path) -> str:
    """Return the study that is being searched, or the first of the names, which is the latest searched."""
    searched = [name for name in names if is_taken(runs / name)]
    if len(searched) > 1:
        raise UserError(f"{' and '.join(searched)} are being searched at this moment; name one of them with `study`")
    return (searched or names)[0]


def _given_storage() -> str | None:
    return parse_storage(os.environ.get("THIMBLE_STORAGE") or None)
