"""`ThimbleClassifier`: the search of a small network as an estimator of scikit-learn."""

import shutil
import weakref
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from results.findings.confirmation import Confirmation
from search.api.calls import in_arguments, public
from search.api.estimator import Estimator
from search.api.fitting import fitted, labelled, unlabelled
from search.api.samples import tested
from search.api.searched import Searched
from search.api.trained import Trained, Winner, as_plain, from_plain
from search.errors import UserError
from search.loop.callbacks import Callback
from space.choices.augment_sets import Augment
from space.choices.search_space import SpaceName
from train.data.layout import Layout
from train.device import DeviceName

if TYPE_CHECKING:
    import optuna
    import pandas as pd
    from numpy.typing import ArrayLike
    from torch import nn
    from torch.utils.data import Dataset as TorchDataset

    from search.outputs.export import Export

_ARGUMENTS = {"seed": "random_state", "timeout": "time_limit", "image_size": "image_shape", "dataset": "X"}
_OF_THIS_PROCESS = ("network_", "_searched", "_remove")  # which no pickle has


class ThimbleClassifier(Estimator):
    """A classifier of pictures by the most accurate small convolutional network that a search finds under a budget.

    `fit` searches on `X` alone: a sixth of it is held out, by which designs are chosen, and at the end the winner is
    trained once more on all of it. Test data come in `confirm`, and nowhere else. The same arguments, data and
    machine give the same estimator, for any number of workers, unless `time_limit` ends a search.

    Args:
        budget: Most parameters that the network may have.
        epochs: Length of each training.
        trials: How many designs are tried.
        time_limit: Seconds after which a search ends, finals included, the last training and that of a teacher not;
            None for no limit.
        workers: Processes that train, or "auto" for one a core, as far as memory allows. With `n_jobs` of
            scikit-learn's, give 1.
        random_state: A whole number, from which all follows; or a RandomState or None, of which one is drawn.
        image_shape: (H, W), (H, W, C) or (C, H, W) of flat samples; if not given, they are rows of the smallest
            square picture that has room for them. Of a folder of pictures: the (S, S) that all are resized to.
        folder: The study's, which is kept, and gone on with by the next `fit` of the same data and arguments; None is
            a temporary one, that is removed with the estimator or with the process, whatever comes first.
        augment: How training pictures are varied: "digits", "natural" or "none"; if not given, what suits the images.
        space: The search space: "core", "wide" or "taught", or a TOML file of your own.
        finals: How many of the best are trained again to choose among them, with fresh seeds; 0 for none.
        refit: Whether the winner is trained once more on all of `X`; else it stays as the search trained it.
        device: What trains; predictions are made on the CPU.
        callbacks: Are told of each epoch and each trial; see `thimble.Callback`.

    Attributes:
        classes_: The labels (K,), sorted; of a folder or file whole numbers where all labels are, else words.
        n_features_in_: How many numbers a sample has.
        best_: The winner: `notation`, `parameters`, `macs`, `recipe` and `score`, a share in [0, 1].
        network_: The trained torch module: normalised float32 images (N, C, H, W) to logits (N, K), those of a folder
            or file in the order of its classes, in which `p2` comes before `p10`.
    """

    classes_: np.ndarray
    n_features_in_: int
    best_: Winner
    network_: "nn.Module"
    _trained: Trained
    _layout: Layout

    def __init__(
        self,
        budget: int = 8_000,
        *,
        epochs: int = 15,
        trials: int = 50,
        time_limit: float | None = None,
        workers: int | Literal["auto"] = "auto",
        random_state: "int | np.random.RandomState | None" = 0,
        image_shape: Sequence[int] | None = None,
        folder: str | PathLike[str] | None = None,
        augment: Augment | None = None,
        space: "SpaceName | str | PathLike[str]" = "wide",
        finals: int = 8,
        refit: bool = True,
        device: DeviceName = "auto",
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        self.budget = budget
        self.epochs = epochs
        self.trials = trials
        self.time_limit = time_limit
        self.workers: int | Literal["auto"] = workers
        self.random_state = random_state
        self.image_shape = image_shape
        self.folder = folder
        self.augment: Augment | None = augment
        self.space = space
        self.finals = finals
        self.refit = refit
        self.device: DeviceName = device
        self.callbacks = callbacks

    @public
    def fit(
        self, X: "ArrayLike | str | PathLike[str] | TorchDataset[Any]", y: "ArrayLike | None" = None
    ) -> "ThimbleClassifier":
        """Searches, trains the winner, and returns the estimator.

        Args:
            X: Numbers of any range, (N, H, W), (N, H, W, C), (N, C, H, W) with 1, 3 or 4 channels, or flat, (N, D).
                They become bytes by a line through the smallest and the largest, which later holds for other
                samples, too. Or a folder of pictures, a file, or a torch Dataset of images with labels, each
                without `y`.
            y: The labels (N,), of any kind.

        Raises:
            ValueError: An argument cannot be, or the data cannot be used; one line that says what to do.
            RuntimeError: No trial could be trained, or the study's folder can no longer be used.
        """
        try:
            over, network, temporary = fitted(self, X, y)
        except ValueError as error:
            error.args = tuple(in_arguments(str(part), _ARGUMENTS) for part in error.args)
            raise
        if remove := self.__dict__.pop("_remove", None):
            remove()  # the study of the fit before
        if temporary:
            self._remove = weakref.finalize(self, shutil.rmtree, temporary, ignore_errors=True)
        self._searched, self._trained, self._layout = over, network, over.known.layout
        self.classes_, self.best_, self.network_ = np.sort(over.known.classes), over.winner, network.network()
        return self

    @public
    def predict_proba(self, X: "ArrayLike") -> np.ndarray:
        """Returns the probability of each class, (N, K) float64 in the order of `classes_`, computed on the CPU.

        X: Samples as in `fit`, (N, ...), or flat. Where that was given pictures on disk, the type and the largest
            number of all of `X` say what they are: truth values and fractions up to 1 are in [0, 1], other numbers up
            to 255 bytes, larger whole numbers of 16 bits, which become bytes as in files, divided by 257.

        Raises:
            ValueError: They are of another shape, or uint16 up to 255: bytes, or dark pictures of 16 bits.
        """
        check_is_fitted(self)
        samples = unlabelled(self, X)
        return self._trained.probabilities(self.network_, self._layout.pictures(samples))

    def predict(self, X: "ArrayLike") -> np.ndarray:
        """Returns the most probable label of each sample, (N,), of `classes_`; X and errors as `predict_proba`."""
        likely = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likely]

    @public
    def confirm(
        self, X_test: "ArrayLike | None" = None, y_test: "ArrayLike | None" = None, *, seeds: int = 5
    ) -> Confirmation:
        """Trains the winner on all of `X` over several seeds, and scores it on test data after each epoch.

        Nothing is chosen by these figures; they are what may be published. The estimator stays as it is.

        Args:
            X_test: Samples as in `fit` that it was not shown; None for those that a folder or file has for it.
            y_test: Their labels (N,).
            seeds: Trainings, each with a seed of its own, from 1 to 100.

        Raises:
            ValueError: There are no test data, a label of theirs was not learned, or `fit` was not called here.
        """
        over = self._here("confirm")
        if X_test is None and y_test is not None:
            raise UserError("`y_test` has the labels of `X_test`; give both, or neither")
        if X_test is not None:
            samples, labels = labelled(self, X_test, y_test, known=True)
            over = replace(over, source=tested(over.known, samples, labels))
        reached = over.confirm(seeds)
        self._searched = over
        return reached

    @public
    def export(
        self,
        output: str | PathLike[str] = "net.py",
        *,
        weights: str | PathLike[str] | None = None,
        onnx: str | PathLike[str] | None = None,
        opset: int | None = None,
        card: str | PathLike[str] | None = None,
        data: str | PathLike[str] | None = None,
        fold_bn: bool = False,
        force: bool = False,
    ) -> "Export":
        """Writes the network that predicts as files that need nothing of this program; see `thimble.export`.

        Raises:
            ValueError: A file cannot be written, or `fit` was not called here.
        """
        return self._here("export").export(
            output, weights=weights, onnx=onnx, opset=opset, card=card, data=data, fold_bn=fold_bn, force=force
        )

    @public
    def report(self, output: str | PathLike[str] = "report.html", *, force: bool = False) -> Path:
        """Writes one page about the study, its last confirmation among it, and returns its path.

        Raises:
            ValueError: It cannot be written, or `fit` was not called here.
        """
        return self._here("report").report(output, force=force)

    @property
    @public
    def leaderboard_(self) -> "pd.DataFrame":
        """A row a trial, the best first; see `thimble.Study.leaderboard`."""
        return self._here("leaderboard_").study.leaderboard()

    @property
    @public
    def study_(self) -> "optuna.Study":
        """The study as Optuna has it, to look at; see `thimble.Study.optuna`."""
        return self._here("study_").study.optuna

    def _here(self, what: str) -> Searched:
        check_is_fitted(self)
        over = self.__dict__.get("_searched")
        if over is None:
            raise _NoStudy(
                f"`{what}` needs the study, which neither a pickle nor a copy of an estimator has; ask the estimator "
                f"that was fitted, or give `folder` and load that by thimble.load()"
            )
        return over

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return as_plain({name: value for name, value in state.items() if name not in _OF_THIS_PROCESS})

    @public
    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(from_plain(state))
        if "_trained" in state:
            self.network_ = self._trained.network()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


class _NoStudy(UserError, AttributeError):
    """An error: the study is elsewhere; `hasattr` says no."""
