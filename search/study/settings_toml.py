"""A study's settings as a file of options that begins the same search again, `run --config search.toml`."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from search.settings import stored_images
from search.study.folder import StudyFolder
from search.study.restated import options_of
from space.choices.augment_sets import default_augment
from space.choices.own_writing import toml_of
from space.choices.search_space import OwnSpace
from space.toml_text import written
from train.data.dataset import IN_MEMORY
from train.files.whole import read_whole, write_whole

_HEAD = """# The options of this search, as `python -m search run --config search.toml --study OTHER` takes them.
# It is written anew when the study goes on; a copy of it is yours to change.
"""
_LEFT_OUT = ("study", "storage")  # of which another search has its own; a storage may hold a password
_NAMES = {"last_epochs": "hold"}


def write_options(folder: StudyFolder, settings: dict[str, Any]) -> None:
    """Write the options of the study's settings, as `Settings.to_json` has them, to its folder, and a space of
    somebody's own beside them, where they are not there as they are to be; raise OSError."""
    options = options_of(settings)
    space = options["space"]
    if isinstance(space, OwnSpace):
        task = stored_images(settings).task
        text = toml_of(space, task=task, augment=options["augment"] or default_augment(task))
        _write(text.encode(), folder.space_file)
        options["space"] = str(folder.space_file)
    _write(_text(options).encode(), folder.options_file)


def _write(content: bytes, file: Path) -> None:
    with contextlib.suppress(OSError):
        if read_whole(file) == content:
            return
    write_whole(content, file)


def _text(options: Mapping[str, Any]) -> str:
    lines = [_HEAD]
    for name, value in options.items():
        if name in _LEFT_OUT or value is None or value is False:
            continue
        if name == "dataset" and value == IN_MEMORY:
            lines.append("# The images were handed over in memory; name others with dataset.")
            continue
        lines.append(f"{_NAMES.get(name, name).replace('_', '-')} = {written(value)}")
    return "\n".join(lines) + "\n"
