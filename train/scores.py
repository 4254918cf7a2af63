"""Defines the values that a training yields and ends in; loads without torch."""

from dataclasses import dataclass

from train.device import Precision


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochScore:
    """A score of one epoch of training.

    Attributes:
        epoch: Counted from 1.
        loss: Mean loss over the epoch's training images, in nats.
        training_accuracy: Share of the epoch's (augmented) training images classified correctly.
        accuracy: Share of held-out images classified correctly, in [0, 1].
        held_loss: Mean cross-entropy over the held-out images, in nats.
        learning_rate: At the epoch's first step.
        seconds: Wall-clock time of the epoch, evaluation included.
    """

    epoch: int
    loss: float
    training_accuracy: float
    accuracy: float
    held_loss: float
    learning_rate: float
    seconds: float


def score_of(scores: list[EpochScore], last_epochs: int) -> float:
    """Returns a training's score: the mean held-out accuracy of its last `last_epochs` epochs, or of all if fewer."""
    last = [score.accuracy for score in scores[-last_epochs:]]
    return sum(last) / len(last)


def pictures_apart(accuracy: float, other: float, images: int) -> int:
    """Returns how many more of so many images one accuracy has right than another; shares in [0, 1]."""
    return round(accuracy * images) - round(other * images)


def same_network(accuracy: float, other: float, images: int, *, trained_in: Precision) -> bool:
    """Returns whether two accuracies on the same images can be one network's, in fp32 and as it was trained.

    On one machine they are equal in fp32; another's arithmetic, or a GPU's, may turn a few pictures, and rounding to
    bf16 turns more, the more the harder they are.
    """
    return abs(pictures_apart(accuracy, other, images)) <= max(2, images // (100 if trained_in == "bf16" else 2_000))


class Diverged(ArithmeticError):
    """A training's loss is no longer finite; the message says in which epoch."""
