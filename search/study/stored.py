"""Records that are kept for ever as JSON files below runs/, each a frozen dataclass."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from search.errors import UserError
from train.files.digests import BLANK, as_object, seal
from train.files.whole import read_whole, write_whole

T = TypeVar("T")


def keep(record: Any, file: Path, *, of: str) -> None:
    """Write it with a digest, whole or not at all; of: what it is the record of; raise OSError."""
    write_whole(seal(json.dumps(asdict(record) | {"sha256": BLANK}).encode(), of=of), file)


def read(kind: type[T], file: Path, *, of: str, what: str, then: str) -> T:
    """Read the record in the file, with or without a digest, which versions before 0.3 did not write.

    Raises:
        UserError: It is not `what`, or not as it was written, or of something else; says to remove it `then`.
    """
    try:
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
        return TypeAdapter(kind).validate_python(as_object(read_whole(file), names, of=of))
    except (OSError, ValueError):  # ValidationError is one
        raise UserError(f"{file} is damaged: it is not {what} as it was written; remove it {then}") from None
