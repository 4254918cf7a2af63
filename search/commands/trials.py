"""The commands `best`, `show` and `table`: what has been found."""

from pathlib import Path
from typing import Annotated

import typer

from search.commands.app import (
    RUNS,
    Force,
    Json,
    Study,
    app,
)


@app.command(epilog="Example: python -m search best --study mnist-8000")
def best(study: Study = None, json: Json = False) -> int:
    """The best trial so far, layer by layer."""
    from search.commands.tables import print_trial

    return print_trial("best", study, RUNS, as_json=json)


@app.command(epilog="Example: python -m search show 17")
def show(
    trial: Annotated[str, typer.Argument(help="A trial's number, or best.")],
    study: Study = None,
    json: Json = False,
) -> int:
    """One trial, layer by layer, with its recipe and learning curve."""
    from search.commands.tables import print_trial

    return print_trial(trial, study, RUNS, as_json=json)


@app.command(epilog="Example: python -m search table --csv trials.csv")
def table(
    study: Study = None,
    csv: Annotated[Path | None, typer.Option(help="Write all trials to this CSV file.")] = None,
    top: Annotated[int, typer.Option(help="Rows to print, 0 for all.", min=0)] = 20,
    front: Annotated[
        bool, typer.Option("--front", help="Only networks that none of fewer parameters is as good as.")
    ] = False,
    force: Force = False,
    json: Json = False,
) -> int:
    """All trials, the best first."""
    from search.commands.tables import print_table

    return print_table(study, RUNS, csv=csv, top=top, only_front=front, force=force, as_json=json)
