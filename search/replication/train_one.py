"""Train one design once, outside any study, on the search's training images."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from search.errors import UserError
from search.limits import check_range
from space.choices.augment_sets import Augment
from space.design import Design
from train.data.dataset import Dataset
from train.device import DeviceName, PrecisionName, choose
from train.scores import EpochScore, score_of

if TYPE_CHECKING:
    from train.model import Network


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleTraining:
    """A value that says how a design is trained once: on which images, with which seed, by what.

    Attributes:
        source: The images, parted by `seed` into those to train on and held-out ones.
        last_epochs: How many last epochs count, from 1 to 1,000; all where there are fewer.
        seed: Of the split and of the training, below 2**32.
        test: Whether to score the network on the test set, once, when the training is over.
        runs: The folder below which a teacher is stored, where the recipe has distillation.
        augment: The set of augmentations of the design's study, which a teacher of its has, too; None is the one that
            suits the images.

    Raises:
        UserError: `last_epochs` or `seed` is out of range.
    """

    source: Dataset
    last_epochs: int
    seed: int
    test: bool
    device: DeviceName
    precision: PrecisionName
    runs: Path
    augment: Augment | None = None

    def __post_init__(self) -> None:
        check_range("last_epochs", self.last_epochs, 1, 1_000)
        check_range("seed", self.seed, 0, 2**32 - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedNetwork:
    """A value that says what a training came to.

    Attributes:
        score: Mean held-out accuracy of the last epochs that count, a share in [0, 1].
        seconds: Wall-clock time of all epochs.
        test_accuracy: A share in [0, 1], or None where the test set was not asked for.
        network: The network itself, on the device that trained it.
    """

    parameters: int
    score: float
    seconds: float
    test_accuracy: float | None
    network: "Network"


def train_one(
    design: Design, training: SingleTraining, *, name: str, say: Callable[[str], None]
) -> Iterator[EpochScore | TrainedNetwork]:
    """Train the design; yield a score after each epoch and, after the last, the network. To stop it, stop asking.

    `name` is what people call the design; `say` gets a line on it before the first epoch, and lines on a teacher's
    training where there is one. Torch's settings are changed while an epoch is trained, and between two as they were.

    Raises:
        BadDevice: The device is not there.
        CannotCompile: The compiled engine cannot be stored.
        BadData: The images cannot be read.
        UserError: There are no test images to score it on, or a teacher cannot be trained.
        Diverged: The loss is no longer finite.
    """
    if training.test and not training.source.counts.test:
        raise UserError(f"{training.source.name} has no test images to score the network on; leave `test` out")
    from train.fast.process import prepared_steps

    return prepared_steps(_steps(design, training, name, say))


def _steps(
    design: Design, training: SingleTraining, name: str, say: Callable[[str], None]
) -> Iterator[EpochScore | TrainedNetwork]:
    from train.data.split import split
    from train.evaluation import evaluate
    from train.fast.ready import make_ready
    from train.loop import train
    from train.model import build

    device, precision = choose(training.device, training.precision)
    architecture, source, seed = design.architecture, training.source, training.seed
    data = split(source, seed=seed).to(device)
    network = build(architecture, seed=seed).to(device)
    say(
        f"{name} on {source.name}, {device} {precision}: {architecture.parameters:,} parameters, "
        f"{design.recipe.describe()}"
    )
    for line in make_ready(precision) if device == "cpu" else ():
        say(line)
    teacher = _teacher(training, say) if design.recipe.distillation else None
    scores = []
    for score in train(network, design.recipe, data, seed=seed, precision=precision, teacher=teacher):
        scores.append(score)
        yield score
    test_accuracy = None
    if training.test:
        test_accuracy, _ = evaluate(network, source.test().to(device), data.mean, data.std)
    yield TrainedNetwork(
        parameters=architecture.parameters,
        score=score_of(scores, training.last_epochs),
        seconds=sum(score.seconds for score in scores),
        test_accuracy=test_accuracy,
        network=network,
    )


def _teacher(training: SingleTraining, say: Callable[[str], None]) -> "Network":
    """Train the teacher on the same images, or read it where that is done."""
    from search.replication.teacher import with_teacher
    from search.workers.stopping import Stop
    from search.workers.worker import read_teacher
    from search.workers.workplace import Workplace

    device, precision = choose(training.device, training.precision)
    workplace = Workplace(source=training.source, seed=training.seed, device=device, precision=precision)
    workplace = with_teacher(
        workplace, training.runs, augment=training.augment, stop=Stop(), say=say
    )  # which nobody asks to stop
    assert workplace
    assert workplace.teacher
    return read_teacher(workplace.teacher, workplace.source.task).to(device)
