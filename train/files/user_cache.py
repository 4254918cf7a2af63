"""Names the folder in which a user's programs keep what can be made again; loads nothing."""

import os
from pathlib import Path


def user_cache() -> Path:
    """Returns our folder in it, whether it is there or not: below $XDG_CACHE_HOME, or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path(os.path.expanduser("~")) / ".cache") / "thimble"
