"""The commands `best`, `show` and `table`: what has been found."""

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from search.commands.app import (
    RUNS,
    Force,
    Json,
    Study,
    command,
    say_latest,
)
from search.commands.counts import count_option
from search.commands.going_on import typed


@command(epilog="Example: python -m search best --study mnist-8000")
def best(study: Study = None, json: Json = False) -> int:
    """The best trial so far, layer by layer."""
    return _show("best", study, as_json=json)


@command(epilog="Example: python -m search show 17")
def show(
    trial: Annotated[str, typer.Argument(help="A trial's number, or best.")],
    study: Study = None,
    json: Json = False,
) -> int:
    """One trial, layer by layer, with its recipe and learning curve."""
    return _show(trial, study, as_json=json)


@command(epilog="Example: python -m search table --csv trials.csv")
def table(
    study: Study = None,
    csv: Annotated[Path | None, typer.Option(help="Write all trials, or those of --front, to this CSV file.")] = None,
    top: Annotated[int, count_option(help="Rows to print, 0 for all (default with --json: all).", least=0)] = 20,
    front: Annotated[
        bool,
        typer.Option("--front", help="Only networks more accurate than all smaller ones, or each budget's best."),
    ] = False,
    force: Force = False,
    json: Json = False,
) -> int:
    """All trials, the best first."""
    from search.outputs.files import write_text
    from search.outputs.table import trial_table
    from search.study.finding import find

    folder = find(study, RUNS)
    trials = trial_table(folder, only_front=front, top=top)
    if csv:
        write_text(trials.as_csv(), csv, force=force)
    if json:
        from search.commands.views import as_object

        for record in trials.shown if "top" in typed() else trials.records:
            best = trials.best is not None and record.trial == trials.best.trial
            costs = {name: getattr(record, name) for name in trials.limits}
            print(json_module.dumps(as_object(record) | costs | {"study": folder.name, "best": best}))
    else:
        from search.commands.drawing.listing import print_listing

        print_listing(trials.shown, best=trials.best, left_out=trials.left_out, limits=trials.limits)
    say_latest(study, folder)
    return 0


def _show(trial: str, study: str | None, *, as_json: bool) -> int:
    from results.wording.limits import further
    from search.study.allowed import limits_of
    from search.study.begun import stored_identity
    from search.study.designs import find_trial

    found = find_trial(trial, study, RUNS)
    record, selection, limits = (
        found.record,
        found.selection,
        limits_of(stored_identity(found.folder), found.record.of_budget),
    )
    estimate = None
    if record.verdict == "trained":
        from search.replication.estimate import least_optimistic

        estimate = least_optimistic(record, found.folder)
    if as_json:
        from search.commands.selections import estimate_fields, selection_fields
        from search.commands.views import as_object

        more: dict[str, Any] = {
            "study": found.folder.name,
            "accuracies": list(record.accuracies),
            "training_accuracies": list(record.training_accuracies),
            "recipe": record.recipe.to_json() if record.recipe else None,
            "estimate": estimate_fields(estimate) if estimate else None,
        } | {name: getattr(record, name) for name in further(limits)}
        if selection and estimate:
            more |= selection_fields(selection, estimate)
        print(json_module.dumps(as_object(record) | more))
    else:
        from search.commands.drawing.trial import print_trial

        print_trial(record, study=found.folder.name, estimate=estimate, selection=selection, limits=limits)
    return 0
