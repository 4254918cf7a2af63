"""Finds and reads CIFAR-10 and CIFAR-100 as their makers pack them, and admits nothing in the pickles but data."""

import io
import os
import pickle
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Found, Part

_ARRAYS = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),  # how protocol 2 has bytes
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CifarSet:
    """Where the makers put a set, and what they call its labels."""

    folder: str
    archive: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    names_file: str
    names: str
    labels: str


CIFAR_SETS = {
    "cifar10": CifarSet(
        folder="cifar-10-batches-py",
        archive="cifar-10-python.tar.gz",
        train=tuple(f"data_batch_{number}" for number in range(1, 6)),
        test=("test_batch",),
        names_file="batches.meta",
        names="label_names",
        labels="labels",
    ),
    "cifar100": CifarSet(
        folder="cifar-100-python",
        archive="cifar-100-python.tar.gz",
        train=("train",),
        test=("test",),
        names_file="meta",
        names="fine_label_names",
        labels="fine_labels",
    ),
}


class _DataOnly(pickle.Unpickler):
    """Reads numpy arrays, bytes, words, numbers, lists and dicts; anything else would run code."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ARRAYS:
            raise pickle.UnpicklingError(f"it wants {module}.{name}, which is no data")
        if name == "_reconstruct":
            module = "numpy._core.multiarray"  # as it is called since numpy 2
        return super().find_class(module, name)


def unpickled(content: BinaryIO, where: str) -> dict[str, Any]:
    """Returns a pickled dict, its keys as words; raises BadData where it is damaged or holds anything but data."""
    try:
        stored = _DataOnly(content, encoding="bytes").load()
        return {key.decode() if isinstance(key, bytes) else str(key): value for key, value in stored.items()}
    except Exception as error:  # of a damaged pickle comes whatever the bytes happen to say
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadData(f"{where} cannot be read ({reason}); get the file again") from None


def find_cifar(name: str, data_dir: Path) -> Found | None:
    """Returns the set of that name, unpacked or packed, where torchvision puts it; None where it is not there.

    Raises:
        BadData: Some of its files are there, others not.
    """
    one = CIFAR_SETS[name]
    for folder in (data_dir / one.folder, data_dir):
        files = [folder / file for file in (*one.train, *one.test, one.names_file)]
        missing = [file.name for file in files if not os.path.isfile(file)]  # which answers where pathlib's raises
        if not missing:
            break
        if folder.name == one.folder and len(missing) < len(files):
            raise BadData(f"{folder} lacks {', '.join(missing)}; get the data set again")
    else:
        files = [data_dir / one.archive]
        if not os.path.isfile(files[0]):
            return None
    return Found(name=name, given=name, root=data_dir, files=tuple(files), read=lambda: read_cifar(name, files))


def read_cifar(name: str, files: list[Path]) -> Contents:
    """Reads the files, or the one archive; raises BadData where they are damaged."""
    import numpy as np

    from train.data.forms.arrays import as_classes

    one = CIFAR_SETS[name]
    with _opened(one, files) as contents:
        names = unpickled(contents[one.names_file], one.names_file).get(one.names, [])
        class_names = [word.decode() if isinstance(word, bytes) else str(word) for word in names]
        parts = []
        for part in (one.train, one.test):
            images, labels = [], []
            for file in part:
                stored = unpickled(contents[file], file)
                data = stored.get("data")
                if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (3072,):
                    raise BadData(f"{file} of {name} holds no images of 32x32 in three colours; get it again")
                if len(data) != len(stored.get(one.labels, ())):
                    raise BadData(f"{file} of {name} holds another number of labels than of images; get it again")
                images.append(data.reshape(-1, 3, 32, 32))
                labels.extend(stored[one.labels])
            parts.append((np.concatenate(images), np.array(labels)))
    class_names, labels = as_classes([labels for _, labels in parts], name, class_names)
    train, test = (Part(images=images, labels=one) for (images, _), one in zip(parts, labels, strict=True))
    return Contents(class_names=class_names, train=train, test=test)


@contextmanager
def _opened(one: CifarSet, files: list[Path]) -> Iterator[Mapping[str, BinaryIO]]:
    """Gives the contents of the set's files by their names."""
    wanted = {*one.train, *one.test, one.names_file}
    try:
        if files[0].name != one.archive:
            yield {file.name: io.BytesIO(file.read_bytes()) for file in files}
            return
        with tarfile.open(files[0]) as archive:
            members = {Path(member.name).name: member for member in archive if member.isfile()}
            if missing := sorted(wanted - members.keys()):
                raise BadData(f"{files[0]} lacks {', '.join(missing)}; get the file again")
            contents = {file: archive.extractfile(members[file]) for file in wanted}
            yield {file: io.BytesIO(content.read()) for file, content in contents.items() if content}
    except (OSError, EOFError, tarfile.TarError) as error:
        raise BadData(f"{files[0]} cannot be read ({error}); get the file again") from None
