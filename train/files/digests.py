"""Tells a file that is as it was written from one that is not, by SHA-256; loads nothing."""

import hashlib
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from train.files.whole import read_whole

BLANK = "0" * 64
"""What stands where `seal` puts a digest, under the name "sha256" in JSON."""
_PLACE = re.compile(rb'"sha256": ?"([0-9a-f]{64})"')


class Damaged(ValueError):
    """An error: a file is not as it was written, or is another's; the message is a few words, without its name."""


def digest(content: bytes) -> str:
    """Returns its SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_known(file: Path, sha256: str) -> bytes:
    """Reads a file whose digest was written down elsewhere; empty stands for one that was not.

    Raises:
        OSError: It cannot be read.
        Damaged: It has another digest.
    """
    content = read_whole(file)
    if sha256 and digest(content) != sha256:
        raise Damaged("it is not as it was written")
    return content


def seal(content: bytes, *, of: str = "") -> bytes:
    """Returns the content, which holds `"sha256": BLANK` once, with its own digest there.

    The digest is of every byte, with `BLANK` in its own place, and of the name `of`, so that a file is found to be
    damaged, too, that belongs to something else.
    """
    return content.replace(BLANK.encode(), _digest(content, of).encode(), 1)


def check(content: bytes, *, of: str = "") -> bool:
    """Returns whether the content has a seal; raises Damaged where it has one that is not its own."""
    place = _PLACE.search(content)
    if place is None:
        return False
    blank = content[: place.start(1)] + BLANK.encode() + content[place.end(1) :]
    if _digest(blank, of) != place[1].decode():
        raise Damaged("it is not as it was written")
    return True


def as_object(content: bytes, names: Collection[str], *, of: str = "") -> dict[str, Any]:
    """Returns the JSON object in a content, which may have no other names but "sha256", the name of its seal.

    Raises:
        Damaged: As `check` does, or where it has something else.
    """
    sealed = check(content, of=of)
    try:
        stored = json.loads(content)
        if stored.keys() - set(names) == ({"sha256"} if sealed else set()):
            return {name: value for name, value in stored.items() if name != "sha256"}
    except (ValueError, AttributeError):
        pass
    raise Damaged("it is not as it was written")


def _digest(blank: bytes, of: str) -> str:
    return digest(of.encode() + b"\0" + blank)
