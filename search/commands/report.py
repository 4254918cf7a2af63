"""The command `report`: writes a study's page."""

from pathlib import Path
from typing import Annotated

import typer

from search.commands.app import (
    RUNS,
    Force,
    Study,
    command,
    default_root,
    say_latest,
)
from search.commands.columns import tell


@command(
    short_help="Write one page about a study: winner, charts and all trials.",
    epilog="Example: python -m search report -o report.html",
)
def report(
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path("report.html"),
    study: Study = None,
    force: Force = False,
) -> int:
    """Write one self-contained page about the study: winner, charts and all trials."""
    from search.outputs.files import check_target, write_text
    from search.outputs.report import report as make_report
    from search.study.finding import find

    folder = find(study, RUNS, whole=True)  # what the trials chose is read, too
    check_target(output, force=force)
    write_text(make_report(folder, data_root=default_root()), output, force=force)
    tell(f"wrote {output}", beside=True)
    say_latest(study, folder)
    return 0
