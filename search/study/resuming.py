"""A study that has begun, gone on with by its name alone."""

from typing import Any

from search.study.begun import ATTRIBUTE, SettingsLost, settings_of
from search.study.checking import checked
from search.study.finding import storage_of
from search.study.folder import StudyFolder
from search.study.restated import options_of


def begun_with(folder: StudyFolder) -> dict[str, Any]:
    """Return what the study in the folder was begun with, by the names of `run`'s options in Python, and `storage`,
    the URL of the server that keeps it; nothing where it has not begun.

    Raises:
        UserError: It cannot be read.
    """
    if not any(file.exists() for file in (folder.settings_file, folder.settings_copy, folder.database)):
        return {}
    try:
        begun = settings_of(folder)
    except SettingsLost:
        if folder.trained:
            raise
        return {}
    folder.storage = storage_of(begun["storage"])
    settings = begun["settings"]
    if settings is None:  # versions before 0.3 had none there
        from search.study.reading import read_settings

        settings = read_settings(folder)
    settings = {"study": folder.name} | settings
    checked({"settings": settings, ATTRIBUTE: {"versions": begun["versions"]}}, of=folder.name)
    options = options_of(settings) | {"study": folder.name, "storage": folder.storage}
    return {"data_dir": begun["data_dir"]} | options
