"""Keeps prepared data sets on this machine's disk, where every process maps the same arrays, and never a stale one.

An entry is for what was asked, and says of which files, by name, size and times, the content follows that it names.
Contents lie in folders that are called after their digests.
"""

import atexit
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.data.bad_data import BadData
from train.data.facts import Facts
from train.data.forms.contents import Found
from train.data.preparation import Preparation
from train.files.digests import BLANK, Damaged, as_object, digest, seal
from train.files.locks import one_at_a_time
from train.files.user_cache import user_cache
from train.files.whole import read_whole, sync_folder, write_whole

if TYPE_CHECKING:
    from train.data.dataset import Dataset

_VERSION = 2  # of what reading and preparing make of the same files; a higher one leaves all that was kept unused
_SMALL = 2**24  # bytes; arrays that are checked by their digest, larger ones by their sizes
_DAYS = 30  # that something is kept without being used
_TICK = 0.02  # seconds; a file that was written later than so long ago may be written again without a new time
_NAMES = {"files", *(field.name for field in fields(Facts))}  # of an entry


def prepared(found: Found, preparation: Preparation) -> tuple[Facts, Path]:
    """Returns the facts of a prepared data set and the folder of its arrays, made now where they are not kept.

    Raises:
        BadData: It is damaged or cannot be prepared, or changes while it is read.
    """
    root = _folder()
    question = [_VERSION, found.name, found.given, str(found.root), preparation.image_size, preparation.channels]
    question += [found.content] if found.content else []
    entry = root / "entries" / f"{digest(json.dumps([*question, preparation.limit]).encode())[:32]}.json"
    with one_at_a_time(entry):
        files = _fingerprint(found.files) if found.files is not None else ""
        facts = _kept(entry, files) if files else None
        if facts and _intact(folder := root / "arrays" / facts.digest, facts):
            used(entry, folder)
            return facts, folder
        facts = _made(found, preparation, root)
        if found.files is not None and _fingerprint(found.files) != files:
            raise BadData(f"{found.given} changed while it was read; try again")
        content = json.dumps(asdict(facts) | {"files": files, "sha256": BLANK}).encode()
        write_whole(seal(content, of=entry.name), entry)
    _tidy(root)
    return facts, root / "arrays" / facts.digest


def arrays(content: str) -> Path:
    """Returns the folder that has the arrays of that digest once they are prepared."""
    return user_cache() / "arrays" / content


def there(dataset: "Dataset") -> bool:
    """Returns whether the arrays of a data set are on this machine as they were written: small ones in every byte.

    Where a share is held out it is not known how many images were given for that, which the digest says, too; their
    sizes have to do then, as they do for large arrays.
    """
    task, counts = dataset.task, dataset.counts
    facts = Facts(
        name=dataset.name,
        image=task.image,
        class_names=task.class_names,
        mean=task.mean,
        std=task.std,
        class_counts=dataset.class_counts,
        given=counts.held_out if dataset.held_out_given else 0,
        test=counts.test,
        digest=dataset.digest,
        notes=(),
    )
    return _intact(dataset.folder, facts, by_sizes=dataset.preparation.hold_out is not None)


def used(*paths: Path) -> None:
    """Has what is kept there stay for longer."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.utime(path)


def _made(found: Found, preparation: Preparation, root: Path) -> Facts:
    """Prepares it in a folder that takes its name when it is complete."""
    from train.data.prepare import ARRAYS, prepare

    making = Path(tempfile.mkdtemp(prefix=".making-", dir=root / "arrays"))
    try:
        facts = prepare(found.read(), found.name, preparation, making)
        folder = root / "arrays" / facts.digest
        for name in ARRAYS:
            with (making / f"{name}.npy").open("rb") as file:
                os.fsync(file.fileno())
        with one_at_a_time(root / "arrays"):  # other questions may have the same answer
            if not _intact(folder, facts):
                shutil.rmtree(folder, ignore_errors=True)
                making.rename(folder)
                sync_folder(folder.parent)
        return facts
    except BadData as error:
        raise BadData(str(error) if found.given in str(error) else f"{found.given}: {error}") from None
    except OSError as error:
        raise BadData(
            f"{found.given} cannot be prepared in {root} ({error}); make room there or name another folder "
            f"by $XDG_CACHE_HOME"
        ) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _fingerprint(files: Sequence[Path]) -> str:
    """Returns what differs when a file does: of every file name, size, and the times of its content and of its node.

    The last cannot be set by a program, so that a file that was changed and given its old time back differs.
    """
    digest, newest = hashlib.sha256(), 0
    try:
        for file in files:
            facts = os.stat(file)
            newest = max(newest, facts.st_mtime_ns, facts.st_ctime_ns)
            of_file = f"\0{facts.st_size}\0{facts.st_mtime_ns}\0{facts.st_ctime_ns}\n"
            digest.update(os.fsencode(file) + of_file.encode())
    except OSError as error:
        raise BadData(f"{error.filename} cannot be read ({error.strerror})") from None
    if 0 <= time.time() - newest / 1e9 < _TICK:
        time.sleep(_TICK)
    return digest.hexdigest()


def _kept(entry: Path, files: str) -> Facts | None:
    """Returns the facts of an entry that is as it was written, if it is of the files as they are now."""
    try:
        stored = as_object(read_whole(entry), _NAMES, of=entry.name)
    except (OSError, Damaged):
        return None
    if stored.keys() != _NAMES or stored.pop("files") != files:
        return None
    made: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    return Facts(**made)


def _intact(folder: Path, facts: Facts, *, by_sizes: bool = False) -> bool:
    """Returns whether arrays are as they were written: small ones in every byte, large ones in their sizes.

    by_sizes: Whether small ones are looked at in their sizes alone, too.
    """
    channels, height, width = facts.image
    pixels = channels * height * width
    n = {"train": sum(facts.class_counts), "test": facts.test}
    wanted = {f"{part}_images.npy": n[part] * pixels for part in n} | {
        f"{part}_labels.npy": n[part] * 8 for part in n
    }
    try:
        heads = [(folder / name).stat().st_size - size for name, size in wanted.items()]
    except OSError:
        return False
    if any(head <= 0 or head % 64 for head in heads):  # numpy's heads are multiples of 64 bytes
        return False
    if by_sizes or sum(wanted.values()) > _SMALL:
        return True
    from train.data.prepare import digest_of

    try:
        return digest_of(folder, facts.class_names, facts.given) == facts.digest
    except (OSError, ValueError):
        return False


def _folder() -> Path:
    """Returns the folder of all that is kept; one that ends with the process where none can be written."""
    root = user_cache()
    try:
        for folder in (root / "entries", root / "arrays"):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return _temporary()
    return root


@cache
def _temporary() -> Path:
    root = Path(tempfile.mkdtemp(prefix="thimble-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    for folder in (root / "entries", root / "arrays"):
        folder.mkdir()
    return root


def _tidy(root: Path) -> None:
    """Removes what nobody has used for long; who has it mapped keeps it."""
    oldest = time.time() - _DAYS * 24 * 3600
    for path in (*(root / "entries").iterdir(), *(root / "arrays").iterdir()):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
