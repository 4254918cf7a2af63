"""Makes files of arrays that are written by mapping them, which must have their room on the disk before."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def new_array(file: Path, shape: tuple[int, ...]) -> "np.memmap":
    """Returns a new .npy file of bytes, mapped to be written.

    Raises:
        OSError: It cannot be written, or has no room: without that a write to it would end the process.
    """
    import numpy as np

    array = np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=shape)
    if hasattr(os, "posix_fallocate"):
        with file.open("r+b") as whole:
            os.posix_fallocate(whole.fileno(), 0, os.fstat(whole.fileno()).st_size)
    return array
