"""The program `app`, and the options that several of its commands share. Loads neither torch nor optuna."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer._click.globals import get_current_context  # typer ships its own click and does not export this

from search.api.data import preparation_of as preparation_of
from search.api.places import default_root as default_root
from search.commands.columns import tell
from search.commands.command import Command, Program
from search.commands.counts import count_option
from search.commands.options import in_options, options
from search.commands.program import SCRIPT
from search.names import check_name
from search.study.address import has_password
from search.study.folder import StudyFolder, existing
from search.study.images import known_images, open_images
from search.study.trial_names import without_folder
from search.wording import printable
from train.data.dataset import UNREACHED, open_dataset
from train.data.dataset import Dataset as OpenedDataset
from train.data.preparation import Preparation
from train.device import DeviceName, PrecisionName

if TYPE_CHECKING:
    from search.study.designs import NamedDesign

_Function = TypeVar("_Function", bound=Callable[..., Any])

app = typer.Typer(
    name=SCRIPT,
    cls=Program,
    help="Finds the most accurate small convolutional network under a parameter budget.\n\n"
    "Example: python -m search run --budget 8000",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # whose tables cut the names of options in 80 columns
)


def command(**options: Any) -> Callable[[_Function], _Function]:
    """Returns a decorator that makes a function a command of the program; options: as typer has them."""
    return app.command(cls=Command, **options)


def _tell_version(asked: bool) -> None:
    if asked:
        from search.version import thimble_version  # 15 ms, which other commands can do without

        tell(f"{SCRIPT} {thimble_version()}")
        raise typer.Exit


@app.callback()
def _of_the_program(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    pass


def check_study(study: str | None) -> str | None:
    """Returns the name, also of a study that is named by its folder; raises UserError where no study is called that,
    and no new one can be."""
    if study is None:
        return None
    name = without_folder(study, RUNS)
    if name not in existing(RUNS):
        check_name(name)
    return name


RUNS = Path("runs")  # a folder for each study, where the command is typed
_AS_THEY_ARE = Preparation()
Budget = Annotated[int, count_option(help="Most parameters a network may have, such as 8000, 8k or 0.5M.")]
MaxMacs = Annotated[int | None, count_option(help="Most multiply-adds for one image.")]
MaxActivationBytes = Annotated[int | None, count_option(help="Peak activation memory, one image.")]
Study = Annotated[
    str | None,
    typer.Option(
        help="Name of the study; the latest searched if not given.",
        callback=check_study,
        metavar="NAME",
        autocompletion=lambda: existing(RUNS),
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
Log = Annotated[
    list[str] | None,
    typer.Option(
        help="Write each trial's curve into a log too: tensorboard, mlflow or wandb; may be repeated.", metavar="NAME"
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder with MNIST/raw or other sets by name (default: $THIMBLE_DATA or ./data)."),
]
Dataset = Annotated[
    str,
    typer.Option(
        help="mnist, cifar10 or another name (auto: MNIST, else digits), a folder of pictures, .npz, .csv, .parquet, "
        "or module:function.",
        metavar="DATA",
    ),
]
ImageSize = Annotated[int | None, count_option(help="Resize all pictures to NxN pixels.")]
Gray = Annotated[bool, typer.Option("--gray", help="Make all pictures grey.")]
Rgb = Annotated[bool, typer.Option("--rgb", help="Make all pictures three colours.")]
LimitImages = Annotated[
    int | None, count_option(help="Use N images at most to train on and N to test with, for a first try.")
]
HoldOut = Annotated[
    float | None,
    typer.Option(help="Share of the training images held out (default: those in val/, or 1/6).", metavar="SHARE"),
]
Device = Annotated[
    DeviceName, typer.Option(help="cpu, cuda, or auto: a GPU where torch sees one, else the CPU.", metavar="NAME")
]
Precision = Annotated[
    PrecisionName,
    typer.Option(
        help="Numbers in convolutions: fp32, which auto is, or bf16, faster with other scores.", metavar="NAME"
    ),
]


Storage = Annotated[
    str | None,
    typer.Option(
        envvar="THIMBLE_STORAGE",
        help="PostgreSQL database that several machines share: postgresql://USER@HOST/NAME.",
        metavar="URL",
    ),
]
Space = Annotated[
    str,
    typer.Option(
        help="core: networks and recipes as people make them by hand; wide: residual stages and more; "
        "taught: wide, and distillation from a larger network, which is trained first; or a TOML file of your own.",
        metavar="NAME",
    ),
]
LastEpochs = Annotated[
    int | None, count_option("--hold", help="Last epochs that count (default: the last third, 5 at most).")
]
Workers = Annotated[
    str, typer.Option(help="Processes that train; auto is one a core, as far as memory allows.", metavar="N")
]
DESIGNS = (
    "best, a trial number, STUDY:17, zoo/8000, ladder-3/6, a notation such as 'c8 relu mp c10 gap', or a torch "
    "module, as net.py:Net."
)
Design = Annotated[str, typer.Argument(help=DESIGNS)]


@cache
def fields() -> dict[str, str]:
    """Returns the options of all commands by the names that Python has for them."""
    callbacks = [command.callback for command in app.registered_commands if command.callback]
    return {name: option for callback in callbacks for name, option in options(callback).items()}


def note_password(storage: str | None) -> None:
    """Says where a password can be read that was typed, not taken from the environment."""
    context = get_current_context(silent=True)
    source = context.get_parameter_source("storage") if context else None
    if storage and has_password(storage) and source and source.name == "COMMANDLINE":
        tell(
            "note: a password that is typed with --storage can be read in the list of processes and in the shell's "
            "history; $THIMBLE_STORAGE or ~/.pgpass keep it out of both",
            beside=True,
        )


def source_of(dataset: str, data_dir: Path | None, preparation: Preparation = _AS_THEY_ARE) -> OpenedDataset:
    """Returns the images that the options name, having said what people must know about them; raises BadData."""
    root, required = data_dir or default_root(), data_dir is not None
    if ":" in dataset and os.getcwd() not in sys.path:  # a function in a module beside where the command is typed
        sys.path.append(os.getcwd())
    opened = open_dataset(
        dataset,
        root,
        preparation=preparation,
        required=required,
        memory=RUNS / UNREACHED if dataset == "auto" else None,  # asked for by name, it is tried again
        say=partial(tell, beside=True),
    )
    return noted(opened)


def images_of(folder: StudyFolder, data_dir: Path | None) -> OpenedDataset:
    """Returns the images of a study that has begun, wherever they are now, or in `data_dir`, having said what people
    must know about them; raises BadData."""
    given = known_images(folder).given
    if ":" in given and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    return noted(open_images(folder, data_dir, default_root()))


def images_for(design: "NamedDesign", dataset: str, data_dir: Path | None, preparation: Preparation) -> OpenedDataset:
    """Returns the images of the design's study for `auto`, or else those that are named; raises as `images_of`
    does."""
    if folder := design.study_of_images(dataset, preparation):
        return images_of(folder, data_dir)
    return source_of(dataset, data_dir, preparation)


def noted(dataset: OpenedDataset) -> OpenedDataset:
    """Returns the data set, its notes written with options and said."""
    notes = tuple(printable(in_options(note, fields())) for note in dataset.notes)
    for note in notes:
        tell(f"note: {note}", beside=True)
    return replace(dataset, notes=notes)


def named_design(design: str, study: str | None) -> "NamedDesign":
    """Returns the design that an argument names, having said what the network does otherwise than a torch module that
    it was read from; raises as `search.study.designs.find_design` does."""
    from search.study.designs import find_design

    found = find_design(design, study, RUNS)
    for note in found.notes:
        tell(f"note: {printable(note)}", beside=True)
    return found


def say_latest(named: str | None, folder: StudyFolder | None) -> None:
    """Says which study was meant, on standard error, where none was named and one is used; to be called at the end,
    as an error is one line."""
    if named is None and folder is not None:
        tell(f"study {folder.name}, the latest searched", beside=True)
