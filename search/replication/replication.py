"""`Replication`, which says how a design is trained again, and `Interrupted`, the end that somebody asked for."""

from dataclasses import dataclass
from pathlib import Path

from results.wording.counted import counted
from search.limits import check_range
from space.choices.augment_sets import Augment
from train.data.dataset import Dataset
from train.device import DeviceName, PrecisionName


@dataclass(frozen=True, kw_only=True, slots=True)
class Replication:
    """A value that says how a design is trained again: on which images, how many times, by what.

    Attributes:
        source: The images.
        seeds: How many trainings, each with a seed of its own; from 1 to 100.
        last_epochs: How many last epochs count; None is the last third, 5 at most.
        workers: How many processes train.
        runs: The folder below which finished trainings are stored, and found again by the next call.
        augment: The set of augmentations of the design's study, which a teacher of its has, too; None is the one that
            suits the images.

    Raises:
        UserError: `seeds` is out of range.
    """

    source: Dataset
    seeds: int
    last_epochs: int | None
    workers: int
    device: DeviceName
    precision: PrecisionName
    runs: Path
    augment: Augment | None = None

    def __post_init__(self) -> None:
        check_range("seeds", self.seeds, 1, 100)


class Interrupted(Exception):
    """An end that the caller's `Stop` asked for. What is trained is stored, and the same call goes on from there.

    Attributes:
        done: How many trainings are finished.
        trainings: How many there were to be.
    """

    def __init__(self, done: int, trainings: int) -> None:
        are = "is" if trainings == 1 else "are"
        super().__init__(f"{done} of {counted(trainings, 'training')} {are} done; the same call goes on")
        self.done = done
        self.trainings = trainings
