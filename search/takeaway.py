"""The command `report`: what a user takes away from a study."""

import sys
from pathlib import Path

from results.files import check_target, write_text
from search.folder import find


def write_report(study: str | None, *, output: Path, force: bool) -> int:
    """Writes the study's page."""
    from results.report import StudyFacts
    from results.report import render as render_report
    from search.reading import read_records

    folder = find(study)
    check_target(output, force=force)
    settings = folder.settings()
    identity = settings["identity"]
    facts = StudyFacts(
        name=folder.name,
        dataset=identity["dataset"],
        budget=identity["budget"],
        epochs=identity["epochs"],
        hold=identity["hold"],
        target=settings["target"],
        command=settings["command"],
        created=settings["created"],
        versions=settings["versions"],
        note=settings["note"],
    )
    write_text(render_report(facts, read_records(folder)), output, force=force)
    print(f"wrote {output}", file=sys.stderr)
    return 0
