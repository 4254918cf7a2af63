"""`ThimbleClassifier`: the search of a small network as an estimator of scikit-learn."""

import math
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
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
from search.api import samples as of_samples
from search.api.calls import in_arguments, public
from search.api.designs import named, write
from search.api.places import default_root, place_of
from search.api.samples import Samples
from search.api.search import Search
from search.api.study import Study
from search.api.trained import Trained, Winner, as_plain, from_plain
from search.errors import UserError
from search.loop.callbacks import Callback
from space.choices.augment_sets import Augment
from space.choices.choices import SpaceName
from train.device import DeviceName

if TYPE_CHECKING:
    import optuna
    import pandas as pd
    from numpy.typing import ArrayLike
    from torch import nn
    from torch.utils.data import Dataset as TorchDataset

    from search.outputs.export import Export
    from search.study.designs import NamedDesign

_ARGUMENTS = {"seed": "random_state", "timeout": "time_limit", "image_size": "image_shape", "data": "X"}
_OF_THE_STUDY = ("network_", "_study", "_samples", "_tested", "_refitted", "_remove")  # which no pickle has


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
                Whole numbers from 0 to 255 are pixels; others are brought to 256 levels by a line through the
                smallest and the largest in `X`, which later holds for other samples, too. Or a folder of pictures,
                a file, or a torch Dataset of images with labels, each without `y`.
            y: The labels (N,), of any kind.

        Raises:
            ValueError: An argument cannot be, or the data cannot be used; one line that says what to do.
            RuntimeError: No trial could be trained, or the study's folder can no longer be used.
        """
        try:
            return self._fit(X, y)
        except ValueError as error:
            if error.args:
                error.args = (in_arguments(str(error), _ARGUMENTS), *error.args[1:])
            raise

    def _fit(self, X: Any, y: Any) -> "ThimbleClassifier":
        folder, remove = self._folder()
        known = self._known(X, y, folder.parent)
        seed = self._seed()
        whole = {name: _whole(name, getattr(self, name)) for name in ("budget", "epochs", "finals")}
        search = Search(
            data=known.source, folder=folder, workers=self.workers, seed=seed, augment=self.augment, space=self.space,
            deterministic=True, device=self.device, **whole,
        )  # fmt: skip
        study = search.run(_whole("trials", self.trials), timeout=self.time_limit, callbacks=self.callbacks or ())
        return self._take(known, study, seed, remove)

    def _take(self, known: Samples, study: Study, seed: int, remove: Callable[[], Any] | None) -> "ThimbleClassifier":
        """Becomes what the study found."""
        from search.replication.refit import refit
        from train.files.digests import read_known

        found, _ = named("best", study.folder)
        record, design = study.best, found.design
        ...
        return self
