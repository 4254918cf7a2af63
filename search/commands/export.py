"""The command `export`: writes a network as files that need nothing of this program."""

from pathlib import Path
from typing import Annotated

import typer

from search.commands.app import (
    RUNS,
    DataDir,
    Force,
    Json,
    Study,
    app,
)


@app.command(epilog="Example: python -m search export zoo/8000 -o net.py --weights net.safetensors --onnx net.onnx")
def export(
    design: Annotated[str, typer.Argument(help="best, a trial number, zoo/8000, ladder-3/6 or a notation.")] = "best",
    output: Annotated[Path, typer.Option("--output", "-o", help="The Python file to write.")] = Path("net.py"),
    weights: Annotated[
        Path | None, typer.Option(help="Write the trained weights here (of a trial, or of the zoo).")
    ] = None,
    onnx: Annotated[
        Path | None, typer.Option(help="Write an ONNX file too (needs pip install 'thimble\\[onnx]').")
    ] = None,
    card: Annotated[Path | None, typer.Option(help="Write a model card in Markdown.")] = None,
    fold_bn: Annotated[
        bool, typer.Option("--fold-bn", help="Fold norms into the convolutions before them, to run but not to train.")
    ] = False,
    data_dir: DataDir = None,
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Write a network as a readable stand-alone PyTorch module, verified in a clean interpreter.

    `python net.py --data DIR` trains it again, with torch and numpy alone.
    """
    from search.outputs.export import Outputs, export_design

    return export_design(
        design,
        study,
        outputs=Outputs(module=output, weights=weights, onnx=onnx, card=card),
        fold_norms=fold_bn,
        data_dir=data_dir,
        force=force,
        as_json=json,
        runs=RUNS,
    )
