"""Confirm a design: train it over several seeds on all training images, and score it on the test set.

Nothing is chosen by the test set: no best epoch, no best seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from results.findings.answers import Answers
from results.findings.confirmation import Confirmation, SeedRun
from results.wording.counted import counted
from search.errors import UserError
from search.replication.answers import stored_answers
from search.replication.replication import Interrupted, Replication
from search.replication.seeds import SeedRuns, Task, UnderWay, stored_runs
from search.replication.teacher import with_teacher
from search.settings import counted_epochs
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.architecture import Architecture
from space.design import Design
from train.data.dataset import Dataset
from train.device import Precision, choose

_FIRST_SEED = 1001  # far from those that searches are begun with
_PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16")  # the reference first


def confirm(
    design: Design,
    replication: Replication,
    *,
    name: str,
    stop: Stop,
    say: Callable[[str], None],
    watch: Callable[[UnderWay], None] | None = None,
) -> Confirmation:
    """Train the design with each seed, as far as that is not done yet, and return what it reaches.

    `name` is what people call the design; `say` gets a head of three lines, then a line now and then;
    `watch`, if given, is called instead of those, a few times a second, with how far the trainings are.

    Raises:
        UserError: There are no test images, `last_epochs` is more than the design's epochs, or a training cannot be
            done, stored or read.
        BadDevice: The device is not there.
        Interrupted: `stop` asked for the end.
    """
    epochs = design.recipe.epochs
    last_epochs = counted_epochs(replication.last_epochs, epochs)
    source = replication.source
    if not source.counts.test:
        raise UserError(
            f"{source.name} has no test images, by which a confirmation scores; give some, as in "
            f"ThimbleClassifier.confirm(X_test, y_test), or name images that have them with `dataset`"
        )
    device, precision = choose(replication.device, replication.precision)
    say(
        f"{name} on all training images of {source.name}, {counted(replication.seeds, 'seed')} of "
        f"{counted(epochs, 'epoch')}, {device} {precision}: {counted(design.architecture.parameters, 'parameter')}\n"
        f"  {design.architecture.notation}\n  {design.recipe.describe()}"
    )
    workplace: Workplace | None = Workplace(source=source, seed=0, device=device, precision=precision, whole=True)
    if design.recipe.distillation:
        workplace = with_teacher(workplace, replication.runs, augment=replication.augment, stop=stop, say=say)
    runs: list[SeedRun] = []
    if workplace:
        folder = confirmations_folder(replication.runs, source.key, precision)
        training = SeedRuns(folder, workplace, workers=replication.workers, stop=stop, say=say, watch=watch)
        numbers = range(_FIRST_SEED, _FIRST_SEED + replication.seeds)
        runs = training.train([Task(design, number, f"seed {number}") for number in numbers])
    if stop.requested:
        raise Interrupted(len(runs), replication.seeds)
    return Confirmation(runs=tuple(runs), epochs=epochs, last_epochs=last_epochs)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredConfirmation:
    """A confirmation that was made before.

    Attributes:
        weights: For each of its runs the safetensors file of its network, which is missing where the run diverged.
    """

    confirmation: Confirmation
    precision: Precision
    weights: tuple[Path, ...]

    def answers(self, architecture: Architecture, source: Dataset | None) -> Answers | None:
        """Return the answers of the first run that has weights to the test images, made now unless they are stored.

        None stands for no run with weights, or for answers that are not stored where there are no images either.

        Raises:
            UserError: The weights are not this network's.
            BadData: The images cannot be read.
        """
        for run, file in zip(self.confirmation.runs, self.weights, strict=True):
            if file.exists():
                return stored_answers(architecture, file, run, source, trained_in=self.precision)
        return None


def keep_answers(design: Design, replication: Replication) -> None:
    """Store what the confirmed design gets wrong, for reports, as long as torch and the images are at hand."""
    stored = stored_confirmation(
        design, replication.source.key, runs=replication.runs, last_epochs=replication.last_epochs
    )
    if stored:
        stored.answers(design.architecture, replication.source)


def stored_confirmation(
    design: Design, images_key: str, *, runs: Path, last_epochs: int | None
) -> StoredConfirmation | None:
    """Return all stored runs of the design in the first precision that it has any of, or None.

    images_key: The `Dataset.key` of the images that they were trained on.

    Raises:
        UserError: A run cannot be read.
    """
    for precision in _PRECISIONS:
        if stored := stored_runs(confirmations_folder(runs, images_key, precision), design.fingerprint):
            seed_runs, weights = zip(*stored, strict=True)
            epochs = design.recipe.epochs
            return StoredConfirmation(
                confirmation=Confirmation(
                    runs=seed_runs, epochs=epochs, last_epochs=counted_epochs(last_epochs, epochs)
                ),
                precision=precision,
                weights=weights,
            )
    return None


def confirmations_folder(runs: Path, images_key: str, precision: Precision) -> Path:
    """Name the folder of all confirmations on the images with that `Dataset.key`."""
    return runs / ".confirmed" / f"{images_key}-{precision}"
