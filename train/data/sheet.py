"""Draws a sheet of pictures, a row a class, as a person looks through a data set."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from train.data.dataset import Dataset

PICTURES = 10  # a class
CLASSES = 100  # the first of those that a data set has
_LEAST, _MOST = 32, 96  # pixels: a picture's shorter side at least, each side at most
_GAP, _TEXT = 4, 14  # pixels: between pictures, of letters


def sheet(dataset: "Dataset") -> bytes:
    """Returns a PNG with ten training pictures of each of the first 100 classes, evenly spread over its pictures.

    Small pictures are enlarged, large ones made smaller, to 96 pixels a side at most.

    Raises:
        BadData: The images are not on this machine as they were.
    """
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    folder, task = dataset.arrays(), dataset.task
    images = np.load(folder / "train_images.npy", mmap_mode="r")
    labels = np.load(folder / "train_labels.npy", mmap_mode="r")
    channels, height, width = task.image
    height, width = _size(height, width)
    names = task.class_names[:CLASSES]
    font = ImageFont.load_default(_TEXT)
    left = _GAP + max(int(font.getlength(name)) + 1 for name in names) + _GAP
    down = max(height, _TEXT + _GAP) + _GAP
    size = (left + PICTURES * (width + _GAP), _GAP + len(names) * down)
    drawn = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(drawn)
    for row, name in enumerate(names):
        top = _GAP + row * down
        pen.text((_GAP, top), name, fill="black", font=font)
        places = np.flatnonzero(labels == row)
        chosen = places[np.unique(np.linspace(0, len(places) - 1, PICTURES).astype(int))]
        for column, place in enumerate(chosen):
            pixels = images[place][:3] if channels >= 3 else np.repeat(images[place][:1], 3, axis=0)
            picture = Image.fromarray(np.ascontiguousarray(np.moveaxis(pixels, 0, 2)))
            smaller = height < picture.height or width < picture.width
            how = Image.Resampling.BILINEAR if smaller else Image.Resampling.NEAREST
            drawn.paste(picture.resize((width, height), how), (left + column * (width + _GAP), top))
    content = io.BytesIO()
    drawn.save(content, format="PNG")
    return content.getvalue()


def _size(height: int, width: int) -> tuple[int, int]:
    """Returns the size in which a picture is drawn: enlarged by a whole number, or both sides smaller alike."""
    times = min(-(-_LEAST // min(height, width)), _MOST // max(height, width))
    if times >= 1:
        return height * times, width * times
    share = _MOST / max(height, width)
    return max(1, round(height * share)), max(1, round(width * share))
