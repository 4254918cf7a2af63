"""Turns arrays as people have them into images and classes: any usual type, range and order of axes."""

from collections.abc import Sequence

import numpy as np

from train.data.bad_data import BadData
from train.data.forms.naming import natural, shortened

_CHANNELS = (1, 3, 4)  # what an axis of channels may have, so that it can be told from height and width


def as_images(
    parts: Sequence[np.ndarray], where: str, called: Sequence[str] = ("images",)
) -> tuple[list[np.ndarray], list[str]]:
    """Returns parts of one data set as uint8 (N, C, H, W) each, and in notes what they were taken for.

    Args:
        parts: (N, H, W), (N, H, W, C) or (N, C, H, W) each, of bytes, of 16 bits, or in [0, 1] or [0, 255].
        where: What messages call them.
        called: The name of each part in it.

    Raises:
        BadData: They are none of this, or of several shapes or ranges, or some number is none.
    """
    notes = []
    first = parts[0]
    for part in parts:
        if part.ndim not in (3, 4):
            raise BadData(
                f"{where} holds images of shape {part.shape}; it must be (N, H, W), (N, H, W, C) or (N, C, H, W)"
            )
        if 0 in part.shape[1:]:
            raise BadData(
                f"{where} holds images of shape {part.shape}, which have no pixels; each needs one at least"
            )
        if part.shape[1:] != first.shape[1:]:
            raise BadData(
                f"{where} holds images of {first.shape[1:]} and of {part.shape[1:]}; all must be of one shape"
            )
    if first.ndim == 3:
        turned = [part[:, None] for part in parts]
    elif first.shape[3] in _CHANNELS:
        turned = [np.moveaxis(part, 3, 1) for part in parts]
        notes.append(f"{where}: taken as (N, H, W, C), the last axis as {_channels(first.shape[3])}")
    elif first.shape[1] in _CHANNELS:
        turned = list(parts)
        notes.append(f"{where}: taken as (N, C, H, W), the second axis as {_channels(first.shape[1])}")
    else:
        raise BadData(f"{where} holds images of {first.shape[1:]}; the first or the last axis must be of 1, 3 or 4")
    scale, note = _scale(parts, where, called)
    return [np.ascontiguousarray(_bytes(part, scale)) for part in turned], notes + ([note] if note else [])


def _scale(parts: Sequence[np.ndarray], where: str, called: Sequence[str]) -> tuple[float, str]:
    """Returns what the numbers are multiplied by to be from 0 to 255, and what they were taken for.

    Raises:
        BadData: They are none that can be taken, or those of one part are in [0, 1] and those of another are not.
    """
    kinds = {part.dtype.kind for part in parts}
    if not kinds <= set("buif"):
        raise BadData(f"{where} holds {parts[0].dtype} in the place of images; numbers are needed")
    if all(part.dtype == np.uint8 for part in parts):
        return 1.0, ""
    full = [part for part in parts if part.size]
    if "f" in kinds and not all(np.isfinite(part).all() for part in full):
        raise BadData(f"{where} holds pixels that are no numbers (NaN or infinite)")
    low, high = min((part.min() for part in full), default=0), max((part.max() for part in full), default=0)
    taken = f"{where}: pixels from {low:g} to {high:g}, taken as numbers in "
    if low < 0 or high > 65_535 or ("f" in kinds and high > 255):
        raise BadData(f"{where} holds pixels from {low:g} to {high:g}; they must be in [0, 1] or [0, 255]")
    tops = {name: (part.dtype.kind, part.max()) for name, part in zip(called, parts, strict=True) if part.size}
    shares = [name for name, (kind, top) in tops.items() if kind in "bf" and 0 < top <= 1]  # all black tells nothing
    if shares and high > 1:
        wide = max(tops, key=lambda name: tops[name][1])
        raise BadData(
            f"{where}: {shares[0]} goes to {tops[shares[0]][1]:g} and {wide} to {tops[wide][1]:g}; bring both to one "
            f"range"
        )
    if high > 255:
        return 1 / 257, taken + "[0, 65535], 16 bits, and brought to 8"
    if kinds <= {"b"} or ("f" in kinds and high <= 1):
        return 255.0, taken + "[0, 1]"
    return 1.0, taken + "[0, 255]"


def _bytes(part: np.ndarray, scale: float) -> np.ndarray:
    if part.dtype == np.uint8:
        return part
    made = np.empty(part.shape, np.uint8)
    for start in range(0, len(part), 1024):  # a large array in float64 would be eight times as large
        made[start : start + 1024] = np.rint(part[start : start + 1024].astype(np.float64) * scale)
    return made


def as_classes(
    parts: Sequence[np.ndarray], where: str, names: Sequence[str] | None = None
) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Returns the names of the classes, in natural order, and the labels of each part as int64 (N,), places in them.

    Args:
        parts: Labels (N,) or (N, 1) of each part, whole numbers or words; the first is what is trained on.
        names: Of the classes, which labels are places in or, as words, are; None: the labels that the first part has.

    Raises:
        BadData: Labels are neither, are none of the names, or a later part has others than the first.
    """
    flat = [_flat(part, where) for part in parts]
    if names is not None and all(part.dtype.kind != "U" for part in flat):
        for part in flat:
            if len(outside := part[(part < 0) | (part >= len(names))]):
                raise BadData(f"{where} holds a label {int(outside.min())}; labels go from 0 to {len(names) - 1}")
        return tuple(names), [part.astype(np.int64) for part in flat]
    known = names or sorted({str(label) for label in np.unique(flat[0])}, key=natural)
    whose = "is no class name; these are" if names else "no training image has; these have"
    places = {name: place for place, name in enumerate(known)}
    made = []
    for part in flat:
        values, inverse = np.unique(part, return_inverse=True)
        wrong = [str(value) for value in values if str(value) not in places]
        if wrong:
            raise BadData(f"{where} holds a label {wrong[0]} that {whose} {shortened(known)}")
        made.append(np.array([places[str(value)] for value in values], dtype=np.int64)[inverse.reshape(-1)])
    return tuple(known), made


def _flat(labels: np.ndarray, where: str) -> np.ndarray:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise BadData(f"{where} holds labels of shape {labels.shape}; one number or word an image is needed, (N,)")
    if labels.dtype.kind == "f":
        if not np.isfinite(labels).all() or (labels != np.rint(labels)).any():
            raise BadData(
                f"{where} holds labels that are no whole numbers; label classes by 0, 1, 2, ... or by words"
            )
        if (np.abs(labels) >= 2 ** (np.finfo(labels.dtype).nmant + 1)).any():  # where whole numbers become the same
            raise BadData(
                f"{where} holds a label {np.abs(labels).max():g}, too large to be told from the next by "
                f"{labels.dtype}; label classes by 0, 1, 2, ... or by words"
            )
        return labels.astype(np.int64)
    if labels.dtype.kind == "O" and all(isinstance(label, str) for label in labels):
        return labels.astype(str)
    if labels.dtype.kind not in "buiU":
        raise BadData(f"{where} holds labels of type {labels.dtype}; label classes by whole numbers or by words")
    if labels.dtype.kind in "iu" and len(labels) and labels.min() < 0:
        raise BadData(f"{where} holds a label {labels.min()}; labels go from 0 on")
    return labels


def _channels(count: int) -> str:
    return "1 channel" if count == 1 else f"{count} channels"


def same_number(images: np.ndarray, labels: np.ndarray, where: str, part: str) -> None:
    """Raises BadData where a part has another number of labels than of images."""
    if not images.ndim or not labels.ndim:
        raise BadData(f"{where} holds single numbers in the place of {part} or of their labels")
    if len(images) != len(labels):
        raise BadData(
            f"{where} holds {len(images):,} {part} image{'s' * (len(images) != 1)} and {len(labels):,} "
            f"label{'s' * (len(labels) != 1)}; the two must match"
        )
