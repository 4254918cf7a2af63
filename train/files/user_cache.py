"""`user_cache`: the folder of what can be made again."""

import os
from pathlib import Path


def user_cache() -> Path:
    """Returns this program's folder in the user's cache, which may not be there yet (XDG base directories)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path(os.path.expanduser("~")) / ".cache") / "thimble"
