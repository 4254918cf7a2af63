"""`user_cache`: the folder of what can be made again."""

import os
from pathlib import Path


def user_cache() -> Path:
    """Returns this program's folder in the user's cache, which may not be there yet (XDG base directories).

    Whoever has no home, as in a container without $HOME and under a user number without a name, has / for one.
    """
    base, home = os.environ.get("XDG_CACHE_HOME", ""), os.path.expanduser("~")
    if os.path.isabs(base):
        return Path(base) / "thimble"
    return Path(home if os.path.isabs(home) else os.path.sep) / ".cache" / "thimble"
