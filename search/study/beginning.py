"""What is written down when a study is begun."""

import datetime
import platform
from importlib.metadata import version
from typing import Any

from search.settings import Settings
from search.version import thimble_version
from train.device import CPU_ENGINE


def beginning(settings: Settings, *, command: str) -> dict[str, Any]:
    """Return what settings.json has of a study. command: goes on with it."""
    return {
        "identity": settings.identity,
        "data_dir": str(settings.source.root) if settings.source.root else None,
        "note": "; ".join(settings.source.notes),
        "target": settings.target,
        "command": command,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions() | {"engine": str(CPU_ENGINE)},
        "settings": settings.to_json(),
    }


def versions() -> dict[str, str]:
    """Return those of Python and of the packages that a score depends on."""
    packages = {name: version(name) for name in ("torch", "optuna", "fvcore")}
    return {"python": platform.python_version(), "thimble": thimble_version()} | packages
