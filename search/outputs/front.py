"""The networks of a study's front as files, those of each of its budgets or of each size that none beats."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from results.findings.selection import front_of
from search.errors import UserError
from search.outputs.export import Export, export
from search.outputs.targets import Targets
from search.study.designs import find_design
from search.study.folder import StudyFolder
from search.study.reading import read_records


def export_front(
    folder: StudyFolder,
    place: Path,
    *,
    images: Path | None,
    root: Path,
    fold_norms: bool = False,
    force: bool = False,
) -> Iterator[Export]:
    """Writes each network of the front with its weights, the smallest first, and yields what was written.

    The files are called by their parameters, `net_1952.py`, which can be imported, and `net_1952.safetensors`. What
    stands in the way of one is said before the first is written, for all are made by then.

    Args:
        place: The folder to write to, which is made where it is not there.
        images: The folder of the study's images, or None for where they were; root: where names are looked for.

    Raises:
        UserError: No trial has been trained, or a file cannot be written or made.
        ExportMismatch: A file that was made is not the network.
    """
    found = front_of(read_records(folder))
    if not found:
        raise UserError(f"study {folder.name} has no trained network yet; go on with it: `run(study={folder.name})`")
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # a name with a null in it
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{str(place)!r} cannot be a folder to write to ({why}); name another") from None
    asked = []
    for record in found:
        design = replace(find_design(str(record.trial), folder.name, folder.runs), of_front=True)
        again = any(other.parameters == record.parameters for other in found if other is not record)
        name = place / (f"net_{record.parameters}" + (f"_trial_{record.trial}" if again else ""))
        targets = Targets(module=name.with_suffix(".py"), weights=name.with_suffix(".safetensors"))
        targets.check(design, force=force)
        asked.append((design, targets))
    every = [
        export(design, targets, source=design.source_here(images, root), runs=folder.runs, fold_norms=fold_norms)
        for design, targets in asked
    ]
    for made in every:
        made.write(force=force)
        yield made
