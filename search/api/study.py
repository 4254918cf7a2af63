"""`Study`: what a search found, read from its folder, and what is made of it."""

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from results.findings.confirmation import Confirmation
from results.findings.ladder import Ladder
from results.findings.records import TrialRecord
from search.api import designs, replicating
from search.api.calls import load_heavy, public
from search.api.places import default_root, kept, study_in
from search.api.shown import study_html
from search.study.folder import StudyFolder
from train.data.dataset import Dataset
from train.device import DeviceName, PrecisionName
from train.importing import load as load_module
from train.importing import undisturbed

if TYPE_CHECKING:
    import optuna
    import pandas as pd
    from torch import nn

    from search.api.data import Data
    from search.outputs.export import Export
    from search.outputs.predict import Predictions


class Study:
    """A study in its folder; every attribute is read anew, so that a search may go on meanwhile.

    Args:
        folder: Of the study, as "runs/mnist-8000".

    Attributes:
        folder: Where it is, whatever the current folder becomes.

    Raises:
        ValueError: There is no study.
    """

    folder: Path

    @public
    def __init__(self, folder: str | PathLike[str]) -> None:
        found = study_in(Path(folder))
        self._found = StudyFolder(found.name, kept(found.runs), storage=found.storage)
        self.folder = self._found.path

    def __reduce__(self) -> tuple[Callable[[str], "Study"], tuple[str]]:
        return load, (str(self.folder),)  # which is called `thimble.load`, also beside a `search.py` of the user's

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        return f"thimble.load({str(self.folder)!r})"

    def _repr_html_(self) -> str | None:
        """Returns what a notebook shows: the best trials, and all of them in a chart."""
        return study_html(self._found)

    @property
    def name(self) -> str:
        """What the study is called: its folder's name."""
        return self._found.name

    @property
    @public
    def settings(self) -> Mapping[str, Any]:
        """The settings that all trials have in common, by name: `target` is a share in [0, 1], `budget` has most
        parameters, multiply-adds and bytes of activations, `hold` is the number of last epochs that count."""
        load_module("numpy", "optuna")
        from search.study.reading import read_settings

        return read_settings(self._found)

    @property
    @public
    def trials(self) -> list[TrialRecord]:
        """All trials, in the order of their numbers."""
        load_module("numpy", "optuna")
        from search.study.reading import read_records

        return read_records(self._found)

    @property
    @public
    def best(self) -> TrialRecord:
        """The best trial, by the rule that the commands name it by.

        Raises:
            ValueError: No trial has been trained to its end.
        """
        from search.study.designs import find_trial

        return find_trial("best", self.name, self._found.runs).record

    @property
    @public
    def front(self) -> list[TrialRecord]:
        """The best trials by size, the smallest first: of each of several budgets the best, where no smaller one is
        as accurate; of one budget those that no other beats in score with as few parameters."""
        from results.findings.selection import front_of

        return front_of(self.trials)

    @public
    def leaderboard(self) -> "pd.DataFrame":
        """Returns a row a trial, the best first, as `python -m search table --csv` has them.

        Columns: trial, verdict, score, reached, parameters, macs, receptive_field, epochs, seconds, origin, notation,
        reason, finals, recipe, and `activation_bytes` where that is limited. Score, reached and finals are shares in
        [0, 1], missing where there are none.
        """
        load_module("numpy", "optuna")
        from results.findings.table import frame
        from search.outputs.table import trial_table

        table = trial_table(self._found)
        return frame(list(table.records), table.limits)

    @property
    @public
    def optuna(self) -> "optuna.Study":
        """The study as Optuna has it, to look at: nothing in it can be changed.

        A trial's value is its score in the search, a share in [0, 1]; where the smallest network is sought, one that
        holds the target has more than 1, the more the smaller it is.
        """
        load_module("numpy", "optuna")
        from search.study.shown import as_optuna

        return as_optuna(self._found)

    def confirm(
        self,
        design: str | int = "best",
        *,
        data: "Data" = "auto",
        data_dir: str | PathLike[str] | None = None,
        seeds: int = 5,
        epochs: int | None = None,
        last_epochs: int | None = None,
        workers: int | Literal["auto"] = "auto",
        device: DeviceName = "auto",
        precision: PrecisionName = "auto",
        progress: bool = True,
    ) -> Confirmation:
        """Trains a design over several seeds and scores it on the test set, as `thimble.confirm` does, which says on
        which images."""
        return replicating.confirm(
            design, data, study=self.folder, data_dir=data_dir, seeds=seeds, epochs=epochs, last_epochs=last_epochs,
            workers=workers, device=device, precision=precision, progress=progress,
        )  # fmt: skip

    def explain(
        self,
        design: str | int = "best",
        *,
        data: "Data" = "auto",
        data_dir: str | PathLike[str] | None = None,
        seeds: int = 3,
        epochs: int | None = None,
        last_epochs: int | None = None,
        undo: bool = True,
        workers: int | Literal["auto"] = "auto",
        device: DeviceName = "auto",
        precision: PrecisionName = "auto",
        progress: bool = True,
    ) -> Ladder:
        """Trains a design's ladder, one change at a time, as `thimble.explain` does, which says on which images."""
        return replicating.explain(
            design, data, study=self.folder, data_dir=data_dir, seeds=seeds, epochs=epochs, last_epochs=last_epochs,
            undo=undo, workers=workers, device=device, precision=precision, progress=progress,
        )  # fmt: skip

    def export(
        self,
        output: str | PathLike[str] = "net.py",
        *,
        design: str | int = "best",
        weights: str | PathLike[str] | None = None,
        onnx: str | PathLike[str] | None = None,
        opset: int | None = None,
        card: str | PathLike[str] | None = None,
        data: str | PathLike[str] | None = None,
        fold_bn: bool = False,
        data_dir: str | PathLike[str] | None = None,
        force: bool = False,
    ) -> "Export":
        """Writes a network as files that need nothing of this program, as `thimble.export` does."""
        return designs.export(
            design, output, study=self.folder, weights=weights, onnx=onnx, opset=opset, card=card, data=data,
            fold_bn=fold_bn, data_dir=data_dir, force=force,
        )  # fmt: skip

    @public
    def export_front(
        self,
        folder: str | PathLike[str],
        *,
        fold_bn: bool = False,
        data_dir: str | PathLike[str] | None = None,
        force: bool = False,
    ) -> "list[Export]":
        """Writes every network of `front` with its weights, and returns what was written.

        Args:
            folder: To write to; files are called by their parameters, as net_1952.py and net_1952.safetensors.
            fold_bn: Whether norms are folded into the convolutions before them, to run but not to train.
            data_dir: Where the study's images are, if not where they were.
            force: Whether files that are there are written over.

        Raises:
            ValueError: No trial has been trained, or a file cannot be written.
        """
        load_heavy()
        from search.outputs.front import export_front

        images = Path(data_dir) if data_dir is not None else None
        return list(
            export_front(
                self._found, Path(folder), images=images, root=default_root(), fold_norms=fold_bn, force=force
            )
        )

    @public
    def report(
        self, output: str | PathLike[str] = "report.html", *, force: bool = False, tested: Dataset | None = None
    ) -> Path:
        """Writes one page about the study, and returns its path.

        Args:
            output: The HTML file.
            force: Whether a file of that name is written over.
            tested: The study's images with others to test with, where it was confirmed by these.

        Raises:
            ValueError: It cannot be written, or no trial has been trained to its end.
        """
        load_heavy()
        from search.outputs.files import check_target, write_text
        from search.outputs.report import report

        file = Path(output)
        check_target(file, force=force)
        with undisturbed():  # plotly loads its parts when they are used
            page = report(study_in(self.folder, whole=True), data_root=default_root(), tested=tested)
        write_text(page, file, force=force)
        return file

    def predict(self, *pictures: str | PathLike[str], design: str | int = "best") -> "Predictions":
        """Classifies picture files, and all pictures of folders, as `thimble.predict` does."""
        from search.api.tools import predict

        return predict(design, *pictures, study=self.folder)

    @public
    def delete(self) -> None:
        """Deletes the study, its trials and all its files; on its server, too, where one keeps it.

        Raises:
            ValueError: It is being searched, or cannot be deleted; one line that says what is left.
        """
        from search.study.deleting import doomed

        doomed(self.name, self._found.runs).delete()

    def network(self, design: str | int = "best") -> "nn.Module":
        """Returns a trained network of the study, ready to predict, as `thimble.network` does."""
        return designs.network(design, study=self.folder)


@public
def load(folder: str | PathLike[str]) -> Study:
    """Returns the study that is kept in a folder, such as "runs/mnist-8000".

    Raises:
        ValueError: There is no study in it; one line that names the nearest.
    """
    return Study(folder)
