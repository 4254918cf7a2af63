"""Draws a sheet of pictures, a row a class, as a person looks through a data set."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from train.data.dataset import Dataset

PICTURES = 10  # a class
_LEAST, _GAP, _TEXT = 32, 4, 14  # pixels: a picture's side, between pictures, of letters


def sheet(dataset: "Dataset") -> bytes:
    """Returns a PNG with ten training pictures of each class, evenly spread over those that it has.

    Raises:
        BadData: The images are not on this machine as they were.
    """
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    folder, task = dataset.arrays(), dataset.task
    images = np.load(folder / "train_images.npy", mmap_mode="r")
    labels = np.load(folder / "train_labels.npy", mmap_mode="r")
    channels, height, width = task.image
    times = max(1, -(-_LEAST // min(height, width)))  # small pictures are enlarged by whole numbers
    height, width = height * times, width * times
    font = ImageFont.load_default(_TEXT)
    left = _GAP + max(int(font.getlength(name)) + 1 for name in task.class_names) + _GAP
    down = max(height, _TEXT + _GAP) + _GAP
    size = (left + PICTURES * (width + _GAP), _GAP + task.classes * down)
    drawn = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(drawn)
    for row, name in enumerate(task.class_names):
        top = _GAP + row * down
        pen.text((_GAP, top), name, fill="black", font=font)
        places = np.flatnonzero(labels == row)
        chosen = places[np.unique(np.linspace(0, len(places) - 1, PICTURES).astype(int))]
        for column, place in enumerate(chosen):
            pixels = images[place][:3] if channels >= 3 else np.repeat(images[place][:1], 3, axis=0)
            picture = Image.fromarray(np.ascontiguousarray(np.moveaxis(pixels, 0, 2)))
            drawn.paste(
                picture.resize((width, height), Image.Resampling.NEAREST), (left + column * (width + _GAP), top)
            )
    content = io.BytesIO()
    drawn.save(content, format="PNG")
    return content.getvalue()
