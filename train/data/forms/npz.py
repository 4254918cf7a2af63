"""Reads files that `numpy.savez` wrote, without pickle."""

import zipfile
from pathlib import Path

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Found
from train.data.forms.naming import own


def find_npz(file: Path) -> Found:
    """Returns the data set of a file."""
    return Found(name=own(file.stem), given=str(file), files=(file,), read=lambda: read_npz(file))


def read_npz(file: Path) -> Contents:
    """Reads it; raises BadData where it is damaged, holds objects, or no images with labels."""
    import zlib

    import numpy as np

    from train.data.forms.named_arrays import contents_of

    arrays = {}
    try:
        with file.open("rb") as stream:
            stored = np.load(stream, allow_pickle=False)
            if isinstance(stored, np.ndarray):
                raise BadData(f"{file} holds one array; write two by numpy.savez(file, x_train=, y_train=)")
            for name in stored.files:
                try:
                    arrays[name] = stored[name]
                except ValueError as error:
                    if "allow_pickle" not in str(error):
                        raise
                    raise BadData(
                        f"{file} holds Python objects in the place of numbers in {name}; write it as an array of "
                        f"numbers, all images of one size"
                    ) from None
    except BadData:
        raise
    except (OSError, EOFError, ValueError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        reason = " ".join(str(error).split())
        reason = "it is no file that numpy.savez writes" if "allow_pickle" in reason or "pickle" in reason else reason
        raise BadData(f"{file} cannot be read ({reason}); write or get it again") from None
    return contents_of(arrays, str(file))
