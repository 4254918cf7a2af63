"""Ask a confirmed network for its answers to the test images, to be shown; nothing is chosen by them."""

import contextlib
import json
from pathlib import Path

from results.findings.answers import Answers, Mistake
from results.findings.confirmation import SeedRun
from results.wording.counted import counted
from results.wording.percent import percent
from search.errors import UserError
from space.architecture import Architecture
from train.data.dataset import Dataset
from train.data.images import as_picture
from train.device import Precision
from train.files.digests import BLANK, as_object, digest, seal
from train.files.whole import read_whole, write_whole
from train.scores import same_network

_MISTAKES = 24  # that are shown
_BATCH = 1_000


def stored_answers(
    architecture: Architecture, weights: Path, run: SeedRun, source: Dataset | None, *, trained_in: Precision
) -> Answers | None:
    """Read the answers from the file beside the weights, or make them, which takes seconds, and store them there.

    None stands for answers that are not stored where there are no images to make them with.

    Raises:
        UserError: The weights are not this network's, or not those that the run scored with.
        BadData: The images cannot be read.
    """
    file, written = weights.with_suffix(".answers"), digest(read_whole(weights))
    given = _read(file, written)
    if given is None:
        if source is None:
            return None
        given = answers(architecture, weights, run, source)
        record = {"weights": written, "answers": given.to_json(), "sha256": BLANK}
        with contextlib.suppress(OSError):  # it can be done without
            write_whole(seal(json.dumps(record).encode()), file)
    accuracy, said = (given.images - given.wrong) / given.images, run.accuracies[-1]
    if not same_network(accuracy, said, given.images, trained_in=trained_in):
        raise UserError(
            f"the weights {weights} reach {percent(accuracy)} of {counted(given.images, 'test image')}, their record "
            f"says {percent(said)}: one of the two is damaged, or the images are others; remove "
            f"{weights.with_suffix('.json')} to train the run again"
        )
    return given


def _read(file: Path, weights_sha256: str) -> Answers | None:
    """Read the answers that were given with these weights; None where they are to be made anew."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        stored = as_object(read_whole(file), ("weights", "answers"))
        if stored["weights"] == weights_sha256:
            return Answers.from_json(stored["answers"])
    return None


def answers(architecture: Architecture, weights: Path, run: SeedRun, source: Dataset) -> Answers:
    """Ask the network with these weights, which are those of the run, for each test image.

    Raises:
        UserError: The weights are not this network's.
        BadData: The images cannot be read.
    """
    import torch

    from train.evaluation import normalise, unit_pixels
    from train.fast.process import prepared
    from train.files.weights import BadWeights, load
    from train.model import build

    test = source.test()
    with prepared(), torch.inference_mode():
        model = build(architecture, seed=0).eval()
        try:
            load(model, weights, run.weights_sha256)
        except BadWeights as error:
            raise UserError(f"{error}; remove {weights.with_suffix('.json')} to train the run again") from None
        batches = [
            model(normalise(unit_pixels(part), source.task.mean, source.task.std)).softmax(1)
            for part in test.images.split(_BATCH)
        ]
    certainties, answered = torch.cat(batches).max(1)  # (N,) each
    classes = architecture.classes
    confusion = torch.bincount(classes * test.labels + answered, minlength=classes**2).view(classes, classes)
    wrong = (answered != test.labels).nonzero().flatten()
    worst = wrong[certainties[wrong].argsort(descending=True, stable=True)][:_MISTAKES].tolist()
    return Answers(
        seed=run.seed,
        confusion=confusion.numpy(),
        mistakes=tuple(
            Mistake(
                image=as_picture(test.images[index].numpy()),
                truth=int(test.labels[index]),
                answer=int(answered[index]),
                certainty=float(certainties[index]),
            )
            for index in worst
        ),
    )
