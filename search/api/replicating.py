"""Designs trained again over seeds: confirmed, explained, reproduced."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from results.findings.confirmation import Confirmation
from results.findings.ladder import Ladder
from search.api.arguments import whole, whole_if_given
from search.api.calls import load_heavy, public
from search.api.data import images_of, preparation_of
from search.api.designs import images_for, named
from search.api.places import RUNS
from search.errors import UserError
from search.study.begun import augment_of
from search.study.designs import NamedDesign
from search.workers.room import parse_workers
from search.workers.stopping import Stop
from train.data.preparation import Preparation
from train.device import DeviceName, PrecisionName

if TYPE_CHECKING:
    from search.api.data import Data
    from search.api.designs import AnyDesign
    from search.replication.replication import Replication
    from search.replication.reproduce import Reproduction
    from search.replication.seeds import UnderWay

_LOG = logging.getLogger("thimble")


@public
def confirm(
    design: "AnyDesign",
    data: "Data" = "auto",
    *,
    study: str | PathLike[str] | None = None,
    data_dir: str | PathLike[str] | None = None,
    image_size: int | None = None,
    gray: bool = False,
    rgb: bool = False,
    limit_images: int | None = None,
    seeds: int = 5,
    epochs: int | None = None,
    last_epochs: int | None = None,
    workers: int | Literal["auto"] = "auto",
    device: DeviceName = "auto",
    precision: PrecisionName = "auto",
    progress: bool = True,
) -> Confirmation:
    """Trains a design on all training images over several seeds, and scores it on the test set after each epoch.

    Nothing is chosen by these figures: no best epoch, no best seed. Trainings that are done are not done again.

    Args:
        design: As `count` has it.
        data: The images, as `Search` has them; of a study's design its own if not given.
        study: The study's folder, of a trial's number or "best".
        data_dir, image_size, gray, rgb, limit_images: As `Search` has them.
        seeds: Trainings, each with a seed of its own.
        epochs: Length of each; the recipe's own if not given.
        last_epochs: How many last epochs count; as in the study, or the last third, 5 at most, if not given.
        workers: Processes that train, or "auto" for one a core, as far as memory allows.
        device, precision: As `Search` has them, whatever the study had.
        progress: Whether a bar shows how far it is, drawn in a notebook, of text on standard error elsewhere.

    Raises:
        ValueError: An argument cannot be, or the images cannot be had; one line that says what to do.
    """
    load_heavy()
    from search.replication.confirm import confirm, keep_answers

    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=None)
    meant, runs = named(design, study, lambda runs: images_of(data, data_dir, preparation, runs))
    found = meant.lasting(whole_if_given("epochs", epochs))
    counted = meant.last_epochs if last_epochs is None and found.design == meant.design else last_epochs
    replication = _replication(
        meant, data, data_dir, preparation, runs,
        seeds=seeds, last_epochs=counted, workers=workers, device=device, precision=precision,
    )  # fmt: skip
    found = found.for_task(replication.source.task)
    with _bar(f"confirm {found.name}", shown=progress) as watch:
        reached = confirm(found.design, replication, name=found.name, stop=Stop(), say=_LOG.info, watch=watch)
    keep_answers(found.design, replication)
    return reached


@public
def explain(
    design: "AnyDesign",
    data: "Data" = "auto",
    *,
    study: str | PathLike[str] | None = None,
    data_dir: str | PathLike[str] | None = None,
    image_size: int | None = None,
    gray: bool = False,
    rgb: bool = False,
    limit_images: int | None = None,
    hold_out: float | None = None,
    seeds: int = 3,
    epochs: int | None = None,
    last_epochs: int | None = None,
    undo: bool = True,
    workers: int | Literal["auto"] = "auto",
    device: DeviceName = "auto",
    precision: PrecisionName = "auto",
    progress: bool = True,
) -> Ladder:
    """Trains a design from its bare skeleton, one change at a time, scored on held-out images, and returns what each
    change gave. Trainings that are done already are not done again.

    Args:
        design: As `count` has it.
        data: The images, as `Search` has them; of a study's design its own if not given.
        study: The study's folder, of a trial's number or "best".
        data_dir, image_size, gray, rgb, limit_images, hold_out: As `Search` has them.
        seeds: Trainings of each step, the same seeds for all.
        epochs, workers, device, precision, progress: As `confirm` has them.
        last_epochs: How many last epochs count; the last third, 5 at most, if not given.
        undo: Whether to train the design with each change undone, too.

    Raises:
        ValueError: An argument cannot be, or the images cannot be had; one line that says what to do.
    """
    load_heavy()
    from search.replication.explain import explain

    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=limit_images, hold_out=hold_out)
    found, runs = named(design, study, lambda runs: images_of(data, data_dir, preparation, runs))
    replication = _replication(
        found, data, data_dir, preparation, runs,
        seeds=seeds, last_epochs=last_epochs, workers=workers, device=device, precision=precision,
    )  # fmt: skip
    found = found.for_task(replication.source.task)
    with _bar(f"explain {found.name}", shown=progress) as watch:
        return explain(
            found,
            replication,
            epochs=whole_if_given("epochs", epochs),
            undo=undo,
            stop=Stop(),
            say=_LOG.info,
            watch=watch,
        )


@public
def reproduce(
    reference: str,
    data: "Data" = "auto",
    *,
    data_dir: str | PathLike[str] | None = None,
    seeds: int = 3,
    last_epochs: int | None = None,
    preferred: bool = True,
    workers: int | Literal["auto"] = "auto",
    device: DeviceName = "auto",
    precision: PrecisionName = "auto",
) -> "Reproduction":
    """Trains a published design with its own recipe, beside its published log, then with ours.

    Args:
        reference: A published design, such as "ladder-3/6".
        data, data_dir: The images, as `Search` has them.
        seeds: Trainings with each recipe.
        last_epochs, workers, device, precision: As `confirm` has them.
        preferred: Whether to train it with our recipe too.

    Raises:
        ValueError: An argument cannot be, or the images cannot be had; one line that says what to do.
    """
    load_heavy()
    from search.replication.reproduce import reproduce
    from space.known.references import UnknownReference, find

    if not isinstance(reference, str):
        raise UserError(f"`reference` must name a published design, such as 'ladder-3/6', not {reference!r}")
    try:
        found = find(reference)
    except UnknownReference as error:
        raise UserError(str(error)) from None
    replication = _replication(
        None, data, data_dir, Preparation(), Path(RUNS),
        seeds=seeds, last_epochs=last_epochs, workers=workers, device=device, precision=precision,
    )  # fmt: skip
    return reproduce(found, replication, preferred=preferred, stop=Stop(), say=_LOG.info)


@contextlib.contextmanager
def _bar(title: str, *, shown: bool) -> "Iterator[Callable[[UnderWay], None] | None]":
    """Yields what is told how far trainings are, and shows it as a bar; None where that is not wanted."""
    if not shown:
        yield None
        return
    from search.loop.progress import TrainingsBar

    with contextlib.closing(TrainingsBar(title)) as bar:
        yield bar.watch


def _replication(
    found: NamedDesign | None,
    data: "Data",
    data_dir: str | PathLike[str] | None,
    preparation: Preparation,
    runs: Path,
    *,
    workers: int | Literal["auto"],
    seeds: int,
    last_epochs: int | None,
    device: DeviceName,
    precision: PrecisionName,
) -> "Replication":
    """Returns how a design is trained again: on the images of its study, or those that are named."""
    from search.replication.replication import Replication

    return Replication(
        source=images_for(found, data, data_dir, preparation, runs), seeds=whole("seeds", seeds),
        last_epochs=whole_if_given("last_epochs", last_epochs),
        workers=parse_workers(str(workers)), device=device, precision=precision, runs=runs,
        augment=augment_of(found.folder if found else None),
    )  # fmt: skip
