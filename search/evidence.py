"""What is said for a design in the files that a user takes away: what it reached, and where it comes from."""

import datetime

from results.export import Evidence
from results.records import TrialRecord
from search.designs import Found
from search.progress import percent, spread
from search.run import versions
from space.zoo import ZooDesign
from train.data import Source


def evidence(found: Found, source: Source, *, mean: float, std: float) -> Evidence:
    """`mean` and `std` are of the training pixels in [0, 1]."""
    record = found.record
    lines = ("not trained by this program: initial weights only",)
    found_by = f"{found.name}, given by its name"
    if record is not None and found.folder is not None:
        lines = _score_lines(record, found, source)
        identity = found.folder.identity() or {}
        found_by = (
            f"trial {record.trial} of study {found.folder.name} (budget {identity.get('budget'):,} parameters, "
            f"seed {identity.get('seed')}), from {record.proposer}"
        )
    elif found.zoo:
        lines, found_by = _zoo_lines(found.zoo), found.zoo.found_by
    return Evidence(
        title=f"A network of {found.design.architecture.parameters:,} parameters for 28x28 handwritten digits.",
        scores=lines,
        found_by=found_by,
        mean=mean,
        std=std,
        versions=versions(),
        date=datetime.date.today().isoformat(),
    )


def _score_lines(record: TrialRecord, found: Found, source: Source) -> tuple[str, ...]:
    assert found.folder is not None
    identity = found.folder.identity() or {}
    if record.score is None:
        return (f"{record.verdict} after {record.epochs} epochs: no score",)
    last = record.accuracies[-identity.get("hold", 5) :]
    finals = ()
    if record.finals:
        many = f"{len(record.finals)} more trainings" if len(record.finals) > 1 else "another training"
        finals = (f"{spread(record.finals)} in {many} with other seeds and held-out images",)
    return (
        f"held-out accuracy {percent(record.score)}, mean of the last {len(last)} epochs "
        f"(from {percent(min(last))} to {percent(max(last))}), one seed",
        *finals,
        f"{source.name}: chosen on held-out images, so a little optimistic; the test set was not read",
    )


def _zoo_lines(kept: ZooDesign) -> tuple[str, ...]:
    return (
        f"{kept.dataset}: test accuracy {spread(kept.scores)} over {len(kept.scores)} seeds, mean of the last "
        f"{kept.hold} epochs; the worst of these epochs {percent(kept.worst)}",
        "chosen on held-out images only, then trained on all training images; no seed and no epoch was picked",
        "the weights are those of the first seed",
    )
