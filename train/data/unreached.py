"""Remembers that MNIST could not be downloaded, so that it is tried once and not by every command; loads nothing."""

import contextlib
import json
import time
from pathlib import Path

_SECONDS = 24 * 3600.0  # after which it is tried again: the network may be there by then


def remember(file: Path, data_dir: Path, failure: str) -> None:
    """Writes down that it could not be downloaded to `data_dir` now, and why, as far as the file can be written."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"data_dir": str(data_dir), "failure": failure, "time": time.time()}))


def remembered(file: Path, data_dir: Path) -> str:
    """Returns why and when it could not be downloaded to `data_dir` within the last day; empty where it was not."""
    try:
        stored = json.loads(file.read_text())
        if stored["data_dir"] != str(data_dir) or not 0 <= time.time() - stored["time"] < _SECONDS:
            return ""
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(stored["time"]))
        return f"{stored['failure']}, on {when}; `dataset` mnist tries again"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def forget(file: Path) -> None:
    """Removes what was written down."""
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
