"""What an estimator calls the classes of a folder, and in which order it answers."""

import pickle
from pathlib import Path

import numpy as np
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
