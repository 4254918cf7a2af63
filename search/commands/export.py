"""The command `export`: writes a network as files that need nothing of this program."""

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from results.wording.counted import counted
from results.wording.percent import percent
from search.commands.app import (
    RUNS,
    DataDir,
    Design,
    Force,
    Json,
    Study,
    command,
    default_root,
    named_design,
    say_latest,
)
from search.commands.columns import tell
from search.commands.going_on import typed
from search.errors import UserError

if TYPE_CHECKING:
    from search.outputs.export import Export


@command(
    short_help="Write a network as a stand-alone PyTorch module, verified.",
    epilog="Example: python -m search export zoo/8000 -o net.py --weights net.safetensors --onnx net.onnx",
)
def export(
    design: Design = "best",
    output: Annotated[Path, typer.Option("--output", "-o", help="The Python file to write.")] = Path("net.py"),
    weights: Annotated[
        Path | None, typer.Option(help="Write the trained weights to this .safetensors or .pt file.")
    ] = None,
    onnx: Annotated[Path | None, typer.Option(help="Write an ONNX file too (needs the extra onnx).")] = None,
    opset: Annotated[
        int | None, typer.Option(help="Version of ONNX's operators, 9 to 17, for an older runtime (default: 17).")
    ] = None,
    card: Annotated[Path | None, typer.Option(help="Write a model card in Markdown.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Write the images to this .npz file, which net.py trains on again.")
    ] = None,
    fold_bn: Annotated[
        bool, typer.Option("--fold-bn", help="Fold norms into the convolutions before them, to run but not to train.")
    ] = False,
    front: Annotated[
        Path | None,
        typer.Option(
            help="Write the networks of `table --front` to this folder, each with its weights.", metavar="DIR"
        ),
    ] = None,
    data_dir: DataDir = None,
    study: Study = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Write a network as a readable stand-alone PyTorch module, verified in a clean interpreter.

    `python net.py --data DIR` trains it again, with torch and numpy alone.
    """
    if front is not None:
        if also := sorted(typed() & {"design", "output", "weights", "onnx", "opset", "card", "data"}):
            words = ["DESIGN" if name == "design" else f"`{name}`" for name in also]
            raise UserError(f"`front` names its networks and files itself; leave {', '.join(words)} out")
        return _export_front(front, study, data_dir, fold_bn=fold_bn, force=force, as_json=json)
    from search.outputs.export import export as make_export
    from search.outputs.targets import Targets

    found = named_design(design, study)
    targets = Targets(module=output, weights=weights, onnx=onnx, opset=opset, card=card, data=data)
    targets.check(found, force=force)
    made = make_export(
        found, targets, source=found.source_here(data_dir, default_root()), runs=RUNS, fold_norms=fold_bn
    )
    made.write(force=force)
    say_latest(study, None if found.named_study else found.folder)
    _tell(made, as_json=json)
    return 0


def _export_front(
    place: Path, study: str | None, data_dir: Path | None, *, fold_bn: bool, force: bool, as_json: bool
) -> int:
    from search.outputs.front import export_front
    from search.study.finding import find

    folder = find(study, RUNS)
    for made in export_front(folder, place, images=data_dir, root=default_root(), fold_norms=fold_bn, force=force):
        _tell(made, as_json=as_json)
    say_latest(study, folder)
    return 0


def _tell(made: "Export", *, as_json: bool) -> None:
    if made.untrainable:
        tell(f"note: {made.untrainable}", beside=True)
    if as_json:
        print(json_module.dumps(_as_object(made)), flush=True)
    else:
        tell(_sentence(made))


def _as_object(made: "Export") -> dict[str, Any]:
    files = made.targets
    return {
        "output": str(files.module),
        "weights": str(files.weights) if files.weights else None,
        "onnx": str(files.onnx) if files.onnx else None,
        "card": str(files.card) if files.card else None,
        "data": str(files.data) if files.data else None,
        "parameters": made.parameters,
        "folded": made.folded,
        "dataset": made.dataset,
        "images": made.images,
        "difference": made.difference,
        "trained": made.trained,
        "rescored": asdict(made.rescored) if made.rescored else None,
        "unscored": made.unscored or None,
    }


def _sentence(made: "Export") -> str:
    *most, last = map(str, made.contents)
    folded = (
        f" ({made.folded} of {counted(made.norms, 'norm')} folded; {made.whole_parameters:,} as a budget counts it)"
        if made.folded
        else ""
    )
    return (
        f"wrote {', '.join(most)}{' and ' if most else ''}{last}: {made.name}, {made.parameters:,} parameters"
        f"{folded}, with its {'trained' if made.trained else 'initial'} weights; checked in a clean interpreter: its "
        f"outputs on {counted(made.images, f'{made.dataset} image')} differ by at most {made.difference:.1g}"
        f"{_scored(made)}"
    )


def _scored(made: "Export") -> str:
    """What the network reaches beside what its study says; empty where no study says anything."""
    if made.rescored is None:
        return f"; not scored again, as {made.unscored}" if made.unscored else ""
    again = made.rescored
    many = abs(again.pictures)
    apart = f"{many} picture{'s' if many > 1 else ''} {'more' if again.pictures > 0 else 'fewer'} than the study says"
    return (
        f"; it scores {percent(again.accuracy)} on {counted(again.images, 'held-out image')}, "
        f"{apart if many else 'as the study says'}"
    )
