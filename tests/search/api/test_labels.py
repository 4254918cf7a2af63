"""What an estimator calls the classes of a folder, and in which order it answers."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from thimble import ThimbleClassifier

X, Y = load_digits(return_X_y=True)
PICTURES = X.reshape(-1, 8, 8).repeat(2, 1).repeat(2, 2).astype(np.uint8) * 15
NATURAL, SORTED = ["p1", "p2", "p10"], ["p1", "p10", "p2"]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> ThimbleClassifier:
    """A search on a folder of three classes, whose natural order is not that of sorted words."""
    home = tmp_path_factory.mktemp("pictures")
    write(home, NATURAL)
    some = ThimbleClassifier(budget=2000, trials=1, epochs=1, workers=1, finals=0, refit=False)
    vars(some)["feature_names_in_"] = np.array(["of a table"])  # that it was fitted on before
    return some.fit(home)


def write(home: Path, names: list[str]) -> None:
    for place, picture in enumerate(PICTURES[:60]):
        folder = home / names[place % len(names)]
        folder.mkdir(exist_ok=True)
        Image.fromarray(picture).save(folder / f"{place}.png")


def test_labels_of_a_folder_are_sorted_and_answers_stand_in_their_order(fitted: ThimbleClassifier) -> None:
    """Scikit-learn's scores of probabilities take the columns for those of sorted labels."""
    assert list(fitted.classes_) == SORTED
    images = torch.tensor(PICTURES[60:80, None] / 255, dtype=torch.float32)
    (mean,), (deviation,) = fitted._trained.mean, fitted._trained.std
    with torch.inference_mode():
        shares = fitted.network_((images - mean) / deviation).softmax(1).numpy()
    assert np.allclose(fitted.predict_proba(PICTURES[60:80]), shares[:, [NATURAL.index(name) for name in SORTED]])
    assert list(fitted.predict(PICTURES[60:80])) == [NATURAL[place] for place in shares.argmax(1)]


def test_names_of_columns_go_with_the_table(fitted: ThimbleClassifier) -> None:
    """Scikit-learn would warn of arrays that have none."""
    assert not hasattr(fitted, "feature_names_in_")


def test_it_predicts_the_same_whatever_the_callers_default_type_and_device(fitted: ThimbleClassifier) -> None:
    content, usual = pickle.dumps(fitted), fitted.predict_proba(PICTURES[:3])
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device("meta"):
            again = pickle.loads(content).predict_proba(PICTURES[:3])
    finally:
        torch.set_default_dtype(torch.float32)
    assert np.array_equal(usual, again)


@pytest.mark.parametrize("names", [["1", "01"], ["1", "9" * 30]])
def test_names_that_are_no_different_numbers_are_words(names: list[str], tmp_path: Path) -> None:
    from search.api.samples import elsewhere

    write(tmp_path, names)
    assert sorted(elsewhere(tmp_path, None, tmp_path).classes) == sorted(names)


def test_a_label_of_another_kind_is_told_apart(fitted: ThimbleClassifier) -> None:
    with pytest.raises(ValueError, match="a label 1 that `fit` was not shown; it knew 'p1', 'p2', 'p10'"):
        fitted.confirm(PICTURES[:3], [1, 1, 1])


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.array([4, 5, 6], object), "class 4 has 1 picture"),  # so they were taken
        (np.array([True, False, True], object), "class False has 1 picture"),
        (pd.Series([4, 5, 6], dtype="Int64"), "class 4 has 1 picture"),
        (np.array(["a", np.str_("b"), "c"], object), "class a has 1 picture"),
        (np.array(["a", None, "b"], object), "`y` has no label for 1 of 3 samples, the first of them is sample 1;"),
        (pd.Series([1, 2, pd.NA], dtype="Int64"), "Input y contains NaN"),
        (np.array(["a", 1, "b"], object), "`y` has labels of several kinds (numbers, texts); make all of them texts"),
    ],
)
def test_labels_that_are_objects_are_taken_or_refused_in_a_line(labels: Any, words: str) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z") as caught:
        ThimbleClassifier(budget=2000).fit(X[:3], labels)
    assert words in str(caught.value)


def test_a_missing_label_to_test_with_is_told(fitted: ThimbleClassifier) -> None:
    with pytest.raises(ValueError, match="`y_test` has no label for 2 of 3 samples, the first of them is sample 0"):
        fitted.confirm(PICTURES[:3], np.array([None, "p1", None]))
