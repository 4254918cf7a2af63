"""What passes between the coordinator and its workers."""

from dataclasses import dataclass
from pathlib import Path

from space.design import Design
from train.scores import EpochScore


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A trial to train.

    Attributes:
        seed: Of initialisation, order, augmentation and dropout.
        weights: Where the trained weights go.
        checkpoints: Folder of the trial's checkpoints.
    """

    trial: int
    design: Design
    seed: int
    weights: Path
    checkpoints: Path


@dataclass(frozen=True, slots=True)
class Trained:
    """A trial came to its last epoch and its weights are written."""

    trial: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A trial that diverged or failed in training."""

    trial: int
    diverged: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker of a trial died."""

    trial: int
    reason: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A trial ended an epoch and waits to be asked for the next."""

    trial: int
    score: EpochScore


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that people should know about a trial, in one line; its training goes on."""

    trial: int
    text: str


Event = Scored | Trained | Ended | Lost | Noted
