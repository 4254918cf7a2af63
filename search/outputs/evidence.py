"""What is said for a design in the files that a user takes away: what it reached, and where it comes from."""

import datetime
from collections.abc import Sequence
from pathlib import Path

from results.export.evidence import Evidence
from results.findings.estimate import estimate_confirmed, estimate_of
from results.findings.records import TrialRecord
from results.wording.counted import counted
from results.wording.counted import last_epochs as last_of
from results.wording.limits import limits_in_words
from results.wording.percent import percent, spread
from results.wording.selection import notes, sure
from results.wording.trial import reached
from search.replication.confirm import StoredConfirmation, stored_confirmation
from search.settings import counted_epochs
from search.study.allowed import limits_of
from search.study.beginning import versions
from search.study.begun import identity_of
from search.study.designs import NamedDesign
from space.known.zoo import ZooDesign
from train.data.counts import usual_counts
from train.data.dataset import Dataset


def evidence(found: NamedDesign, source: Dataset, *, runs: Path, parameters: int) -> Evidence:
    """Gathers what an exported file says for its network.

    Args:
        source: The images that the network is for.
        runs: The folder that has confirmations.
        parameters: Of the exported network, which may be folded.

    Raises:
        UserError: A confirmation of the design, or its study, cannot be read.
    """
    record = found.record
    stored = None if found.zoo else _confirmation(found, source, runs)
    lines = ("not trained by this program: initial weights only",)
    found_by = f"{found.name}, given by its name"
    if record is not None and found.folder is not None:
        lines = _score_lines(record, found, source, confirmed=stored is not None)
        identity = identity_of(found.folder) or {}
        allowed = limits_in_words(limits_of(identity, record.of_budget))
        found_by = (
            f"trial {record.trial} of study {found.folder.name} (budget {allowed}, "
            f"seed {identity.get('seed')}), from {record.proposer}"
        )
    elif found.zoo:
        lines, found_by = _zoo_lines(found.zoo), found.zoo.found_by
    if stored:
        weights = "those of the search" if found.weights else "initial ones"
        weights = "those of another such training" if found.refitted else weights
        confirmed = stored.confirmation
        images = source.counts.test
        last_epochs, worst = confirmed.last_epochs, confirmed.worst
        lines = (
            *_reached(source.name, confirmed.scores, images=images, last_epochs=last_epochs, worst=worst),
            f"confirmed on all training images; no seed and no epoch was picked; the weights here are {weights}",
            *(lines if record else ()),
        )
    elif found.refitted:
        lines = ("the weights here are those of another training, on all training images", *lines)
    return Evidence(
        title=f"A network of {parameters:,} parameters for {_what(source)}.",
        scores=lines,
        found_by=found_by,
        dataset=source.name if source.plain else f"{source.name}, prepared otherwise",
        task=source.task,
        versions=versions(),
        date=datetime.date.today().isoformat(),
        last_epochs=_last_epochs(found),
        pixels=source.pixels,
    )


def _last_epochs(found: NamedDesign) -> int:
    """Returns how many last epochs count of the design's training: of a study or the zoo as many as there."""
    own, epochs = found.zoo.last_epochs if found.zoo else found.last_epochs, found.design.recipe.epochs
    return counted_epochs(None, epochs) if own is None else min(own, epochs)


def _what(source: Dataset) -> str:
    """Tells the images that the network is for."""
    channels, height, width = source.task.image
    if source.name in ("mnist", "digits"):
        return f"{height}x{width} handwritten digits"
    colours = {1: "grey", 3: "colour"}.get(channels, f"{channels}-channel")
    return f"{height}x{width} {colours} pictures of {source.task.classes} classes"


def _score_lines(record: TrialRecord, found: NamedDesign, source: Dataset, *, confirmed: bool) -> tuple[str, ...]:
    assert found.folder is not None
    identity = identity_of(found.folder) or {}
    if record.score is None:
        return (f"{record.verdict}, {reached(record) or 'no score'}",)
    last = record.accuracies[-identity.get("hold", 5) :]
    interval = sure(estimate_of(record))
    finals, of = (), f", {interval} on {counted(record.images, 'image')}"
    if record.finals:
        many = f"{len(record.finals)} more trainings" if len(record.finals) > 1 else "another training"
        others = ", on the same held-out images" if source.held_out_given else " and held-out images"
        finals = (f"{spread(record.finals)} in {many} with other seeds{others}{of}",)
    chosen = found.selection or found.of_front
    by = "chosen on held-out images" if chosen else "of held-out images, by which the search chooses"
    said = [f"{by}, so a little optimistic"]
    said += [] if confirmed else ["nothing was scored on the test set"]
    return (
        *finals,
        f"held-out accuracy {percent(record.score)}, mean of {last_of(len(last))} "
        f"(from {percent(min(last))} to {percent(max(last))}), one seed{'' if finals else of}",
        f"{source.name}: {'; '.join(said)}",
        *(notes(found.selection) if found.selection else ()),
    )


def _confirmation(found: NamedDesign, source: Dataset, runs: Path) -> StoredConfirmation | None:
    return stored_confirmation(found.design, source.key, runs=runs, last_epochs=found.last_epochs)


def _reached(
    dataset: str, scores: Sequence[float], *, images: int, last_epochs: int, worst: float
) -> tuple[str, str]:
    seeds = "one seed" if len(scores) == 1 else f"{len(scores)} seeds"
    return (
        f"{dataset}: test accuracy {spread(scores)} over {seeds}, mean of {last_of(last_epochs)}; "
        f"the worst of these epochs {percent(worst)}",
        f"{sure(estimate_confirmed(scores, images))} on {counted(images, 'test image')}",
    )


def _zoo_lines(design: ZooDesign) -> tuple[str, ...]:
    images, last_epochs = usual_counts(design.dataset).test, design.last_epochs
    return (
        *_reached(design.dataset, design.scores, images=images, last_epochs=last_epochs, worst=design.worst),
        "chosen on held-out images only, then trained on all training images; no seed and no epoch was picked",
        "the weights are those of the first seed",
    )
