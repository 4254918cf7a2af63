"""Puts images into a drawn order, once a machine and not once a process where they are many."""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from train.data.images import Images
from train.data.mapping import new_array
from train.files.locks import one_at_a_time
from train.files.whole import sync_folder

if TYPE_CHECKING:
    from torch import Tensor

_SMALL = 2**24  # bytes; images that each process may have for itself
_STAYING = 3  # files in a folder of arrays; who has an older one mapped keeps it


def in_order(images: Images, order: "Tensor", folder: Path) -> Images:
    """Returns the images at the places `order`; large ones from a file in `folder`, which all processes map.

    Args:
        order: int64 (N,).
    """
    if images.images.nbytes <= _SMALL:
        return Images(images.images[order], images.labels[order])
    with contextlib.suppress(OSError):  # a full disk, or one that is not ours to write on: then in memory
        return Images(_mapped(images.images, order, folder), images.labels[order])
    return Images(images.images[order], images.labels[order])


def _mapped(images: "Tensor", order: "Tensor", folder: Path) -> "Tensor":
    import numpy as np
    import torch

    name = hashlib.sha256(order.numpy().tobytes()).hexdigest()[:16]
    file = folder / f"drawn-{name}.npy"
    with one_at_a_time(folder / "drawn"):
        if not file.exists():
            making = file.with_suffix(".partial")
            written = new_array(making, tuple(images.shape))
            for start in range(0, len(order), 1024):
                written[start : start + 1024] = images[order[start : start + 1024]].numpy()
            written.flush()  # onto the disk before it has its name
            os.replace(making, file)
            sync_folder(folder)
        os.utime(file)
        made = torch.from_numpy(np.load(file, mmap_mode="c"))
        for old in sorted(folder.glob("drawn-*.npy"), key=lambda one: one.stat().st_mtime)[:-_STAYING]:
            old.unlink(missing_ok=True)
    return made
