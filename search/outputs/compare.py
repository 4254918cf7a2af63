"""Designs side by side: what they cost, what they reached, and how sure that is."""

from collections.abc import Sequence
from pathlib import Path

from results.findings.comparison import Compared
from results.findings.estimate import Estimate, estimate_confirmed, estimate_of
from search.errors import UserError
from search.replication.confirm import stored_confirmation
from search.settings import stored_images
from search.study.designs import NamedDesign, find_design
from search.study.images import known_images
from search.study.trial_names import is_trial
from train.data.dataset import Dataset


def compare(designs: Sequence[str], study: str | None, runs: Path) -> list[Compared]:
    """Returns what is known of each design, in their order; nothing is trained.

    A design of no study has the accuracies of a confirmation on the images of a study that it is compared with, or
    else on MNIST or the digits, where there is one.

    Args:
        designs: As `find_design` takes them; a study's name stands for its best.
        study: The study that trials without one are of; the latest searched if None.
        runs: The folder that has studies and confirmations.

    Raises:
        UserError: They are fewer than two, one does not exist, or what is stored of it cannot be read.
        NothingFinished: The best of a study without a trained trial.
        InvalidDesign: A malformed notation.
    """
    if len(designs) < 2:
        raise UserError("compare needs two designs at least, such as best and zoo/8000")
    found = [find_design(text, study if is_trial(text) else None, runs) for text in designs]
    images = [known_images(one.folder) for one in found if one.folder]
    others = [*images, *(stored_images({"dataset": name}) for name in ("mnist", "digits"))]
    return [_compared(text, one, others, runs) for text, one in zip(designs, found, strict=True)]


def _compared(text: str, found: NamedDesign, others: Sequence[Dataset], runs: Path) -> Compared:
    """others: Images that a design of no study may have been confirmed on."""
    record, searched = found.record, None
    if found.zoo:
        images = stored_images({"dataset": found.zoo.dataset})
        confirmed: Estimate | None = estimate_confirmed(found.zoo.scores, images.counts.test)
    elif found.folder:
        images = known_images(found.folder)
        confirmed = _confirmed(found, images, runs)
        searched = estimate_of(record) if record and record.score is not None else None
    else:
        every = ((images, _confirmed(found, images, runs)) for images in others)
        images, confirmed = next(((images, one) for images, one in every if one), (None, None))
    return Compared(
        name=found.name if found.record or found.known else text,
        design=found.design,
        dataset=images.name if images else None,
        images=images.key if images else None,
        record=record,
        searched=searched,
        confirmed=confirmed,
    )


def _confirmed(found: NamedDesign, images: Dataset, runs: Path) -> Estimate | None:
    stored = stored_confirmation(found.design, images.key, runs=runs, last_epochs=found.last_epochs)
    return estimate_confirmed(stored.confirmation.scores, images.counts.test) if stored else None
