"""The command `report`: everything about a study on one page."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.findings.records import TrialRecord, winner
from results.wording.percent import percent
from search.outputs.files import check_target, write_text
from search.study.folder import StudyFolder, find
from train.data.dataset import Source, default_root, first_image
from train.data.idx import find as find_mnist

if TYPE_CHECKING:
    from results.report.page import Confirmed, StudyFacts


def write_report(study: str | None, *, runs: Path, output: Path, force: bool) -> int:
    """Writes the study's page."""
    folder = find(study, runs)
    check_target(output, force=force)
    from results.report.page import render
    from search.outputs.importance import importance
    from search.replication.explain import kept_ladder
    from search.study.reading import read_records

    records, kept = read_records(folder), folder.settings()
    best = winner(records, study=folder.name, command=kept["command"])
    source = _source(kept)
    page = render(
        _facts(folder, kept),
        records,
        importance=importance(folder, records),
        confirmed=_confirmed(best, kept["identity"], source, runs),
        ladder=kept_ladder(runs, best.fingerprint, kept["identity"]["dataset"]),
        digit=first_image(source) if source else None,
    )
    write_text(page, output, force=force)
    print(f"wrote {output}", file=sys.stderr)
    return 0


def _facts(folder: StudyFolder, kept: dict[str, Any]) -> "StudyFacts":
    from results.report.page import StudyFacts
    from search.study.reading import read_settings

    identity = kept["identity"]
    settings = read_settings(folder) | identity | {"target": percent(kept["target"])}
    return StudyFacts(
        name=folder.name,
        dataset=identity["dataset"],
        budget=identity["budget"],
        epochs=identity["epochs"],
        hold=identity["hold"],
        target=kept["target"],
        command=kept["command"],
        created=kept["created"],
        settings={name.replace("_", " "): _words(value) for name, value in sorted(settings.items())},
        versions=kept["versions"],
        note=kept["note"],
    )


def _words(value: object) -> str:
    if isinstance(value, list):  # of the budget and the limits beside it
        return " / ".join(map(_words, value))
    if isinstance(value, float):
        return f"{value:g}"
    return {"None": "none", "True": "yes", "False": "no"}.get(str(value), str(value))


def _source(kept: dict[str, Any]) -> Source | None:
    """The study's images, or None where they are not on this machine; never downloaded."""
    if kept["identity"]["dataset"] == "digits":
        return Source(name="digits")
    for root in filter(None, (kept["data_dir"], default_root())):
        if found := find_mnist(Path(root)):
            return Source(name="mnist", folder=found)
    return None


def _confirmed(best: TrialRecord, identity: dict[str, Any], source: Source | None, runs: Path) -> "Confirmed | None":
    from results.report.page import Confirmed
    from search.replication.confirm import kept_confirmation

    kept = kept_confirmation(best.design, identity["dataset"], runs=runs, hold=identity["hold"])
    if kept is None:
        return None
    return Confirmed(
        confirmation=kept.confirmation,
        precision=kept.precision,
        answers=kept.answers(best.design.architecture, source),
    )
