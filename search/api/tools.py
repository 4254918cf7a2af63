"""What is asked of data, of a search space and of this machine."""

import logging
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from results.findings.comparison import Compared
from search.api.arguments import PATH, check_kind, whole, whole_if_given
from search.api.calls import load_heavy, public
from search.api.data import images_of, preparation_of
from search.api.designs import images_for, named
from search.api.places import RUNS, place_of
from search.api.spaces import search_space
from search.errors import UserError
from search.limits import check_reachable, parse_budget
from search.study.summaries import Summary, summaries
from search.workers.room import parse_workers
from space.choices.augment_sets import default_augment
from space.choices.search_space import SpaceName
from space.choices.survey import Survey, survey
from space.task import DIGITS, Task
from train.data.dataset import Dataset
from train.data.preparation import Preparation
from train.device import DeviceName, PrecisionName

if TYPE_CHECKING:
    from search.api.data import Data
    from search.outputs.predict import Predictions
    from search.replication.bench import Throughput

_LOG = logging.getLogger("thimble")


@public
def data(
    data: "Data" = "auto",
    *,
    data_dir: str | PathLike[str] | None = None,
    image_size: int | None = None,
    gray: bool = False,
    rgb: bool = False,
    limit_images: int | None = None,
    hold_out: float | None = None,
) -> Dataset:
    """Returns what would be trained on: `task` (shape, classes, moments of pixels in [0, 1]), `counts`,
    `class_counts`, `digest` and `notes`; `duplicates()` counts the test images that are among the others, and
    `sheet()` draws ten pictures of each class, of the first 100. Every function here takes it as `data`.

    Args:
        data: As `Search` has it.
        data_dir, image_size, gray, rgb, limit_images, hold_out: As `Search` has them.

    Raises:
        ValueError: It cannot be had, or is damaged; one line that says what to do.
    """
    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=hold_out)
    return images_of(data, data_dir, preparation, Path(RUNS))


@public
def space(
    budget: int | str = 8_000,
    space: "SpaceName | str | PathLike[str]" = "wide",
    *,
    data: "Data | None" = None,
    max_macs: int | str | None = None,
    max_activation_bytes: int | str | None = None,
) -> Survey:
    """Returns a search space as a budget leaves it: its choices, and the share of random proposals that fit.

    Args:
        budget: Most parameters of a network; a number, or a text such as "8k".
        space: Which space: the name of a built-in one, or a TOML file of your own.
        data: The images that networks are for, as `Search` has them; MNIST's shape and classes if not given.
        max_macs, max_activation_bytes: Further limits, as `Search` has them.

    Raises:
        ValueError: No network meets the budget; one line with the smallest that can be met.
    """
    task: Task = DIGITS if data is None else images_of(data, None, Preparation(), Path(RUNS)).task
    macs = whole_if_given("max_macs", max_macs)
    held = whole_if_given("max_activation_bytes", max_activation_bytes)
    chosen, augment = search_space(space), default_augment(task)
    limits = parse_budget(whole("budget", budget), macs, held, task, chosen)
    check_reachable(chosen, limits, task, augment, "inside")
    return survey(chosen, limits, task=task, augment=augment)


@public
def studies(runs: str | PathLike[str] = RUNS) -> list[Summary]:
    """Returns what there is in a folder of studies, the latest searched first, as the command `list` shows it.

    What cannot be read of a study is None, and its `problem` says why.

    Args:
        runs: The folder that has a folder for each study.
    """
    return summaries(Path(runs))


@public
def compare(*designs: str | int, study: str | PathLike[str] | None = None) -> list[Compared]:
    """Returns what is known of designs side by side: what they cost, reached in a search, and were confirmed at.

    Args:
        designs: Two or more, as `count` has them, but for torch modules themselves; a study's name stands for its
            best, and "STUDY:17" for a trial.
        study: The study's folder, of those that name none; the latest searched in runs/ if not given.

    Raises:
        ValueError: They are fewer than two, or one does not exist; one line that says what to do.
    """
    for design in designs:
        if not isinstance(design, str | Integral):
            raise UserError(f'compare takes designs by name, as "net.py:Net", or trials by number, not {design!r}')
    from search.outputs.compare import compare

    runs, name = place_of(study) if study is not None else (Path(RUNS), None)
    return compare([str(design) for design in designs], name, runs)


@public
def predict(
    design: str | int,
    *pictures: str | PathLike[str],
    study: str | PathLike[str] | None = None,
) -> "Predictions":
    """Classifies picture files, and all pictures of folders, prepared as those that the network learnt from.

    Args:
        design: "zoo/8000", or of a study a trial's number or "best".
        pictures: Files and folders.
        study: The study's folder; the latest searched in runs/ if not given.

    Returns:
        `every`: for each picture its `file`, `answer` and `share`, and the `shares` of all classes, in [0, 1];
        `notes`: what was done to the pictures, and what is odd about them.

    Raises:
        ValueError: The design has no weights, or some files are no pictures; one line that names them.
    """
    for picture in pictures:
        check_kind("pictures", picture, PATH)
    load_heavy()
    from search.outputs.predict import predict

    return predict(named(design, study)[0], [Path(picture) for picture in pictures])


@public
def bench(
    design: str | int = "ladder-3/6",
    data: "Data" = "auto",
    *,
    study: str | PathLike[str] | None = None,
    data_dir: str | PathLike[str] | None = None,
    batch: int = 128,
    images: int = 10_240,
    repeats: int = 3,
    workers: int | Literal["auto"] = "auto",
    device: DeviceName = "auto",
    precision: PrecisionName = "auto",
) -> "list[Throughput]":
    """Measures training on this machine beside the loop that people write, with one process and with `workers`.

    Args:
        design: As `count` has it.
        data, data_dir: The images, as `Search` has them; of a study's design its own if not given.
        study: The study's folder, of a trial's number or "best".
        batch: Images in a batch, the baseline's too.
        images: How many an epoch is measured on.
        repeats: Rounds of measuring, whose median is returned.
        workers, device, precision: As `Search` has them.

    Raises:
        ValueError: An argument cannot be, or the images cannot be had; one line that says what to do.
    """
    load_heavy()
    from search.replication.bench import bench

    batch, images, repeats = whole("batch", batch), whole("images", images), whole("repeats", repeats)
    found, runs = named(design, study, lambda runs: images_of(data, data_dir, Preparation(), runs))
    source = images_for(found, data, data_dir, Preparation(), runs)
    found = found.for_task(source.task)
    return bench(
        found.design, name=found.name, source=source, batch=batch, images=images, repeats=repeats,
        workers=parse_workers(str(workers)), device=device, precision=precision, say=_LOG.info,
    )  # fmt: skip
