"""The command `report`: everything about a study on one page."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.confirmation import Confirmation
from results.files import check_target, write_text
from results.records import winner
from search.folder import StudyFolder, find
from train.data import Source, default_root, first_image
from train.device import Precision
from train.idx import find as find_mnist

if TYPE_CHECKING:
    from results.report import Confirmed, StudyFacts

_PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16")  # of confirmations, the reference first


def write_report(study: str | None, *, output: Path, force: bool) -> int:
    """Writes the study's page."""
    folder = find(study)
    check_target(output, force=force)
    from results.report import render
    from search.explain import kept_ladder
    from search.importance import importance
    from search.reading import read_records

    records, kept = read_records(folder), folder.settings()
    best = winner(records, study=folder.name, command=kept["command"])
    source = _source(kept)
    page = render(
        _facts(folder, kept),
        records,
        importance=importance(folder, records),
        confirmed=_confirmed(best.fingerprint, best.notation, kept["identity"], source),
        ladder=kept_ladder(best.fingerprint, kept["identity"]["dataset"]),
        digit=first_image(source) if source else None,
    )
    write_text(page, output, force=force)
    print(f"wrote {output}", file=sys.stderr)
    return 0


def _facts(folder: StudyFolder, kept: dict[str, Any]) -> "StudyFacts":
    from results.report import StudyFacts
    from search.reading import read_settings

    identity = kept["identity"]
    settings = read_settings(folder) | identity
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


def _confirmed(
    fingerprint: str, notation: str, identity: dict[str, Any], source: Source | None
) -> "Confirmed | None":
    """All runs of the design that `confirm` has kept, of the first precision that it has any of."""
    from results.report import Confirmed
    from search.confirm import kept_in
    from search.seeds import kept_runs

    for precision in _PRECISIONS:
        if runs := kept_runs(kept_in(identity["dataset"], precision), fingerprint):
            break
    else:
        return None
    first = next(((run, weights) for run, weights in runs if weights.exists()), None)
    shown = None
    if source and first:
        from search.answers import answers
        from space.architecture import Architecture

        run, weights = first
        shown = answers(Architecture.parse(notation), weights, run.seed, source)
    confirmation = Confirmation(runs=tuple(run for run, _ in runs), epochs=identity["epochs"], hold=identity["hold"])
    return Confirmed(confirmation=confirmation, precision=precision, answers=shown)
