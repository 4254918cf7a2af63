"""What a study was begun with: read from settings.json, or, where that was cut or is missing, from its copy or from
the database."""

import contextlib
import json
import logging
import re
import shlex
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from search.errors import UserError
from search.names import default_name
from search.study.address import without_password
from search.study.differing import differing
from search.study.folder import StudyFolder, as_late
from search.study.parsing import complaint, parsed
from search.study.restated import command_of
from search.study.settings_toml import write_options
from search.study.sqlite_file import STUDIES, STUDY_ATTRIBUTES, connect_to_read
from search.study.writing import writing
from space.choices.augment_sets import Augment
from train.files.whole import read_whole, write_whole

_LOG = logging.getLogger("thimble")
ATTRIBUTE = "beginning"  # of the study in its database: what settings.json has and nothing else of the study says
_FACTS = ("data_dir", "note", "command", "created", "versions")
_OF_IMAGES = ("content", "images")  # what an identity says of them beside their name


class SettingsLost(UserError):
    """An error: the file is missing, or holds no object of JSON: a power cut may leave it so."""


class Identity(BaseModel):
    """A value that has what is read of a study's identity; the rest is compared only."""

    model_config = ConfigDict(strict=True, extra="allow")
    budget: PositiveInt
    dataset: str
    epochs: PositiveInt
    hold: PositiveInt
    seed: int


class _Settings(BaseModel):
    """A value that has what settings.json has."""

    model_config = ConfigDict(strict=True)
    storage: str | None = None
    identity: Identity
    data_dir: str | None = None
    note: str = ""
    target: float = Field(gt=0, le=1)
    command: str
    created: str
    versions: dict[str, str]
    settings: dict[str, Any] | None = None  # as `Settings.from_json` takes them; versions before 0.3 had none here


def read(file: Path) -> dict[str, Any]:
    """Read settings.json.

    Raises:
        SettingsLost: It is missing or was cut.
        UserError: It cannot be read, or is something else.
    """
    kind: type[UserError] = UserError
    try:
        return _Settings.model_validate_json(read_whole(file)).model_dump()
    except ValidationError as error:
        place, wrong = complaint(error)
        kind = UserError if place else SettingsLost
        why = f"{place or 'it'} {wrong}"
    except OSError as error:
        kind = SettingsLost if isinstance(error, FileNotFoundError | NotADirectoryError) else UserError
        why = error.strerror or str(error)
    raise kind(
        f"{file} is not a study's settings ({why}); put it back, or remove it, so that it is written anew from the "
        f"study's database, or name another study with `study`"
    )


def settings_of(folder: StudyFolder) -> dict[str, Any]:
    """Return what `begin` wrote down; where the file was cut or is missing, it is written anew.

    Raises:
        SettingsLost: The file was cut or is missing, so is its copy, and the database has no such study.
        UserError: It is something else, or the database cannot be read.
    """
    try:
        return _renamed(read(folder.settings_file), folder.name)
    except SettingsLost:
        copy = _copied(folder)
        rebuilt = copy or _from_database(folder)
        if rebuilt is None and folder.trained:
            raise SettingsLost(
                f"{folder.settings_file}, its copy {folder.settings_copy} and the study in {folder.place} are gone "
                f"or damaged; put one of them back, or name another study with `study`"
            ) from None
        if rebuilt is None:
            raise
    with contextlib.suppress(OSError), as_late(folder.path):  # a folder that only others may write can be looked at
        _write(rebuilt, folder.settings_file)
    source = folder.settings_copy if copy else "the study's database"
    _LOG.warning("%s could not be read and is written anew from %s", folder.settings_file, source)
    return _renamed(rebuilt, folder.name)


def augment_of(folder: StudyFolder | None) -> Augment | None:
    """Return the set of augmentations that a study's designs have; None for the one that suits the images, as in
    studies of versions that wrote no settings down, or without a study."""
    return (settings_of(folder)["settings"] or {}).get("augment") if folder else None


def _copied(folder: StudyFolder) -> dict[str, Any] | None:
    with contextlib.suppress(UserError):
        return read(folder.settings_copy)
    return None


def _renamed(settings: dict[str, Any], name: str) -> dict[str, Any]:
    """Have the command go on with the study as its folder is called now."""
    command, identity = settings["command"], settings["identity"]
    option = f"--study {shlex.quote(name)}"
    renamed, named = re.subn(r"""--study (?:'[^']*'|"[^"]*"|[^\s'"])+""", lambda _: option, command)
    if not named and name != default_name(identity["dataset"], identity.get("budgets") or [identity["budget"]]):
        renamed = f"{command} {option}"
    return settings | {"command": renamed}


def identity_of(folder: StudyFolder) -> dict[str, Any] | None:
    """Return the identity that the study was begun with, or None for a new study."""
    return settings_of(folder).get("identity") if folder.settings_file.exists() else None


def stored_identity(folder: StudyFolder) -> dict[str, Any] | None:
    """Return the identity that the study was begun with, of its settings or else of its database, without writing.

    None stands for a new study, and for one that cannot be read, of which opening it says why.
    """
    with contextlib.suppress(UserError):
        try:
            return read(folder.settings_file)["identity"]
        except SettingsLost:
            return (_copied(folder) or _from_database(folder) or {}).get("identity")
    return None


def check_identity(folder: StudyFolder, identity: dict[str, Any]) -> None:
    """Raise UserError where the study was begun with other settings, naming those that differ."""
    if folder.storage and not folder.settings_file.exists():
        return  # it is compared with what the server has when that is opened
    try:
        stored = settings_of(folder)
    except SettingsLost:
        if any(folder.weights.glob("trial-*")):  # of a study that is kept elsewhere
            raise
        return
    check_same(folder.name, stored, identity)
    if stored["storage"] != folder.shown_storage:
        raise UserError(
            f"study {folder.name} is kept in {stored['storage'] or folder.database}, not in "
            f"{folder.place}; give the same `storage`, or name another study with `study`"
        )


def check_same(study: str, begun: Mapping[str, Any], identity: dict[str, Any]) -> None:
    """Raise UserError where the study was begun with another identity, naming what differs.

    begun: With the study's identity, and its settings where it has any.
    """
    stored: dict[str, Any] = begun["identity"]
    if "hold_out" not in stored and (share := _held_out(begun)) is not None:
        stored = stored | {"hold_out": share}
    if "content" not in stored:  # of a version before 0.4, which knew MNIST and the digits alone
        identity = {name: value for name, value in identity.items() if name not in _OF_IMAGES}
    elif stored["content"] == identity.get("content"):  # whatever their folder is called now
        stored = stored | {"dataset": identity["dataset"]}
    names = [name for name in identity.keys() | stored.keys() if identity.get(name) != stored.get(name)]
    if len(names) > 1 and "content" in names:
        names.remove("content")  # the others say in words what differs
    if names:
        raise UserError(
            f"study {study} was begun with other settings ({differing(stored, identity, names)}); "
            f"use the same, or name another study with `study`"
        )


def _held_out(begun: Mapping[str, Any]) -> float | None:
    """Return the share that is held out, which the settings alone say of studies that were begun by 1.0 or before."""
    with contextlib.suppress(KeyError, TypeError):
        return begun["settings"]["data"]["preparation"]["hold_out"]
    return None


def begin(folder: StudyFolder, settings: dict[str, Any]) -> None:
    """Write the settings down as the study's beginning, or what may have changed since; raise UserError where that
    cannot be done."""
    given = {"storage": folder.shown_storage} | settings
    try:
        stored = read(folder.settings_file)
    except SettingsLost:
        stored = None
    else:
        changed = {name: given[name] for name in ("settings", "target", "command")}
        changed["data_dir"] = given["data_dir"] or stored["data_dir"]
        given = stored | changed
    with writing(folder.path):
        if given != stored or not folder.settings_copy.exists():
            for file in (folder.settings_file, folder.settings_copy):
                _write(given, file)
        write_options(folder, settings["settings"])


def keep_place(folder: StudyFolder, data: dict[str, Any]) -> None:
    """Write down where the study's images are now, as far as its folder can be written.

    data: As `Dataset.to_json` returns it.
    """
    with contextlib.suppress(UserError, OSError):
        stored = read(folder.settings_file)
        if stored["settings"] and stored["settings"].get("data", data) != data:
            stored |= {"settings": stored["settings"] | {"data": data}, "data_dir": data["root"]}
            with as_late(folder.path):
                for file in (folder.settings_file, folder.settings_copy):
                    _write(stored, file)


def _write(settings: dict[str, Any], file: Path) -> None:
    write_whole((json.dumps(settings, indent=2) + "\n").encode(), file)


def facts(file: Path) -> dict[str, Any]:
    """Return what the database is to keep of settings.json; nothing where that cannot be read."""
    with contextlib.suppress(UserError):
        settings = read(file)
        return {name: settings[name] for name in _FACTS}
    return {}


def _from_database(folder: StudyFolder) -> dict[str, Any] | None:
    """Put together what settings.json had; None where the database has no such study, or it has not begun.

    Raises:
        UserError: The database cannot be read.
    """
    from search.study.checking import checked

    stored = checked(_of_server(folder) if folder.storage else _of_file(folder), of=folder.name)
    if not {"identity", "settings"} <= stored.keys():
        return None
    rebuilt = {
        "storage": without_password(folder.storage) if folder.storage else None,
        "identity": stored["identity"],
        "target": stored["settings"]["target"],
        "command": command_of(stored["settings"], folder.storage),
        "created": "unknown",
        "versions": {},
        "settings": stored["settings"],
    }
    return _Settings.model_validate(rebuilt | stored.get(ATTRIBUTE, {})).model_dump()


def _of_file(folder: StudyFolder) -> dict[str, Any]:
    """Read the attributes of the study, without Optuna, which takes a second to load, and without writing."""
    if not folder.database.exists():
        return {}
    folder.check_database(must_exist=True)
    with contextlib.closing(connect_to_read(folder.database)) as connection:
        try:
            own = folder.own_study(dict(connection.execute(STUDIES)))
            rows = connection.execute(STUDY_ATTRIBUTES, (own,)).fetchall()
        except sqlite3.OperationalError:  # it has no tables yet
            return {}
    return parsed(rows, of=f"study {folder.name}")


def _of_server(folder: StudyFolder) -> dict[str, Any]:
    from search.study.reading import NoStudy, opened

    try:
        with opened(folder) as (_, study):
            return study.user_attrs
    except NoStudy:
        return {}
