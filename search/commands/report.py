"""The command `report`: writes a study's page."""

from pathlib import Path
from typing import Annotated

import typer

from search.commands.app import (
    RUNS,
    Force,
    Study,
    app,
)


@app.command(epilog="Example: python -m search report -o report.html")
def report(
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path("report.html"),
    study: Study = None,
    force: Force = False,
) -> int:
    """Write one self-contained page about the study: winner, charts and all trials."""
    from search.outputs.report import write_report

    return write_report(study, runs=RUNS, output=output, force=force)
