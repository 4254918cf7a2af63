"""Records that are kept for ever as JSON files below runs/, each a frozen dataclass."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from search.errors import UserError
from train.files.digests import BLANK, Damaged, check, seal
from train.files.whole import write_whole

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
        content = file.read_bytes()
        sealed, names = check(content, of=of), {field.name for field in fields(kind)}  # type: ignore[arg-type]
        if json.loads(content).keys() - names != ({"sha256"} if sealed else set()):
            raise Damaged("it has something else")
        return TypeAdapter(kind).validate_json(content)
    except (OSError, ValueError, AttributeError):  # ValidationError is a ValueError
        raise UserError(f"{file} is damaged: it is not {what} as it was written; remove it {then}") from None
