"""Records that are kept for ever as JSON files below runs/, each a frozen dataclass."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from search.errors import UserError
from train.files.whole import write_whole

T = TypeVar("T")


def keep(record: Any, file: Path) -> None:
    """Write it, whole or not at all; raise OSError."""
    write_whole(json.dumps(asdict(record)).encode(), file)


def read(kind: type[T], file: Path, *, what: str, then: str) -> T:
    """Read the record in the file; raise UserError, which says that it is not `what`, and to remove it `then`."""
    try:
        return TypeAdapter(kind).validate_json(file.read_bytes())
    except (OSError, ValidationError):
        raise UserError(f"{file} is not {what}; remove it {then}") from None
