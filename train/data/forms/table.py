"""Reads tables: of pictures' files with their classes, or of pixels, a row an image, as Kaggle has them."""

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Embedded, Found, Part, PictureFile
from train.data.forms.naming import own, shortened

if TYPE_CHECKING:
    import numpy as np

_FILES, _LABELS = ("file_name", "image", "path"), ("label", "class", "target")
_WORDS = {*_FILES, *_LABELS, "split"}
_SPLIT = {
    "train": ("train", "training"),
    "held_out": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
_LONGEST = 255  # letters of a file's name
_PIXEL = re.compile(r"(pixel)?_?\d+|\d+x\d+", re.IGNORECASE)


def find_table(file: Path) -> Found:
    """Returns the data set of a .csv or .parquet file.

    Raises:
        BadData: It is damaged, lacks columns or labels, or names no pictures, or some that are not there.
    """
    begun, table = _times(file), _table(file)
    columns = {str(name).strip().lower(): name for name in reversed(table.columns)}
    label = next((columns[name] for name in _LABELS if name in columns), None)
    if label is None:
        raise BadData(
            f"{file} has the columns {_columns(table)}; one of {', '.join(_LABELS)} is needed for the classes"
        )
    if len(table) == 0:
        raise BadData(f"{file} has columns and no rows; a row an image is needed")
    if table[label].isna().any():
        raise BadData(
            f"{file} has a label in {int(table[label].notna().sum()):,} of {len(table):,} rows; all need one"
        )
    pictures = next((columns[name] for name in _FILES if name in columns), None)
    split = columns.get("split")
    parts = _parts(table, split, file)
    if pictures is None:
        pixels = [name for name in table.columns if _PIXEL.fullmatch(str(name).strip()) and name != label]
        if not pixels:
            raise BadData(
                f"{file} has the columns {_columns(table)}; one of {', '.join(_FILES)} is needed for the pictures' "
                f"files, or pixel0, pixel1, ... for their pixels"
            )
        images = _from_pixels(table[pixels], file)
        return _found(file, table[label], parts, images, (file,), begun)
    if table[pictures].isna().any():
        raise BadData(f"{file} has rows without a {pictures}; all need one")
    made = tuple(_picture(cell, row, pictures, file) for row, cell in enumerate(table[pictures], start=1))
    paths = tuple(one for one in made if isinstance(one, Path))
    if missing := [str(path) for path in paths if not os.path.isfile(path)]:  # which answers where pathlib's raises
        raise BadData(
            f"{file} names pictures that are not there: {shortened(missing)}; paths start at the table's folder"
        )
    return _found(file, table[label], parts, made, (file, *paths), begun)


def _picture(cell: Any, row: int, column: str, table: Path) -> PictureFile:
    """Returns the picture of a cell, which is a path, or what Hugging Face's tables have: {"bytes", "path"}."""
    content, path = (cell.get("bytes"), cell.get("path")) if isinstance(cell, Mapping) else (None, cell)
    if isinstance(content, bytes):
        return Embedded(content, f"row {row:,} of {table}")
    if isinstance(path, str) and all(len(name) <= _LONGEST for name in path.split("/")):
        return table.parent / path
    came = f"{len(path):,} letters" if isinstance(path, str) else f"a value of type {type(path).__name__}"
    raise BadData(
        f"{table} has {came} in the column {column} of row {row:,}; it must have the path of a picture's file"
    )


def _times(file: Path) -> tuple[int, int, int]:
    """Returns what differs when the file does."""
    try:
        facts = file.stat()
    except OSError as error:
        raise BadData(f"{file} cannot be read ({error.strerror})") from None
    return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _table(file: Path) -> Any:
    import pandas as pd

    try:
        if file.suffix.lower() != ".csv":
            return pd.read_parquet(file)
        words = {name: str for name in pd.read_csv(file, nrows=0) if str(name).strip().lower() in _WORDS}
        return pd.read_csv(file, dtype=words, keep_default_na=False, na_values=[""])  # a class may be called NA
    except ImportError:
        raise BadData(f"reading {file} needs pyarrow; install it with: pip install 'thimble[parquet]'") from None
    except Exception as error:  # pandas and pyarrow raise what a damaged file happens to lead to
        raise BadData(f"{file} cannot be read ({' '.join(str(error).split())}); write or get it again") from None


def _columns(table: Any) -> str:
    return shortened([str(name) for name in table.columns])


def _parts(table: Any, split: str | None, file: Path) -> "dict[str, np.ndarray]":
    """Returns the rows of each part; all are to train on where no column says otherwise."""
    import numpy as np

    if split is None:
        return {"train": np.arange(len(table))}
    words = table[split].astype(str).str.strip().str.lower()
    known = {word: part for part, words_ in _SPLIT.items() for word in words_}
    if wrong := [word for word in words.unique() if word not in known]:
        raise BadData(f"{file} has {wrong[0]} in its column {split}; it must be train, val or test")
    named = words.map(known).to_numpy()
    parts = {part: np.flatnonzero(named == part) for part in _SPLIT}
    if not len(parts["train"]):
        raise BadData(f"{file} has no rows with train in its column {split}")
    return {part: rows for part, rows in parts.items() if len(rows)}


def _from_pixels(pixels: Any, file: Path) -> "np.ndarray":
    """Returns uint8 (N, 1, side, side)."""
    from train.data.forms.arrays import as_images

    side = math.isqrt(pixels.shape[1])
    if side * side != pixels.shape[1]:
        raise BadData(f"{file} has {pixels.shape[1]:,} columns of pixels, which make no square picture")
    try:
        numbers = pixels.to_numpy(dtype="float64" if any(kind.kind == "f" for kind in pixels.dtypes) else "int64")
    except (ValueError, TypeError):
        raise BadData(f"{file} has pixels that are no numbers") from None
    return as_images([numbers.reshape(-1, side, side)], str(file))[0][0]


def _found(
    file: Path,
    labels: Any,
    parts: "dict[str, np.ndarray]",
    images: "np.ndarray | tuple[PictureFile, ...]",
    files: tuple[Path, ...],
    begun: tuple[int, int, int],
) -> Found:
    def read() -> Contents:
        from train.data.forms.arrays import as_classes

        if _times(file) != begun:  # or what was read would be kept for what is there now
            raise BadData(f"{file} changed while it was read; try again")
        every = labels.to_numpy()
        if every.dtype.kind not in "biuf":
            every = every.astype(str)
        class_names, made = as_classes([every[rows] for rows in parts.values()], str(file))
        whole = {}
        for (part, rows), places in zip(parts.items(), made, strict=True):
            some = tuple(images[row] for row in rows) if isinstance(images, tuple) else images[rows]
            whole[part] = Part(images=some, labels=places)
        return Contents(class_names=class_names, **whole)

    return Found(name=own(file.stem), given=str(file), files=files, read=read)
