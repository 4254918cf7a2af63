"""The answers of a confirmed network to the test images, to be shown; nothing is chosen by them."""

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


def kept_answers(architecture: Architecture, weights: Path, seed: int, source: Source | None) -> Answers | None:
    """As `answers`, which takes seconds, but from the file beside the weights where they are there for these weights,
    else kept in it; None where they are not and there are no images. Raises as `answers` does."""
    file, digest = weights.with_suffix(".answers"), hashlib.sha256(weights.read_bytes()).hexdigest()
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # else they are made anew
        kept = json.loads(file.read_bytes())
        if kept["weights"] == digest:
            return Answers.from_json(kept["answers"])
    if source is None:
        return None
    found = answers(architecture, weights, seed, source)
    with contextlib.suppress(OSError):  # it can be done without
        write_whole(json.dumps({"weights": digest, "answers": found.to_json()}).encode(), file)
    return found


def answers(architecture: Architecture, weights: Path, seed: int, source: Source) -> Answers:
    """Of the network with the weights of the training with `seed`.

    Raises:
        UserError: The weights are not this network's.
        BadData: The images cannot be read.
    """
    import torch

    from train.data.dataset import load_test, load_training
    from train.data.split import moments
    from train.fast import process
    from train.files.weights import BadWeights, load
    from train.model import build

    process.prepare()
    model, test = build(architecture, seed=0).eval(), load_test(source)
    try:
        load(model, weights)
    except BadWeights as error:
        raise UserError(f"{error}; remove it and its record, and confirm the design again") from None
    mean, std = moments(load_training(source), source)
    with torch.inference_mode():
        batches = [model((part.float() / 255 - mean) / std).softmax(1) for part in test.images.split(_BATCH)]
    certainties, answered = torch.cat(batches).max(1)
    confusion = torch.bincount(CLASSES * test.labels + answered, minlength=CLASSES**2).view(CLASSES, CLASSES)
    wrong = (answered != test.labels).nonzero().flatten()
    worst = wrong[certainties[wrong].argsort(descending=True, stable=True)][:_MISTAKES].tolist()
    return Answers(
        seed=seed,
        confusion=confusion.numpy(),
        mistakes=tuple(
            Mistake(
                image=test.images[place, 0].numpy(),
                truth=int(test.labels[place]),
                answer=int(answered[place]),
                certainty=float(certainties[place]),
            )
            for place in worst
        ),
    )
