"""`ThimbleClassifier`: the search of a small network as an estimator of scikit-learn."""

import math
import shutil
import sys
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y, validate_data

from results.findings.confirmation import Confirmation
from results.findings.selection import NothingFinished
from search.api.calls import in_arguments, public
from search.api.places import place_of
from search.api.samples import Samples, elsewhere, in_memory, of_items, tested
from search.api.search import Search
from search.api.searched import Searched, searched
from search.api.trained import Trained, Winner, as_plain, from_plain
from search.errors import UserError
from search.loop.callbacks import Callback
from space.choices.augment_sets import Augment
from space.choices.choices import SpaceName
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


class ThimbleClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of pictures by the most accurate small convolutional network that a search finds under a budget.

    `fit` searches on `X` alone: a sixth of it is held out, by which designs are chosen, and at the end the winner is
    trained once more on all of it. Test data come in `confirm`, and nowhere else. The same arguments, data and
    machine give the same estimator, for any number of workers, unless `time_limit` ends a search.

    Args:
        budget: Most parameters that the network may have.
        epochs: Length of each training.
        trials: How many designs are tried.
        time_limit: Seconds after which a search ends, finals included and the last training not; None for no limit.
        workers: Processes that train, or "auto" for one a core. With `n_jobs` of scikit-learn's, give 1.
        random_state: A whole number, from which all follows; or a RandomState or None, of which one is drawn.
        image_shape: (H, W), (H, W, C) or (C, H, W) of flat samples; if not given, they are rows of the smallest
            square picture that has room for them. Of a folder of pictures: the (S, S) that all are resized to.
        folder: The study's, which is kept, and gone on with by the next `fit` of the same data and arguments; None is
            a temporary one, that is removed with the estimator or with the process, whatever comes first.
        augment: How training pictures are varied: "digits", "natural" or "none"; if not given, what suits the images.
        space: The search space.
        finals: How many of the best are trained again to choose among them, with fresh seeds; 0 for none.
        refit: Whether the winner is trained once more on all of `X`; else it stays as the search trained it.
        device: What trains; predictions are made on the CPU.
        callbacks: Are told of each epoch and each trial; see `thimble.Callback`.

    Attributes:
        classes_: The labels (K,), sorted; of a folder or file whole numbers where all labels are, else words.
        n_features_in_: How many numbers a sample has.
        best_: The winner: `notation`, `parameters`, `macs`, `recipe` and `score`, a share in [0, 1].
        network_: The trained torch module: normalised float32 images (N, C, H, W) to logits (N, K).
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
        space: SpaceName = "wide",
        finals: int = 8,
        refit: bool = True,
        device: DeviceName = "auto",
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        self.budget = budget
        self.epochs = epochs
        self.trials = trials
        self.time_limit = time_limit
        self.workers = workers
        self.random_state = random_state
        self.image_shape = image_shape
        self.folder = folder
        self.augment = augment
        self.space = space
        self.finals = finals
        self.refit = refit
        self.device = device
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
            self._fit(X, y)
        except ValueError as error:
            error.args = tuple(in_arguments(str(part), _ARGUMENTS) for part in error.args)
            raise
        return self

    def _fit(self, X: Any, y: Any) -> None:
        folder, temporary = self._place()
        try:
            known = self._known(X, y, folder.parent)
            whole = {name: _whole(name, getattr(self, name)) for name in ("budget", "epochs", "finals")}
            search = Search(
                data=known.source, folder=folder, workers=self.workers, seed=_seed(self.random_state),
                augment=self.augment, space=self.space, deterministic=True, device=self.device, **whole,
            )  # fmt: skip
            search.run(
                _whole("trials", self.trials),
                timeout=self.time_limit,
                callbacks=self.callbacks or (),
                progress=False,
            )
            try:
                over = searched(known, search, refitted=self.refit)
            except NothingFinished:
                raise UserError(
                    f"no trial was trained to its end within `time_limit` {self.time_limit} s; give more, or fewer "
                    f"`epochs`"
                ) from None
            trained = over.trained()
        except BaseException:
            if temporary:
                shutil.rmtree(temporary, ignore_errors=True)
            raise
        if remove := self.__dict__.pop("_remove", None):
            remove()  # the study of the fit before
        if temporary:
            self._remove = weakref.finalize(self, shutil.rmtree, temporary, ignore_errors=True)
        self._searched, self._trained, self._layout = over, trained, known.layout
        self.classes_, self.best_, self.network_ = known.classes, over.winner, trained.network()

    def _place(self) -> tuple[Path, Path | None]:
        """Returns the study's folder, and that which is removed with the estimator, if one is."""
        if self.folder is not None:
            return Path(*place_of(self.folder)), None
        temporary = Path(tempfile.mkdtemp(prefix="thimble-"))
        return temporary / "study", temporary

    def _known(self, X: Any, y: Any, runs: Path) -> Samples:
        """Returns what `fit` was given to learn from."""
        if isinstance(X, str | PathLike):
            if y is not None:
                raise UserError(f"`y` must be None, as {X} has labels of its own")
            known = elsewhere(X, self.image_shape, runs)
            self.n_features_in_ = known.layout.size
            return known
        if y is None and _is_items(X):
            X, y = of_items(X)
        X, y = _labelled(self, X, y)
        return in_memory(X, y, self.image_shape)

    @public
    def predict_proba(self, X: "ArrayLike") -> np.ndarray:
        """Returns the probability of each class, (N, K) float64 in the order of `classes_`, computed on the CPU.

        X: Samples as in `fit`, (N, ...), or flat.

        Raises:
            ValueError: They are of another shape.
        """
        check_is_fitted(self)
        samples = _samples(self, X)
        return self._trained.probabilities(self.network_, self._layout.pictures(samples))

    def predict(self, X: "ArrayLike") -> np.ndarray:
        """Returns the most probable label of each sample, (N,), one of `classes_`; X and errors as `predict_proba`."""
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
            ValueError: There are no test data, they are none of what was learned, or `fit` was not called here.
        """
        over = self._here("confirm")
        if X_test is not None:
            X_test, y_test = check_X_y(X_test, y_test, allow_nd=True, dtype="numeric", estimator=self)
            over = replace(over, source=tested(over.known, X_test, y_test))
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

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


class _NoStudy(UserError, AttributeError):
    """An error: the study is elsewhere; `hasattr` says no."""


def _labelled(estimator: ThimbleClassifier, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns numbers (N, ...) and labels (N,) for certain; raises ValueError or TypeError where they are none."""
    if _dimensions(X) > 2:
        X, y = check_X_y(X, y, allow_nd=True, dtype="numeric", ensure_min_samples=2, estimator=estimator)
        estimator.__dict__.pop("feature_names_in_", None)
        estimator.n_features_in_ = math.prod(X.shape[1:])
    else:
        X, y = validate_data(estimator, X, y, dtype="numeric", ensure_min_samples=2)
    check_classification_targets(y)
    return X, y


def _samples(estimator: ThimbleClassifier, X: Any) -> np.ndarray:
    """Returns numbers (N, ...) for certain, flat ones as many as in `fit`."""
    if _dimensions(X) > 2:
        return check_array(X, allow_nd=True, dtype="numeric", estimator=estimator)
    return validate_data(estimator, X, reset=False, dtype="numeric")


def _dimensions(X: Any) -> int:
    return X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim


def _is_items(X: Any) -> bool:
    """Returns whether it is a torch Dataset, without loading torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(X, torch.utils.data.Dataset)


def _whole(name: str, value: Any) -> int:
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    raise UserError(f"`{name}` must be a whole number, not {value!r}")


def _seed(random_state: Any) -> int:
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
