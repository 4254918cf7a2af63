"""The command `compare`: designs side by side."""

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.commands.app import DESIGNS, RUNS, Force, Json, Study, command
from search.commands.columns import tell

if TYPE_CHECKING:
    from results.findings.comparison import Compared


@command(
    short_help="Designs side by side: what they cost and what they reach.",
    epilog="Example: python -m search compare best zoo/8000 -o comparison.html",
)
def compare(
    designs: Annotated[
        list[str],
        typer.Argument(help=f"STUDY for its best, {DESIGNS}", metavar="DESIGN"),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write one page with the networks drawn, too.")
    ] = None,
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Designs and studies side by side: parameters, multiply-adds, memory, receptive field, and what they reached in
    the search and in a confirmation, with its interval. Nothing is trained.

    The word best and numbers are trials; any other word that is a study's name stands for that study's best.
    """
    from results.wording.comparison import notes
    from search.outputs.compare import compare as run_compare
    from search.outputs.files import check_target, write_text

    if output:
        check_target(output, force=force)
    compared = run_compare(designs, study, RUNS)
    if output:
        from results.report.comparison import render_comparison

        write_text(render_comparison(compared), output, force=force)
        tell(f"wrote {output}", beside=True)
    if json:
        for text, one in zip(designs, compared, strict=True):
            print(json_module.dumps(_as_object(text, one)))
    else:
        from search.commands.drawing.comparison import print_comparison

        print_comparison(compared)
    for note in notes(compared):
        tell(f"note: {note}", beside=True)
    return 0


def _as_object(text: str, compared: "Compared") -> dict[str, Any]:
    from search.commands.selections import estimate_fields

    network, record = compared.design.architecture, compared.record
    return {
        "design": text,
        "name": compared.name,
        "notation": network.notation,
        "parameters": network.parameters,
        "macs": network.macs,
        "activation_bytes": network.activation_bytes,
        "receptive_field": network.receptive_field,
        "dataset": compared.dataset,
        "verdict": record.verdict if record else None,
        "score": record.score if record else None,
        "searched": estimate_fields(compared.searched) if compared.searched else None,
        "confirmed": estimate_fields(compared.confirmed) if compared.confirmed else None,
    }
