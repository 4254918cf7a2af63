"""`Counts`: how many images scores are of, known without reading any."""

from dataclasses import dataclass
from functools import cache

from train.data.dataset import Source
from train.data.idx import count_images
from train.data.split import HELD_OUT

_IMAGES = {"mnist": (60_000, 10_000), "digits": (1_500, 297)}  # to train on and to test with


@dataclass(frozen=True, slots=True)
class Counts:
    """A value that says how many images a data set has: held out in a search, and to test with."""

    held_out: int
    test: int


def usual_counts(dataset: str) -> Counts:
    """Returns those of the data set of that name."""
    training, test = _IMAGES[dataset]
    return Counts(training // HELD_OUT, test)


@cache
def counts(source: Source) -> Counts:
    """Returns those of the images there, as the heads of their files say; raises BadData where these are damaged."""
    if source.folder is None:
        return usual_counts(source.name)
    return Counts(count_images(source.folder, "train") // HELD_OUT, count_images(source.folder, "t10k"))
