"""Files that are there whole or not at all. Loads nothing."""

import os
from pathlib import Path


def write_whole(content: bytes, path: Path) -> None:
    """Writes to a temporary name in the same folder, then renames it; raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
