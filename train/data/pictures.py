"""Reads files of pictures by Pillow: what they are, and their pixels, turned and converted for a network."""

import io
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

from train.data.bad_data import BadData
from train.data.forms.contents import Embedded, PictureFile

_GRAY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")
_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
_ORIENTATION = 0x0112  # the EXIF tag; from 2 on it asks for a turn
_SAID = {
    "palette": "with a palette, converted to its colours",
    "alpha": "that may have transparent parts, laid on white",
    "16 bits": "of 16 bits, brought to 8",
    "turned": "turned as EXIF data says",
    "moving": "that move, their first image taken",
}
_Made = TypeVar("_Made")
_CHUNK = 32  # files that a thread reads at a time


@dataclass(frozen=True, slots=True)
class Looks:
    """What a file's head says.

    Attributes:
        size: Width and height in pixels, once turned.
        colour: Whether it has more than grey values.
        kinds: Of what is done to it, as people are told.
        failure: Why it cannot be read; empty where it can.
    """

    size: tuple[int, int] = (0, 0)
    colour: bool = False
    kinds: tuple[str, ...] = ()
    failure: str = ""


def look(files: Sequence[PictureFile]) -> tuple[Counter[tuple[int, int]], int, list[str]]:
    """Reads the heads of all files.

    Returns how many have each size, how many are in colour, and in notes what is done to how many of them.

    Raises:
        BadData: Some cannot be read; the message names the first ten.
    """
    looks = list(_in_threads(_looks, files))
    refuse([(file, one.failure) for file, one in zip(files, looks, strict=True) if one.failure])
    kinds = Counter(kind for one in looks for kind in one.kinds)
    notes = [f"{n:,} picture{'s' * (n != 1)} {_SAID[kind]}" for kind, n in kinds.items()]
    return Counter(one.size for one in looks), sum(one.colour for one in looks), notes


def read(
    files: Sequence[PictureFile], *, colour: bool, size: tuple[int, int], failures: list[tuple[PictureFile, str]]
) -> Iterator[np.ndarray]:
    """Yields the pixels of each file, uint8 (C, H, W), C 3 for colour and else 1, resized to width and height.

    Args:
        failures: Gets the files that cannot be read, black in what is yielded, each with the reason.
    """

    def pixels(file: PictureFile) -> np.ndarray | str:
        try:
            with _opened(file) as image:
                return as_pixels(image, colour=colour, size=size)
        except Exception as error:  # Pillow's plugins raise whatever a damaged file leads them to
            return _reason(error)

    black = np.zeros((3 if colour else 1, size[1], size[0]), np.uint8)
    for file, one in zip(files, _in_threads(pixels, files), strict=True):
        if isinstance(one, str):
            failures.append((file, one))
        yield black if isinstance(one, str) else one


def as_pixels(image: Image.Image, *, colour: bool, size: tuple[int, int] | None = None) -> np.ndarray:
    """Returns uint8 (C, H, W), C 3 for colour and else 1.

    It is turned as EXIF says, brought from 16 bits of grey to 8, or else laid on white where it is transparent, and
    resized to a width and a height (bilinear, averaging where it shrinks).
    """
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        wide = np.asarray(image).astype(np.int64)
        image = Image.fromarray(np.clip((wide + 128) // 257, 0, 255).astype(np.uint8))
    elif _is_transparent(image):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if image.mode != (mode := "RGB" if colour else "L"):
        image = image.convert("RGB").convert(mode)  # by way of RGB, as a palette's grey is that of its colours
    if size is not None and image.size != size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return np.ascontiguousarray(np.moveaxis(pixels, 2, 0)) if colour else pixels[None]


def _opened(file: PictureFile) -> Image.Image:
    return Image.open(io.BytesIO(file.content) if isinstance(file, Embedded) else file)


def _looks(file: PictureFile) -> Looks:
    try:
        with _opened(file) as image:
            return looks_of(image)
    except Exception as error:  # as in `read`
        return Looks(failure=_reason(error))


def looks_of(image: Image.Image) -> Looks:
    """Returns what an open picture's head says."""
    if image.mode == "F":
        return Looks(failure="its pixels are 32-bit fractions; save it with 8 or 16 bits")
    if image.mode == "I" and image.format in ("TIFF", None):  # of 16 bits they have another mode
        return Looks(failure="its pixels are 32-bit whole numbers; save it with 8 or 16 bits")
    orientation = image.getexif().get(_ORIENTATION, 1)
    said = {
        "palette": image.mode in ("P", "PA"),
        "alpha": _is_transparent(image),
        "16 bits": image.mode.startswith("I"),
        "turned": orientation in range(2, 9),
        "moving": image.format in ("GIF", "WEBP", "PNG") and getattr(image, "is_animated", False),
    }
    colour = image.mode not in _GRAY
    if image.mode in ("P", "PA"):
        palette = np.array(image.getpalette("RGB") or [0, 0, 0]).reshape(-1, 3)
        colour = bool((palette != palette[:, :1]).any())
    width, height = image.size
    if isinstance(image, TiffImagePlugin.TiffImageFile):  # whose size is as turned, and its tags as stored
        width, height = image.tag_v2[TiffImagePlugin.IMAGEWIDTH], image.tag_v2[TiffImagePlugin.IMAGELENGTH]
    size = (height, width) if orientation in range(5, 9) else (width, height)
    return Looks(size, colour, tuple(kind for kind, so in said.items() if so))


def _is_transparent(image: Image.Image) -> bool:
    """Returns whether it may have transparent parts, which are laid on white; those of 16 bits keep their colour."""
    return not image.mode.startswith("I") and (image.mode in _ALPHA or "transparency" in image.info)


def _in_threads(function: Callable[[PictureFile], _Made], files: Sequence[PictureFile]) -> Iterator[_Made]:
    """Yields what the function gives for each file; Pillow decodes outside of Python's lock, so threads do."""
    threads = min(os.cpu_count() or 1, 8)
    with ThreadPoolExecutor(threads) as pool:
        for block in range(0, len(files), threads * _CHUNK):
            starts = range(block, min(block + threads * _CHUNK, len(files)), _CHUNK)
            with warnings.catch_warnings():  # here and not in the threads, which share one state of it
                warnings.simplefilter("ignore")
                made = list(
                    pool.map(lambda start: [function(file) for file in files[start : start + _CHUNK]], starts)
                )
            for some in made:
                yield from some


def refuse(failures: Sequence[tuple[PictureFile, str]]) -> None:
    """Raises BadData where there are files that cannot be read; the message names the first ten."""
    if failures:
        named = ", ".join(f"{file} ({reason})" for file, reason in failures[:10])
        more = f" and {len(failures) - 10:,} more" if len(failures) > 10 else ""
        what = "a picture" if len(failures) == 1 else f"{len(failures):,} pictures"
        raise BadData(f"{what} cannot be read: {named}{more}; replace or remove them")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    words = " ".join(str(error).split())
    return "no picture that Pillow knows" if words.startswith("cannot identify") else words or type(error).__name__
