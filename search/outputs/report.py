"""Everything about a study on one page."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.findings.records import TrialRecord
from results.findings.selection import selected
from results.wording.percent import in_full
from search.settings import stored_space
from search.study.allowed import allowed
from search.study.begun import settings_of
from search.study.folder import StudyFolder
from search.study.images import find_images, known_images
from space.choices.augment_sets import default_augment
from space.choices.search_space import OwnSpace
from train.data.dataset import Dataset

if TYPE_CHECKING:
    from results.report.page import Confirmed, StudyFacts


_INSTEAD = (
    "These are scikit-learn's 1,797 digits, in place of MNIST, which was not to be had: figures are not MNIST's. Why "
    "that was so stands among the settings below."
)


def report(folder: StudyFolder, *, data_root: Path, tested: Dataset | None = None) -> str:
    """Returns the study's page, HTML that holds all that it shows.

    Confirmations and the ladder of the winner are those that stand beside the study.

    Args:
        data_root: The folder to look for MNIST in where it is not in the one that the study was searched with.
        tested: The study's images with others to test with, where it was confirmed by these.

    Raises:
        UserError: The study, or a record of its winner's, cannot be read.
        NothingFinished: No trial was trained to its end.
        BadData: The images cannot be read.
    """
    from results.report.page import render
    from search.outputs.importance import importance
    from search.replication.explain import stored_ladder
    from search.study.reading import check_network, read_records

    records, begun = read_records(folder), settings_of(folder)
    best = selected(records, study=folder.name, command=begun["command"]).winner
    check_network(best)
    known, source = known_images(folder), find_images(folder, None, data_root)
    return render(
        _facts(folder, begun, known, records),
        records,
        task=(source or known).task,
        importance=importance(folder, records),
        confirmed=_confirmed(best, tested or source, tested or known, folder, begun["identity"]["hold"]),
        ladder=stored_ladder(folder.runs, best.fingerprint, known.split_key),
        image=source.first_image() if source else None,
    )


def _facts(folder: StudyFolder, begun: dict[str, Any], images: Dataset, records: list[TrialRecord]) -> "StudyFacts":
    """begun: what was written down at the study's beginning, also of its images."""
    from results.report.page import StudyFacts
    from search.replication.seeds import stored_seconds
    from search.study.reading import read_settings

    identity = begun["identity"]
    settings = read_settings(folder) | identity | {"target": in_full(begun["target"])}
    if isinstance(space := stored_space(read_settings(folder)["space"]), OwnSpace):
        settings["space"] = space.describe()
    if "augment" in settings:
        settings["augment"] = settings["augment"] or default_augment(images.task)
    if images.pixels:
        settings["pixels"] = images.pixels
    settings.pop("data", None)  # what of it is to be read stands in the identity
    if begun["note"]:
        settings["note on the data"] = begun["note"]
    return StudyFacts(
        name=folder.name,
        dataset=identity["dataset"],
        budget=identity["budget"],
        limits=allowed(identity),
        epochs=identity["epochs"],
        last_epochs=identity["hold"],
        target=begun["target"],
        command=begun["command"],
        created=begun["created"],
        settings={name.replace("_", " "): _words(value) for name, value in sorted(settings.items())},
        versions=begun["versions"],
        note=_INSTEAD if identity["dataset"] == "digits" and "MNIST" in begun["note"] else "",
        finals_seconds=stored_seconds(folder.path / "finals", _finals(records, identity["seed"])),
        drawn_from=None if images.held_out_given else images.counts.training,
        tests=images.counts.test,
        by_command=folder.runs.name == "runs",  # where commands look for studies
    )


def _finals(records: list[TrialRecord], seed: int) -> Iterator[tuple[str, int]]:
    """Yields the trainings of the finals, each by its design's fingerprint and its seed."""
    for record in records:
        yield from ((record.fingerprint, seed + number) for number, _ in enumerate(record.finals, start=1))


def _words(value: object) -> str:
    if isinstance(value, list):  # of the budget and the limits beside it
        return " / ".join(map(_words, value))
    if isinstance(value, dict):  # how many images there are
        return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in value.items())
    if isinstance(value, float):
        return f"{value:g}"
    return {"None": "none", "True": "yes", "False": "no"}.get(str(value), str(value))


def _confirmed(
    best: TrialRecord, source: Dataset | None, known: Dataset, folder: StudyFolder, last_epochs: int
) -> "Confirmed | None":
    """source: the images where they are on this machine; known: as the study says that they were."""
    from results.report.page import Confirmed
    from search.replication.confirm import stored_confirmation

    stored = stored_confirmation(best.design, known.key, runs=folder.runs, last_epochs=last_epochs)
    if stored is None:
        return None
    return Confirmed(
        confirmation=stored.confirmation,
        precision=stored.precision,
        answers=stored.answers(best.design.architecture, source),
        images=known.counts.test,
    )
