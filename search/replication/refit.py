"""Train a design once more on every training image, the held-out ones among them, for a network to predict with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from search.replication.seeds import SeedRuns, Task, stored_runs
from search.replication.teacher import with_teacher
from search.study.begun import augment_of
from search.study.folder import StudyFolder
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.design import Design
from train.data.dataset import Dataset
from train.device import DeviceName, PrecisionName, choose

_FIRST_SEED = 3001  # apart from those of searches, confirmations and explanations


@dataclass(frozen=True, slots=True)
class Refitted:
    """What a training on every training image gave.

    Attributes:
        weights: A safetensors file; None where the training diverged.
        sha256: Its digest.
        diverged: Why the training diverged; empty where it did not.
    """

    weights: Path | None
    sha256: str
    diverged: str


def refit(
    design: Design,
    folder: StudyFolder,
    source: Dataset,
    *,
    seed: int,
    device: DeviceName,
    precision: PrecisionName,
    say: Callable[[str], None],
) -> Refitted:
    """Train the design of a study on all of its training images, unless that is done; the test images are not read.

    seed: Of the study; the training has one of its own, which follows from it.

    Raises:
        UserError: It cannot be trained, stored or read.
        BadDevice: The device is not there.
    """
    chosen, by = choose(device, precision)
    place = Workplace(source=source, seed=seed, device=chosen, precision=by, whole=True, tests=False)
    own = (_FIRST_SEED + seed) % 2**32
    runs = folder.path / "refit"
    if design.recipe.distillation:
        place = with_teacher(
            place, folder.runs, augment=augment_of(folder), stop=Stop(), say=say
        )  # which nobody asks to stop
        assert place
    training = SeedRuns(runs, replace(place, seed=own), workers=1, stop=Stop(), say=say)
    training.train([Task(design, own, "the winner on all training images")])
    run, weights = next(stored for stored in stored_runs(runs, design.fingerprint) if stored[0].seed == own)
    return Refitted(None if run.diverged else weights, run.weights_sha256, run.diverged)
