"""What an estimator of scikit-learn's does when it is fitted: it checks what it is given, and searches."""

import math
import os
import shutil
import sys
import tempfile
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_X_y, validate_data

from results.findings.selection import NothingFinished
from search.api.arguments import PATH_IF_GIVEN, check_kind, image_shape_of
from search.api.places import place_of
from search.api.samples import Samples, elsewhere, in_memory, of_items
from search.api.search import Search
from search.api.searched import Searched, searched
from search.api.trained import Trained
from search.errors import UserError

if TYPE_CHECKING:
    from search.api.classifier import ThimbleClassifier

_KINDS = {"truth values": bool | np.bool_, "numbers": Real, "texts": str}  # of labels, each tried in this order


def fitted(estimator: "ThimbleClassifier", X: Any, y: Any) -> tuple[Searched, Trained, Path | None]:
    """Searches as the estimator's arguments ask for; returns what was found, the network, and a temporary folder.

    Args:
        X, y: As `ThimbleClassifier.fit` has them.

    Raises:
        ValueError, RuntimeError: As that does.
    """
    check_kind("refit", estimator.refit, bool)
    check_kind("folder", estimator.folder, PATH_IF_GIVEN)
    temporary = None
    if estimator.folder is None:
        temporary = Path(tempfile.mkdtemp(prefix="thimble-"))
    runs, name = place_of(temporary / "study" if temporary else os.path.abspath(str(estimator.folder)))
    try:
        search = _search(estimator, known := _known(estimator, X, y, runs), runs / name)
        search.run(
            estimator.trials, timeout=estimator.time_limit, callbacks=estimator.callbacks or (), progress=False
        )
        try:
            over = searched(known, search, refitted=estimator.refit)
        except NothingFinished:
            limit = estimator.time_limit
            within = "; give more `trials`" if limit is None else f" within `time_limit` {limit} s; give more"
            raise UserError(f"no trial was trained to its end{within}, or fewer `epochs`") from None
        return over, over.trained(), temporary
    except BaseException:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
        raise


def _search(estimator: "ThimbleClassifier", known: Samples, folder: Path) -> Search:
    return Search(
        estimator.budget,
        known.source,
        folder=folder,
        epochs=estimator.epochs,
        finals=estimator.finals,
        workers=estimator.workers,
        seed=_seed(estimator.random_state),
        augment=estimator.augment,
        space=estimator.space,
        device=estimator.device,
        deterministic=True,
    )


def _known(estimator: "ThimbleClassifier", X: Any, y: Any, runs: Path) -> Samples:
    """Returns what there is to learn from."""
    shape = image_shape_of(estimator.image_shape)
    if isinstance(X, str | PathLike):
        if y is not None:
            raise UserError(f"`y` must be None, as {X} has labels of its own")
        known = elsewhere(X, shape, runs)
        estimator.__dict__.pop("feature_names_in_", None)
        estimator.n_features_in_ = known.layout.size
        return known
    if _is_items(X):
        if y is not None:
            raise UserError("`y` must be None, as a torch Dataset has labels of its own")
        X, y = of_items(X)
    X, y = labelled(estimator, X, y)
    return in_memory(X, y, shape)


def labelled(estimator: "ThimbleClassifier", X: Any, y: Any, *, known: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Returns numbers (N, ...) and labels (N,) for certain. known: whether the estimator is fitted, and keeps to it.

    Raises:
        ValueError, TypeError: They are none.
    """
    y = _of_a_kind("y_test" if known else "y", y)
    if _dimensions(X) > 2:
        X, y = check_X_y(X, y, allow_nd=True, dtype="numeric", ensure_min_samples=2, estimator=estimator)
        if not known:
            estimator.__dict__.pop("feature_names_in_", None)
            estimator.n_features_in_ = math.prod(X.shape[1:])
    else:
        X, y = validate_data(estimator, X, y, dtype="numeric", ensure_min_samples=2, reset=not known)  # type: ignore[misc]
    check_classification_targets(y)
    return X, y


def _of_a_kind(name: str, y: Any) -> Any:
    """Returns labels that are Python's objects, as pandas has them, as numbers or truth values where all are such:
    scikit-learn takes objects for texts alone; raises UserError where a label is missing, or one is a number and
    another a text."""
    if y is None:
        return y
    if (given := np.asarray(y)).dtype != object:
        return given if given.dtype.kind in "biu" else y  # of pandas' own kinds scikit-learn would make fractions
    from pandas import isna

    if (missing := isna(given)).any():
        raise UserError(
            f"`{name}` has no label for {missing.sum():,} of {missing.size:,} samples, the first of them is sample "
            f"{missing.argmax():,}; leave these samples out of both, or give them labels"
        )
    kinds = sorted({_kind(one) for one in given.flat})
    if len(kinds) > 1:
        found = ", ".join(kinds)
        raise UserError(
            f"`{name}` has labels of several kinds ({found}); make all of them texts, by str(), or numbers"
        )
    return np.array(given.tolist()) if kinds in (["truth values"], ["numbers"]) else y


def _kind(label: Any) -> str:
    return next((name for name, kind in _KINDS.items() if isinstance(label, kind)), type(label).__name__)


def unlabelled(estimator: "ThimbleClassifier", X: Any) -> np.ndarray:
    """Returns numbers (N, ...) for certain, flat ones as many as in `fit`; raises as `labelled` does."""
    if _dimensions(X) > 2:
        return np.asarray(check_array(X, allow_nd=True, dtype="numeric", estimator=estimator))
    return np.asarray(validate_data(estimator, X, reset=False, dtype="numeric"))


def _dimensions(X: Any) -> int:
    return X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim


def _is_items(X: Any) -> bool:
    """Returns whether it is a torch Dataset, without loading torch."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(X, torch.utils.data.DataLoader):
        raise UserError("`X` is a DataLoader; give the torch Dataset that it was made of, or arrays")
    return torch is not None and isinstance(X, torch.utils.data.Dataset)


def _seed(random_state: Any) -> int:
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
