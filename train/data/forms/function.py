"""Calls a function of the user's, package.module:function, that returns a torch Dataset or arrays."""

import importlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Found
from train.data.forms.naming import own
from train.data.images import as_picture

if TYPE_CHECKING:
    import numpy as np

NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_FORMS = (
    "images and labels must come as (x, y), (x_train, y_train, x_test, y_test), a dict of such arrays, a torch "
    "Dataset of images with labels, or a pair of them, to train on and to test with"
)


def find_function(given: str) -> Found:
    """Returns the data set that a function returns, which is called each time: what it follows from is not known."""
    return Found(name=own(given.rpartition(":")[2]), given=given, files=None, read=lambda: read_function(given))


def read_function(given: str) -> Contents:
    """Calls it; raises BadData where it cannot be found, fails, or returns something else than images and labels."""
    from train.data.forms.named_arrays import contents_of

    return contents_of(named(called(given), f"{given} returned"), given)


def called(given: str) -> Any:
    """Returns what a function of the user's returns; raises BadData where it cannot be found or fails."""
    module, _, name = given.partition(":")
    try:
        return getattr(importlib.import_module(module), name)()
    except Exception as error:  # whatever code of the user's raises
        reason = " ".join(str(error).split())
        raise BadData(f"{given} could not be called ({type(error).__name__}: {reason})") from None


def named(data: Any, where: str) -> "Mapping[str, np.ndarray]":
    """Returns images and labels, however they come, as arrays by the names that they have in an .npz file.

    where: What messages begin with, such as "package.module:function returned".

    Raises:
        BadData: They come in none of these forms, or raise something where they are looked at.
    """
    try:
        return _named(data, where)
    except BadData:
        raise
    except Exception as error:  # whatever items of the user's raise, and arrays of rows that differ in length
        reason = " ".join(str(error).split())
        raise BadData(f"{where} what cannot be read ({type(error).__name__}: {reason}); {_FORMS}") from None


def _named(data: Any, where: str) -> "Mapping[str, np.ndarray]":
    import numpy as np

    if isinstance(data, Mapping):
        return {str(name): np.asarray(value) for name, value in data.items()}
    if not isinstance(data, Sequence):
        return _of_items(data, "train", where)
    if len(data) == 4:
        return dict(zip(("x_train", "y_train", "x_test", "y_test"), map(np.asarray, data), strict=True))
    if len(data) != 2:
        raise BadData(f"{where} {len(data)} thing{'s' * (len(data) != 1)}; {_FORMS}")
    train, test = data
    if all(isinstance(pair, Sequence) and len(pair) == 2 and np.ndim(pair[0]) >= 3 for pair in data):
        return _named((*train, *test), where)
    if hasattr(train, "__getitem__") and not hasattr(train, "shape") and not isinstance(train, Sequence):
        return _of_items(train, "train", where) | _of_items(test, "test", where)
    return {"x_train": np.asarray(train), "y_train": np.asarray(test)}


def _of_items(items: Any, part: str, where: str) -> "dict[str, np.ndarray]":
    """Returns the images and labels of a torch Dataset, whose items are pictures or arrays with a class each."""
    import numpy as np

    if not hasattr(items, "__getitem__") or not hasattr(items, "__len__"):
        raise BadData(f"{where} {type(items).__name__}; {_FORMS}")
    if not len(items):
        raise BadData(f"{where} {type(items).__name__} without items; images with labels are needed")
    pairs = [items[place] for place in range(len(items))]
    if any(not isinstance(pair, Sequence) or len(pair) != 2 for pair in pairs):
        raise BadData(f"{where} {type(items).__name__} whose items are no pairs of image and label; {_FORMS}")
    images = _pixels([image for image, _ in pairs], where)
    shapes = {image.shape for image in images}
    if len(shapes) > 1:
        raise BadData(f"{where} images of {len(shapes)} shapes ({shapes.pop()}, {shapes.pop()}); make them one")
    stacked = np.stack(images)
    made = {f"x_{part}": stacked, f"y_{part}": np.asarray([label for _, label in pairs])}
    names = getattr(items, "classes", None)
    if part == "train" and names is not None and made[f"y_{part}"].dtype.kind in "iu":
        made["class_names"] = np.array([str(name) for name in names])
    return made


def _pixels(images: Sequence[Any], where: str) -> "list[np.ndarray]":
    """Returns images as arrays, Pillow's as files of them are read: (H, W), or (H, W, 3) if any has colours."""
    import numpy as np
    from PIL import Image

    from train.data import pictures

    looks = [pictures.looks_of(image) for image in images if isinstance(image, Image.Image)]
    if failure := next((look.failure for look in looks if look.failure), ""):
        raise BadData(f"{where} a picture that cannot be read: {failure}")
    colour = any(look.colour for look in looks)
    return [
        as_picture(pictures.as_pixels(image, colour=colour)) if isinstance(image, Image.Image) else np.asarray(image)
        for image in images
    ]
