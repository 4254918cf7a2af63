"""The command `predict`: says what a trained network sees in pictures."""

import csv as csv_module
import json as json_module
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.commands.app import RUNS, Json, Study, command, say_latest
from search.commands.columns import tell
from search.errors import UserError
from search.wording import printable

if TYPE_CHECKING:
    from search.outputs.predict import Predictions


@command(
    short_help="Say what a trained network sees in pictures.",
    epilog="Example: python -m search predict zoo/8000 three.png --csv",
)
def predict(
    design: Annotated[
        str | None,
        typer.Argument(help="best, which may be left out, a trial number, STUDY:17 or zoo/8000."),
    ] = None,
    pictures: Annotated[
        list[str] | None, typer.Argument(help="Picture files, and folders of them.", metavar="PICTURE")
    ] = None,
    study: Study = None,
    csv: Annotated[bool, typer.Option("--csv", help="Columns file,class,share on standard output.")] = False,
    json: Json = False,
) -> int:
    """The class of each picture, and how sure the network is of it: its softmax, a share in [0, 1].

    Pictures are turned, resized and made grey as the images were that the network learnt from; networks of the zoo
    have learnt MNIST's, light on dark. Nothing is inverted.
    """
    if csv and json:
        raise UserError("`csv` and `json` cannot both be; leave one out")
    from search.study.designs import find_design, is_design

    files = pictures or []
    if design is None:
        raise UserError("predict needs a picture; name a file or a folder of them")
    if not is_design(design, RUNS) and _is_picture(design):
        design, files = "best", [design, *files]
    if not files:
        raise UserError(f"predict needs a picture behind {printable(design)!r}; name a file or a folder of them")
    from search.outputs.predict import predict as run_predict

    found = find_design(design, study, RUNS)
    made = run_predict(found, [Path(os.path.expanduser(file)) for file in files])
    _print(made, csv=csv, json=json)
    for note in made.notes:
        tell(f"note: {printable(note)}", beside=True)
    say_latest(study, None if found.named_study else found.folder)
    return 0


def _is_picture(word: str) -> bool:
    from train.data.forms.folder import ENDINGS

    return os.path.exists(word) or word.lower().endswith(ENDINGS)


def _print(made: "Predictions", *, csv: bool, json: bool) -> None:
    if csv:
        from search.outputs.table import as_cell

        writer = csv_module.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("file", "class", "share"))
        for one in made.every:
            writer.writerow((as_cell(str(one.file)), as_cell(one.answer), f"{one.share:.6f}"))
    elif json:
        for one in made.every:
            shares = dict(zip(made.task.class_names, one.shares, strict=True))
            print(
                json_module.dumps({"file": str(one.file), "class": one.answer, "share": one.share, "shares": shares})
            )
    else:
        from search.commands.drawing.predictions import print_predictions

        print_predictions(made.every)
