"""What passes between the coordinator and its workers."""

from dataclasses import dataclass
from pathlib import Path

from space.design import Design
from train.scores import EpochScore

LIVES = 3  # workers that one training may kill before it is given up


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A value that says which trial to train, and how.

    Attributes:
        seed: Of initialisation, order, augmentation and dropout.
        checkpoints: Folder of the trial's checkpoints, on the machine that trains it.
    """

    trial: int
    design: Design
    seed: int
    checkpoints: Path

    @property
    def epochs(self) -> int:
        """Return how many epochs the whole training has."""
        return self.design.recipe.epochs


@dataclass(frozen=True, slots=True)
class Ready:
    """A message: a worker has loaded what it trains with. One that dies before that is no trial's fault."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A message to a worker: what it trained for is over, and another workplace may come."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A message: a trial came to its last epoch. weights: what a safetensors file of its network has."""

    trial: int
    weights: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """A message: a trial diverged or failed in training."""

    trial: int
    diverged: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A message: the worker of a trial died while it trained it."""

    trial: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unwritable:
    """A message: a worker cannot write a trial's checkpoint. The trial is not to blame, and cannot go on there."""

    trial: int
    reason: str


@dataclass(frozen=True, slots=True)
class Uncompiled:
    """A message: a worker cannot store the compiled engine, without which it trains nothing."""

    trial: int
    reason: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A message: a trial ended an epoch and waits to be asked for the next. again: whether a checkpoint has it from
    before, and nothing was trained."""

    trial: int
    score: EpochScore
    again: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A message: something that people should know about a trial, in one line; its training goes on."""

    trial: int
    text: str


Event = Scored | Trained | Ended | Lost | Noted | Unwritable | Uncompiled
