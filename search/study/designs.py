"""What a command line means by a design: a notation, a reference name, a trial number, or `best`."""

import difflib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from results.findings.records import TrialRecord, winner
from search.errors import UserError
from search.settings import check_range
from search.study.begun import settings_of
from search.study.finding import find
from search.study.folder import StudyFolder
from space.architecture import Architecture
from space.design import Design
from space.known.references import REFERENCES, UnknownReference
from space.known.references import find as find_reference
from space.known.zoo import ZooDesign, zoo
from space.known.zoo import find as find_zoo
from space.layers import InvalidDesign
from space.recipe import DEFAULT_RECIPE
from train.data.dataset import DatasetName, Source, resolve

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)  # int() takes no text of any length


@dataclass(frozen=True, slots=True)
class NamedDesign:
    """A design, what it is called, and the trial and study, or the place in the zoo, that it comes from, if any."""

    name: str
    design: Design
    record: TrialRecord | None = None
    folder: StudyFolder | None = None
    zoo: ZooDesign | None = None

    @property
    def weights(self) -> Path | None:
        """A safetensors file of the trained network, where there is one."""
        if self.zoo:
            return self.zoo.weights
        if self.folder is None or self.record is None:
            return None
        file = self.folder.weights_file(self.record.trial)
        return file if file.exists() else None

    def lasting(self, epochs: int | None) -> "NamedDesign":
        """Returns it with a recipe of so many epochs; None is its own number; raises UserError."""
        if epochs is None:
            return self
        check_range("epochs", epochs, 1, 1_000)
        return replace(self, design=replace(self.design, recipe=replace(self.design.recipe, epochs=epochs)))

    def source(self, dataset: DatasetName, data_dir: Path | None, default_root: Path) -> Source:
        """Returns the images of the design's study, or those that are named; raises BadData.

        They are looked for in `data_dir`, or where the study had them, or else in `default_root`.
        """
        root = data_dir or default_root
        if self.folder is not None:
            settings = settings_of(self.folder)
            dataset = settings["identity"]["dataset"] if dataset == "auto" else dataset
            if data_dir is None and settings["data_dir"]:
                root = Path(settings["data_dir"])
        return resolve(dataset, root, required=data_dir is not None)


def find_design(text: str, study: str | None, runs: Path) -> NamedDesign:
    """The design that `text` names, of the studies in the folder `runs`.

    A notation is trained with the default recipe.

    Raises:
        UserError: No such trial, study or reference.
        NothingFinished: The best of a study without a trained trial.
        InvalidDesign: A malformed notation.
    """
    if text == "best" or _NUMBER.fullmatch(text):
        folder, record = find_trial(text, study, runs)
        return NamedDesign(f"trial {record.trial} of {folder.name}", record.design, record, folder)
    try:
        if text.startswith("zoo/"):
            kept = find_zoo(text)
            return NamedDesign(text, kept.design, zoo=kept)
        if re.fullmatch(r"[A-Za-z]+-\d+/\S+", text):
            return NamedDesign(text, find_reference(text).design)
    except UnknownReference as error:
        raise UserError(str(error)) from None
    try:
        return NamedDesign("notation", Design(Architecture.parse(text), DEFAULT_RECIPE))
    except InvalidDesign:
        if near := difflib.get_close_matches(text, ("best", *zoo(), *REFERENCES)):
            raise UserError(f"no design is called {text}; the nearest are {', '.join(near)}") from None
        raise


def find_trial(text: str, study: str | None, runs: Path) -> tuple[StudyFolder, TrialRecord]:
    """The trial of that number, or the best; raises UserError or NothingFinished where there is none."""
    folder = find(study, runs)
    from search.study.reading import read_records

    records = read_records(folder)
    if text == "best":
        return folder, winner(records, study=folder.name, command=settings_of(folder)["command"])
    number = int(text) if _NUMBER.fullmatch(text) else -1
    numbered = [record for record in records if record.trial == number]
    if not numbered:
        raise UserError(
            f"study {folder.name} has no trial {text}; its trials go from 0 to {len(records) - 1}, "
            f"`python -m search table` lists them"
        )
    if not numbered[0].notation:
        raise UserError(f"trial {text} of study {folder.name} has not begun yet; go on with the study first")
    return folder, numbered[0]
