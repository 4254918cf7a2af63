"""The images that a caller means by `data`: a name, a path, a function, or arrays in memory."""

import functools
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from search.api.arguments import number, switch, whole_if_given
from search.api.places import default_root
from search.errors import UserError
from thimble.names import with_ours, with_theirs
from train.data.dataset import UNREACHED, Dataset, open_dataset
from train.data.forms.function import NAME as FUNCTION
from train.data.forms.function import called, named
from train.data.preparation import Preparation

if TYPE_CHECKING:
    from torch.utils.data import Dataset as TorchDataset

    Data: TypeAlias = str | PathLike[str] | Dataset | tuple[Any, ...] | TorchDataset[Any]
    """A name such as "mnist", a path to a folder or an .npz, .csv or .parquet file, "module:function", what
    `thimble.data` returned, arrays (x, y) or (x_train, y_train, x_test, y_test), a torch data set, or two of them."""

_LOG = logging.getLogger("thimble")
_AS_THEY_ARE = Preparation()
_READING = ("training", "test", "duplicates", "sheet", "first_image")  # methods of a data set that users call


def preparation_of(
    image_size: int | None, *, gray: bool, rgb: bool, limit_images: int | None, hold_out: float | None
) -> Preparation:
    """Returns what a caller wants done to images; raises UserError or BadData where that cannot be."""
    gray, rgb = switch("gray", gray), switch("rgb", rgb)
    if gray and rgb:
        raise UserError("`gray` and `rgb` cannot both be; leave one out")
    return Preparation(
        image_size=whole_if_given("image_size", image_size),
        channels="gray" if gray else "rgb" if rgb else None,
        limit=whole_if_given("limit_images", limit_images),
        hold_out=None if hold_out is None else number("hold_out", hold_out),
    )


def images_of(data: "Data", data_dir: "str | PathLike[str] | None", preparation: Preparation, runs: Path) -> Dataset:
    """Returns the images, having told the logger "thimble" what people must know about them.

    Args:
        data_dir: The folder in which names are looked for; None is $THIMBLE_DATA, or ./data.
        runs: The folder of studies, which remembers that MNIST could not be had.

    Raises:
        BadData, UserError: They cannot be had, or are damaged.
    """
    if isinstance(data, Dataset):
        if preparation not in (_AS_THEY_ARE, data.preparation):
            raise UserError("a data set that is open is prepared already; say how where it is opened")
        return data
    if isinstance(data, str | PathLike) and not _is_function(given := os.fspath(data)):
        opened = open_dataset(
            given,
            default_root() if data_dir is None else Path(data_dir),
            preparation=preparation,
            required=data_dir is not None,
            memory=runs / UNREACHED if given == "auto" else None,
            say=_LOG.info,
        )
    else:
        opened = _in_memory(data, preparation)
    for note in opened.notes:
        _LOG.warning(note)
    return opened


def _is_function(given: str) -> bool:
    return FUNCTION.fullmatch(given) is not None and not os.path.exists(given)


def _in_memory(data: "Data", preparation: Preparation) -> Dataset:
    """Returns what the caller has in memory, or what a function of theirs returns, which finds modules of theirs."""
    from train.data.forms.memory import open_arrays

    if isinstance(data, str | PathLike):
        given = os.fspath(data)
        with with_theirs():
            arrays = named(called(given), f"{given} returned")
        return replace(open_arrays(arrays, name=given.rpartition(":")[2], preparation=preparation), given=given)
    with with_theirs():
        arrays = named(data, "`data` came as")
    return open_arrays(arrays, preparation=preparation)


def _under_our_names(method: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a method of a value one that finds our modules beside a user's own of the same names."""

    @functools.wraps(method)
    def call(self: Any) -> Any:
        with with_ours():
            return method(self)

    return call


for _name in _READING:
    setattr(Dataset, _name, _under_our_names(getattr(Dataset, _name)))
