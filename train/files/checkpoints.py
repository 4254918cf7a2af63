"""Writes and reads checkpoints of a training: one file an epoch, whole or not at all; the last two stay."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from torch import Tensor

from train.files.digests import BLANK, check, seal
from train.files.weights import as_bytes, from_bytes
from train.files.whole import read_whole, write_whole

_STAYING = 2  # files
_SEALED, _OF_0_2 = {"identity", "facts", "sha256"}, {"identity", "facts"}  # keys of the metadata


class Checkpoints:
    """A folder with the checkpoints of one training.

    Attributes:
        identity: What a checkpoint must be of to be used: network, recipe, data, seed, precision.
        warn: Called with a line on each file that cannot be used.
        wrote: Whether a state was written now, and not before an interruption alone.
    """

    def __init__(self, folder: Path, *, identity: dict[str, Any], warn: Callable[[str], None]) -> None:
        self.folder = folder
        self.identity = json.loads(json.dumps(identity))
        self.warn = warn
        self._tried: Path | None = None
        self.wrote = False

    def write(self, epoch: int, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Writes a state, and removes all but the newest two; raises OSError where it cannot be written."""
        self.folder.mkdir(parents=not self.wrote, exist_ok=True)  # later, somebody has taken away those above
        self.wrote = True
        metadata = {"identity": json.dumps(self.identity), "facts": json.dumps(facts), "sha256": BLANK}
        write_whole(seal(as_bytes(tensors, metadata)), self.folder / f"epoch-{epoch:04d}.safetensors")
        for old in self._files()[_STAYING:]:
            old.unlink(missing_ok=True)

    def newest_first(self) -> Iterator[tuple[dict[str, Tensor], dict[str, Any]]]:
        """Yields tensors and facts of every file that is as it was written, and of this training."""
        for file in self._files():
            self._tried = file
            try:
                content = read_whole(file)
                sealed, tensors, metadata = check(content), from_bytes(content), _metadata(content)
                if metadata.keys() != (_SEALED if sealed else _OF_0_2):
                    raise ValueError("it is not as it was written")
                identity, facts = json.loads(metadata["identity"]), json.loads(metadata["facts"])
            except (OSError, SafetensorError, ValueError) as error:
                self.refused(error)
                continue
            if identity != self.identity:
                differing = sorted(
                    k for k in identity.keys() | self.identity if identity.get(k) != self.identity.get(k)
                )
                self.refused(f"it is of another training: {', '.join(differing)} differ")
                continue
            yield tensors, facts

    def refused(self, reason: object) -> None:
        """Says that the file tried last cannot be used."""
        self.warn(
            f"checkpoint {self._tried} is not used ({' '.join(str(reason).split())}); training goes on before it"
        )

    def remove(self) -> None:
        """Removes the folder and all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _files(self) -> list[Path]:
        named = (file for file in self.folder.glob("epoch-*.safetensors") if re.fullmatch(r"epoch-\d+", file.stem))
        return sorted(named, key=lambda file: int(file.stem.removeprefix("epoch-")), reverse=True)


def _metadata(content: bytes) -> dict[str, str]:
    """Returns the metadata in a safetensors file's head, which is JSON behind its length; raises ValueError."""
    return json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__", {})
