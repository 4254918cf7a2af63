"""`writing`: what a caller is told where the system does not let us write."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from search.errors import UserError


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Raise UserError, which names the folder, in the place of an OSError in the block."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"the folder {folder} cannot be written ({error.strerror}); "
            f"make room, make it writable, or start in another directory"
        ) from None
