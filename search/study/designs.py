"""What a command line means by a design: a notation, a reference name, a trial number, `best`, or one of a study."""

import contextlib
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.findings.records import TrialRecord
from results.findings.selection import Selection, select, selected
from search.errors import UserError
from search.limits import check_range
from search.study.begun import settings_of
from search.study.finding import find
from search.study.folder import StudyFolder, existing
from search.study.images import find_images
from search.study.trial_names import is_trial, of_study, the_one_study, trial_number
from space.architecture import Architecture
from space.choices.augment_sets import default_augment, suited
from space.design import Design
from space.known.references import REFERENCES, UnknownReference
from space.known.references import find as find_reference
from space.known.scaled import scaled
from space.known.zoo import ZooDesign, zoo
from space.known.zoo import find as find_zoo
from space.layers import InvalidDesign, Shape
from space.notation import format_shape, parse_network
from space.recipe import DEFAULT_RECIPE
from space.task import Task
from train.data.bad_data import BadData
from train.data.dataset import Dataset, on_this_machine, open_dataset
from train.data.preparation import Preparation
from train.from_torch.named import is_code, shape_of
from train.importing import load

if TYPE_CHECKING:
    from train.from_torch.read import TorchNetwork

_REFERENCE = re.compile(r"[A-Za-z]+-\d+/\S+")
_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)  # which a study may have


@dataclass(frozen=True, slots=True)
class NamedDesign:
    """A design, what it is called, and the trial and study, or the place in the zoo, that it comes from, if any.

    Attributes:
        selection: Why the trial is the best of its study, where it is.
        of_front: Whether it was taken for one of the front of its study.
        known: Whether it is one of the zoo or the references.
        shapeless: Whether it is a notation that does not say of which shape its images are.
        refitted: A safetensors file of a network of the design that was trained on all training images, with the
            file's digest; it is meant in the place of the trial's own.
        named_study: Whether its name says of which study it is.
        code: The torch module that it was read from.
        notes: What it does otherwise than that, a line each.
    """

    name: str
    design: Design
    record: TrialRecord | None = None
    folder: StudyFolder | None = None
    zoo: ZooDesign | None = None
    selection: Selection | None = None
    known: bool = False
    shapeless: bool = False
    refitted: tuple[Path, str] | None = None
    named_study: bool = False
    code: "TorchNetwork | None" = None
    notes: tuple[str, ...] = ()
    of_front: bool = False

    @property
    def weights(self) -> Path | None:
        """A safetensors file of the trained network, where there is one."""
        if self.zoo:
            return self.zoo.weights
        if self.refitted:
            return self.refitted[0]
        if self.folder is None or self.record is None:
            return None
        file = self.folder.weights_file(self.record.trial)
        return file if file.exists() else None

    @property
    def lost_weights(self) -> Path | None:
        """The file of a trained trial's weights where it is gone."""
        if self.folder is None or self.record is None or self.record.verdict != "trained" or self.weights:
            return None
        return self.folder.weights_file(self.record.trial)

    @property
    def weights_sha256(self) -> str:
        """The digest of that file; empty where an earlier version wrote it."""
        if self.zoo:
            return self.zoo.weights_sha256
        if self.refitted:
            return self.refitted[1]
        return self.record.weights_sha256 if self.record else ""

    @property
    def last_epochs(self) -> int | None:
        """How many last epochs count in the design's study; None where it is of none."""
        return settings_of(self.folder)["identity"]["hold"] if self.folder else None

    def for_task(self, task: Task) -> "NamedDesign":
        """Returns the design for the images of a task.

        A known one is made for it, without the weights of another; a notation that does not name the shape of its
        images takes the task's.

        Raises:
            UserError: It is for other images or another number of classes, or has nothing to train.
        """
        design, network = self.design, self.design.architecture
        if not network.parameters:
            raise UserError(f"{self.name} has no parameters, and so nothing to train")
        if (network.image, network.classes) == (task.image, task.classes):
            return self
        if self.known:
            with contextlib.suppress(InvalidDesign):
                made = scaled(design, image=task.image, classes=task.classes, augment=default_augment(task))
                return replace(self, name=f"{self.name} scaled", design=made, zoo=None)
        elif self.shapeless and network.classes == task.classes:
            recipe = suited(design.recipe, default_augment(task), task.image)
            at = self.code.read(task.image).architecture if self.code else Architecture(network.layers, task.image)
            return replace(self, design=Design(at, recipe))
        raise UserError(
            f"{self.name} is for {format_shape(network.image)} images of {network.classes} classes, and these are "
            f"{format_shape(task.image)} of {task.classes}; name another design, or other images with `dataset`"
        )

    def lasting(self, epochs: int | None) -> "NamedDesign":
        """Returns it with a recipe of so many epochs; None is its own number; raises UserError."""
        if epochs is None:
            return self
        check_range("epochs", epochs, 1, 1_000)
        return replace(self, design=replace(self.design, recipe=replace(self.design.recipe, epochs=epochs)))

    def study_of_images(self, dataset: str, preparation: Preparation) -> StudyFolder | None:
        """Returns the study whose images are meant, which are those of the design's own for `auto`; None where others
        are named, and where the design is of no study.

        Raises:
            BadData: They are asked for otherwise than the study has them.
        """
        if self.folder is None or dataset != "auto":
            return None
        if preparation != Preparation():
            raise BadData("a study's images are as it was begun with them; name others with `dataset`")
        return self.folder

    def source_here(self, data_dir: Path | None, default_root: Path) -> Dataset | None:
        """Returns the images of its study, or else MNIST, without a download; None where that is not on this machine.

        Raises:
            BadData: `data_dir` is given and does not have it.
        """
        if self.folder:
            return find_images(self.folder, data_dir, default_root)
        if data_dir is None:
            return on_this_machine("auto", [default_root])
        return open_dataset("mnist", data_dir, required=True, download_seconds=0)


def find_design(
    text: str, study: str | None, runs: Path, *, otherwise: Callable[[], Shape] | None = None
) -> NamedDesign:
    """Returns the design that `text` names, of the studies in the folder `runs`: "best" or a trial's number, of
    `study` or the latest searched; "STUDY:17" or "STUDY:best"; a study's name for its best; "zoo/8000"; a published
    one such as "ladder-3/6"; a torch module of the user's, as `design_of_code` has it; or a notation, which is
    trained with the default recipe. otherwise: as `design_of_code` has it.

    Raises:
        UserError: No such trial, study or reference.
        NothingFinished: The best of a study without a trained trial.
        InvalidDesign: A malformed notation, or a module that cannot be read as one.
    """
    own, trial = of_study(text, runs)
    if is_trial(trial):
        found = find_trial(trial, the_one_study(own, study, text), runs)
        name, named = f"trial {found.record.trial} of {found.folder.name}", own is not None
        design, selection = found.record.design, found.selection
        return NamedDesign(name, design, found.record, found.folder, selection=selection, named_study=named)
    found_elsewhere = _of_no_study(text, runs, otherwise)
    check_of_study(found_elsewhere, study)
    return found_elsewhere


def _of_no_study(text: str, runs: Path, otherwise: Callable[[], Shape] | None) -> NamedDesign:
    """Finds a design that is no trial; raises as `find_design` does."""
    if is_code(text) and text.partition(":")[0] not in existing(runs):
        return design_of_code(text, otherwise=otherwise)
    try:
        if text.startswith("zoo/"):
            kept = find_zoo(text)
            return NamedDesign(text, kept.design, zoo=kept, known=True)
        if _REFERENCE.fullmatch(text):
            return NamedDesign(text, find_reference(text).design, known=True)
    except UnknownReference as error:
        raise UserError(str(error)) from None
    try:
        network, (shape, _) = Architecture.parse(text), parse_network(text)
        return NamedDesign("notation", _with_recipe(network), shapeless=shape is None)
    except InvalidDesign as error:
        if "not a layer" not in str(error):  # it is a notation, whatever else is called alike
            raise
        if near := difflib.get_close_matches(text, ("best", *zoo(), *REFERENCES, *existing(runs))):
            raise UserError(f"no design is called {text}; the nearest are {', '.join(near)}") from None
        if _NAME.fullmatch(text):
            raise UserError(
                f"nothing is called {text}: no study in {runs}/ and no known network; and as a notation, {error}"
            ) from None
        raise


def design_of_code(
    given: Any, *, image: Shape | None = None, otherwise: Callable[[], Shape] | None = None
) -> NamedDesign:
    """Returns the design of a torch module of the user's: net.py:Net or package.module:Net, with the shape of its
    images in front of it or without, or in memory a module, a class or a function that returns one. It is trained
    with the default recipe, not with weights of its own. image, otherwise: The shape of its images where its name
    does not say it, as `TorchNetwork.read` has them.

    Raises:
        BadCode: It cannot be read as a network of the notation; FailsOnImages where it may be at others.
    """
    from train.from_torch.read import TorchNetwork

    shape, given = shape_of(given) if isinstance(given, str) else (None, given)
    code = TorchNetwork(given)
    reading = code.read(shape or image, otherwise)
    design = _with_recipe(reading.architecture)
    return NamedDesign(code.name, design, shapeless=shape is None, code=code, notes=reading.notes)


def check_of_study(found: NamedDesign, study: str | None) -> None:
    """Raises UserError where a study is named beside a design of none, whose images it would not be trained on."""
    if study is not None and found.folder is None:
        name = "a notation" if found.name == "notation" else found.name
        raise UserError(
            f"`study` {study} goes with best or a trial's number, and {name} is of no study; leave it out"
        )


def _with_recipe(network: Architecture) -> Design:
    """The network with the default recipe."""
    return Design(network, suited(DEFAULT_RECIPE, "natural" if network.image[0] > 1 else "digits", network.image))


def is_design(text: str, runs: Path) -> bool:
    """Says whether `text` names a design, also one that does not exist, otherwise than by its notation."""
    return (
        is_trial(of_study(text, runs)[1])
        or text.startswith("zoo/")
        or bool(_REFERENCE.fullmatch(text))
        or is_code(text)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundTrial:
    """A trial and its study. selection: why it is the best there; None where it is not."""

    folder: StudyFolder
    record: TrialRecord
    selection: Selection | None


def find_trial(text: str, study: str | None, runs: Path) -> FoundTrial:
    """Returns the trial of that number, or the best, also as STUDY:17; raises UserError or NothingFinished where
    there is none."""
    own, trial = of_study(text, runs)
    folder = find(the_one_study(own, study, text), runs)
    load("numpy", "optuna")
    from search.study.reading import check_network, read_records

    records = read_records(folder)
    if trial == "best":
        selection = selected(records, study=folder.name, command=settings_of(folder)["command"])
        check_network(selection.winner)
        return FoundTrial(folder=folder, record=selection.winner, selection=selection)
    if not records:
        raise UserError(f"study {folder.name} has no trial yet; go on with it: `run(study={folder.name})`")
    numbered = [record for record in records if record.trial == trial_number(trial)]
    if not numbered:
        raise UserError(
            f"study {folder.name} has no trial {trial}; its trials go from 0 to {len(records) - 1}, "
            f"`table(study={folder.name})` lists them"
        )
    if not numbered[0].notation:
        raise UserError(f"trial {trial} of study {folder.name} has not begun yet; go on with the study first")
    check_network(numbered[0])
    record, selection = numbered[0], select(records)
    best = selection is not None and selection.winner is record
    return FoundTrial(folder=folder, record=record, selection=selection if best else None)
