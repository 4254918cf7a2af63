"""Ask a confirmed network for its answers to the test images, to be shown; nothing is chosen by them."""

import contextlib
import hashlib
import json
from pathlib import Path

from results.findings.answers import Answers, Mistake
from search.errors import UserError
from space.architecture import CLASSES, Architecture
from train.data.dataset import Source
from train.files.whole import write_whole

_MISTAKES = 24  # that are shown
_BATCH = 1_000


def stored_answers(architecture: Architecture, weights: Path, seed: int, source: Source | None) -> Answers | None:
    """Read the answers from the file beside the weights, or make them, which takes seconds, and store them there.

    None stands for answers that are not stored where there are no images to make them with.

    Raises:
        UserError, BadData: As `answers` does.
    """
    file, digest = weights.with_suffix(".answers"), hashlib.sha256(weights.read_bytes()).hexdigest()
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # else they are made anew
        stored = json.loads(file.read_bytes())
        if stored["weights"] == digest:
            return Answers.from_json(stored["answers"])
    if source is None:
        return None
    made = answers(architecture, weights, seed, source)
    with contextlib.suppress(OSError):  # it can be done without
        write_whole(json.dumps({"weights": digest, "answers": made.to_json()}).encode(), file)
    return made


def answers(architecture: Architecture, weights: Path, seed: int, source: Source) -> Answers:
    """Ask the network with these weights, which are those of the training with `seed`, for each test image.

    Raises:
        UserError: The weights are not this network's.
        BadData: The images cannot be read.
    """
    import torch

    from train.data.dataset import load_test, load_training
    from train.data.split import moments
    from train.fast.process import prepared
    from train.files.weights import BadWeights, load
    from train.model import build

    model, test = build(architecture, seed=0).eval(), load_test(source)
    try:
        load(model, weights)
    except BadWeights as error:
        raise UserError(f"{error}; remove it and its record, and confirm the design again") from None
    mean, std = moments(load_training(source), source)
    with prepared(), torch.inference_mode():
        batches = [model((part.float() / 255 - mean) / std).softmax(1) for part in test.images.split(_BATCH)]
    certainties, answered = torch.cat(batches).max(1)  # (N,) each
    confusion = torch.bincount(CLASSES * test.labels + answered, minlength=CLASSES**2).view(CLASSES, CLASSES)
    wrong = (answered != test.labels).nonzero().flatten()
    worst = wrong[certainties[wrong].argsort(descending=True, stable=True)][:_MISTAKES].tolist()
    return Answers(
        seed=seed,
        confusion=confusion.numpy(),
        mistakes=tuple(
            Mistake(
                image=test.images[index, 0].numpy(),
                truth=int(test.labels[index]),
                answer=int(answered[index]),
                certainty=float(certainties[index]),
            )
            for index in worst
        ),
    )
