"""`ThimbleClassifier` as users of scikit-learn meet it."""

import gc
import pickle
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator
from torch.utils.data import DataLoader, TensorDataset

import thimble
from tests.amounts import slow
from thimble import Callback, ThimbleClassifier

# With fewer epochs it does not learn three clouds of points, as `check_classifiers_train` asks for.
TINY = ThimbleClassifier(budget=2000, trials=1, epochs=10, workers=1, finals=0)
QUICK = {  # of scikit-learn's checks: those that hardly train, and some that do
    *("check_estimator_cloneable", "check_estimator_tags_renamed", "check_valid_tag_types", "check_estimator_repr"),
    *(
        "check_no_attributes_set_in_init",
        "check_estimators_unfitted",
        "check_mixin_order",
        "check_get_params_invariance",
    ),
    *(
        "check_do_not_raise_errors_in_init_or_set_params",
        "check_complex_data",
        "check_estimators_empty_data_messages",
    ),
    *(
        "check_estimator_sparse_tag",
        "check_estimator_sparse_array",
        "check_estimator_sparse_matrix",
        "check_set_params",
    ),
    *("check_classifiers_one_label", "check_classifiers_one_label_sample_weights", "check_fit1d"),
    *("check_estimators_partial_fit_n_features", "check_classifiers_regression_target", "check_supervised_y_no_nan"),
    *("check_parameters_default_constructible", "check_fit2d_1sample", "check_requires_y_none"),
    "check_dict_unchanged",
}
X, Y = load_digits(return_X_y=True)
PICTURES = X.reshape(-1, 8, 8).astype(np.uint8)
WORDS = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
SHORT: dict[str, Any] = {"budget": 2000, "trials": 1, "epochs": 1, "workers": 1, "finals": 0}


CHECKS = [
    pytest.param(check, id=check.func.__name__, marks=() if check.func.__name__ in QUICK else pytest.mark.slow)
    for _, check in estimator_checks_generator(TINY, legacy=True)
    # Its sibling has read-only memory, too, of float32.
    if isinstance(check, partial) and check.keywords != {"readonly_memmap": True}
]


@pytest.mark.parametrize("check", CHECKS)
def test_scikit_learns_checks(check: Callable) -> None:
    check(clone(TINY))


@pytest.fixture(scope="module")
def fitted() -> ThimbleClassifier:
    """A search on pictures whose labels are words."""
    return ThimbleClassifier(**SHORT | {"trials": 2, "epochs": 8}).fit(PICTURES[:400], WORDS[Y[:400]])


def test_what_a_fit_leaves(fitted: ThimbleClassifier) -> None:
    assert list(fitted.classes_) == sorted(WORDS)
    assert fitted.n_features_in_ == 64
    assert fitted.best_.parameters == thimble.count(fitted.best_.notation).parameters <= 2000
    assert fitted.best_.parameters == sum(weight.numel() for weight in fitted.network_.parameters())
    best = fitted.leaderboard_.iloc[0]
    assert (best.trial, best.notation, best.score) == (fitted.best_.trial, fitted.best_.notation, fitted.best_.score)
    assert fitted.study_.best_value == fitted.best_.score
    assert fitted.score(PICTURES[600:], WORDS[Y[600:]]) > 0.3


def test_predictions_are_the_networks(fitted: ThimbleClassifier) -> None:
    large = np.rint(np.kron(PICTURES, np.ones((2, 2))) * 255 / 16) / 255
    mean, deviation = (round(float(moment), 4) for moment in (large[:400].mean(), large[:400].std()))
    with torch.inference_mode():
        logits = fitted.network_(torch.tensor((large[600:700, None] - mean) / deviation, dtype=torch.float32))
    probabilities = fitted.predict_proba(PICTURES[600:700])
    assert np.allclose(probabilities, logits.softmax(1), atol=1e-5)
    assert np.array_equal(fitted.predict(PICTURES[600:700]), fitted.classes_[probabilities.argmax(1)])
    assert np.array_equal(probabilities[3:4], fitted.predict_proba(PICTURES[603:604]))
    assert np.array_equal(probabilities, fitted.predict_proba(X[600:700]))


@pytest.mark.slow
def test_the_winner_is_trained_again_on_all_images(fitted: ThimbleClassifier) -> None:
    own = thimble.network("best", study=fitted._searched.study.folder).state_dict()
    assert any(not torch.equal(own[name], tensor) for name, tensor in fitted.network_.state_dict().items())
    left = clone(fitted).set_params(refit=False).fit(PICTURES[:400], WORDS[Y[:400]])
    assert all(torch.equal(own[name], tensor) for name, tensor in left.network_.state_dict().items())
    assert left.best_ == fitted.best_


@pytest.mark.parametrize(
    "labels",
    [
        Y - 4,
        *slow(Y % 2 == 0, WORDS.astype(object)[Y], Y * 1.0),
    ],
)
def test_labels_of_any_kind_come_back(labels: np.ndarray) -> None:
    some = ThimbleClassifier(**SHORT).fit(X[:200], labels[:200])
    assert np.array_equal(some.classes_, np.unique(labels))
    predicted = some.predict(X[200:260])
    assert predicted.dtype == some.classes_.dtype
    assert set(predicted) <= set(labels)


@pytest.mark.slow
def test_it_is_pickled_without_its_study_and_predicts_the_same_elsewhere(
    fitted: ThimbleClassifier, tmp_path: Path
) -> None:
    content = pickle.dumps(fitted)
    assert len(content) < 40_000
    assert not any(name in content for name in (b"search.", b"space.", b"train.", b"results.", b"optuna"))
    assert str(fitted._searched.study.folder).encode() not in content
    np.save(tmp_path / "x.npy", PICTURES[600:700])
    joblib.dump(fitted, tmp_path / "it.joblib")
    for name in ("train", "space", "search", "results"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is the module of the user')")
    script = (
        "import joblib, numpy, pickle, thimble\nit = joblib.load('it.joblib')\n"
        "numpy.save('p.npy', it.predict_proba(numpy.load('x.npy')))\nprint(it.best_, hasattr(it, 'study_'))\n"
        "numpy.save('again.npy', pickle.loads(pickle.dumps(it)).predict_proba(numpy.load('x.npy')))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{fitted.best_} False\n"
    expected = fitted.predict_proba(PICTURES[600:700])
    for file in ("p.npy", "again.npy"):
        assert np.array_equal(np.load(tmp_path / file), expected)


@pytest.mark.usefixtures("two_threads")
def test_the_callers_process_is_as_it_was() -> None:
    def state() -> list[Any]:
        generator = np.random.get_state()
        return [
            torch.get_num_threads(), (torch.tensor([1e-39]) * 0.5).item(), torch.get_rng_state().tolist(),
            torch.is_grad_enabled(), random.getstate(), generator[1].tolist(), generator[2],
            [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)], sys.path[:],
        ]  # fmt: skip

    before = state()
    ThimbleClassifier(**SHORT).fit(X[:100], Y[:100]).predict(X[:10])
    assert state() == before


@pytest.mark.slow
def test_a_folder_keeps_the_study_and_goes_on_with_it(tmp_path: Path) -> None:
    def fit(trials: int, workers: int) -> ThimbleClassifier:
        kept = ThimbleClassifier(**SHORT | {"trials": trials, "workers": workers}, folder=tmp_path / "kept")
        return kept.fit(X[:200], Y[:200])

    first = fit(1, 1).leaderboard_
    second, once = fit(2, 2), ThimbleClassifier(**SHORT | {"trials": 2}).fit(X[:200], Y[:200])
    both = second.leaderboard_.sort_values("trial", ignore_index=True)
    assert both.seconds[0] == first.seconds[0]  # it was not trained again
    assert both.drop(columns="seconds").equals(
        once.leaderboard_.sort_values("trial", ignore_index=True).drop(columns="seconds")
    )
    assert np.array_equal(second.predict_proba(X), once.predict_proba(X))
    assert thimble.load(tmp_path / "kept").best.score == second.best_.score
    with pytest.raises(ValueError, match="no test images"):
        thimble.load(tmp_path / "kept").confirm()
    with pytest.raises(ValueError, match="begun with other settings"):
        fit(2, 1).set_params(random_state=1).fit(X[:200], Y[:200])


def test_a_temporary_study_goes_with_the_estimator() -> None:
    some = ThimbleClassifier(**SHORT).fit(X[:100], Y[:100])
    folder = some._searched.study.folder.parent
    assert folder.is_dir()
    del some
    gc.collect()
    assert not folder.exists()


def test_a_report_before_it_is_confirmed_asks_for_test_data_and_names_no_command(
    fitted: ThimbleClassifier, tmp_path: Path
) -> None:
    page = fitted.report(tmp_path / "page.html").read_text()
    text = " ".join(page[page.index("<body>") :].replace("<span>", "").replace("</span>", "").split())
    assert "there are no test images yet; to confirm it over five seeds with some: <code>confirm(X_test" in text
    assert "python -m search" not in text


def test_its_files_say_how_numbers_became_pixels(fitted: ThimbleClassifier, tmp_path: Path) -> None:
    files = {"card": tmp_path / "card.md", "onnx": tmp_path / "net.onnx"}
    fitted.export(tmp_path / "net.py", weights=tmp_path / "net.safetensors", **files)
    said = "Pixels in [0, 1] are x / 16, each repeated 2x2"
    assert said in " ".join((tmp_path / "net.py").read_text().split())
    assert said in files["card"].read_text()
    assert said.encode() in files["onnx"].read_bytes()


def test_so_do_those_of_its_study_and_predictions_of_picture_files(fitted: ThimbleClassifier, tmp_path: Path) -> None:
    study = thimble.load(fitted._searched.study.folder)
    files = {"card": tmp_path / "card.md", "onnx": tmp_path / "net.onnx"}
    study.export(tmp_path / "net.py", weights=tmp_path / "net.safetensors", **files)
    said = "ixels in [0, 1] are x / 16, each repeated 2x2"
    assert said in " ".join((tmp_path / "net.py").read_text().split())
    assert said in files["card"].read_text()
    assert said.encode() in files["onnx"].read_bytes()
    assert said in study.report(tmp_path / "page.html").read_text()
    Image.fromarray(PICTURES[0]).save(tmp_path / "zero.png")
    assert said in study.predict(tmp_path / "zero.png").notes[-1]


@pytest.mark.slow
def test_it_is_confirmed_reported_and_exported(fitted: ThimbleClassifier, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no test images"):
        fitted.confirm()
    with pytest.raises(ValueError, match="`y_test` has a label 'ten' that `fit` was not shown"):
        fitted.confirm(PICTURES[600:700], ["ten"] * 100)
    with pytest.raises(ValueError, match="`y_test` has the labels of `X_test`"):
        fitted.confirm(y_test=WORDS[Y[600:]])
    reached = fitted.confirm(PICTURES[600:], WORDS[Y[600:]], seeds=2)
    assert len(reached.scores) == 2
    assert min(reached.scores) > 0.3
    page = fitted.report(tmp_path / "page.html").read_text()
    assert "1,197" in page
    files = {"weights": tmp_path / "net.safetensors", "data": tmp_path / "data.npz", "card": tmp_path / "card.md"}
    made = fitted.export(tmp_path / "net.py", **files)
    assert made.trained
    assert "all training images" in (tmp_path / "net.py").read_text()
    code = (
        "import numpy, torch, safetensors.torch as s, net\nm = net.Net()\n"
        "m.load_state_dict(s.load_file('net.safetensors')); data = numpy.load('data.npz')\n"
        "x = torch.from_numpy(data['x_test'])[:, None] / 255\nm.eval()\n"
        "print((m((x - net.MEAN[0]) / net.STD[0]).argmax(1).numpy() == data['y_test']).mean())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(fitted.score(PICTURES[600:], WORDS[Y[600:]]), abs=0.002)


@pytest.mark.slow
def test_a_folder_of_pictures_a_file_and_a_torch_dataset(tmp_path: Path) -> None:
    for place in range(60):
        folder = tmp_path / "pictures" / WORDS[Y[place]]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PICTURES[place] * 15).save(folder / f"{place}.png")
    some = ThimbleClassifier(**SHORT, image_shape=(12, 12)).fit(tmp_path / "pictures")
    assert list(some.classes_) == sorted(WORDS)
    assert some.predict(np.zeros((3, 12, 12), np.uint8)).shape == (3,)
    with pytest.raises(ValueError, match="`y` must be None"):
        some.fit(str(tmp_path / "pictures"), Y[:60])
    np.savez(tmp_path / "own.npz", X=PICTURES[:200], y=Y[:200])
    file = ThimbleClassifier(**SHORT).fit(str(tmp_path / "own.npz"))
    assert np.array_equal(file.classes_, range(10))
    assert len(file.predict(X[:5])) == 5
    assert len(file.confirm(seeds=1).scores) == 1  # by the sixth that was drawn for it
    items = TensorDataset(torch.from_numpy(PICTURES[:200])[:, None], torch.from_numpy(Y[:200]))
    assert np.array_equal(ThimbleClassifier(**SHORT).fit(items).classes_, range(10))


@pytest.mark.slow
def test_held_out_pictures_that_were_given_stay_so_with_others_to_test_with(tmp_path: Path) -> None:
    """They were drawn anew, and the network scored on what it had been trained on."""
    for place in range(400):
        folder = tmp_path / "pictures" / ("train", "train", "val", "test")[place // 100] / WORDS[Y[place]]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PICTURES[place].repeat(2, 0).repeat(2, 1) * 15).save(folder / f"{place:03}.png")
    some = ThimbleClassifier(**SHORT | {"epochs": 8}, refit=False).fit(tmp_path / "pictures")
    others = PICTURES[400:500].repeat(2, 1).repeat(2, 2) * 15
    some.confirm(others, WORDS[Y[400:500]], seeds=1)
    rescored = some.export(tmp_path / "net.py").rescored
    assert (rescored.images, rescored.pictures) == (100, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"budget": 20}, "smallest that can be met is"),
        ({"trials": 0}, "`trials` must be at least 1, not 0"),
        ({"time_limit": 0}, "`time_limit` must be seconds above 0, not 0"),
        ({"random_state": -1}, "`random_state` must be between 0 and"),
        ({"workers": "many"}, "`workers` must be `auto` or a whole number"),
        ({"image_shape": (7, 7)}, "`image_shape` (7, 7) is of 49 numbers"),
        ({"image_shape": "8x8"}, "`image_shape` must be whole numbers (H, W), (H, W, C) or (C, H, W)"),
        ({"image_shape": 8}, "such as (8, 8), not 8"),
        ({"image_shape": (-8, -8)}, "not (-8, -8)"),
        ({"callbacks": 3}, "`callbacks` must be a list of `thimble.Callback` objects, such as"),
        ({"callbacks": [print]}, "<built-in function print> is not one"),
        ({"callbacks": [Callback]}, "Callback is a class; write Callback()"),
        ({"augment": "much"}, "`augment`"),
        ({"space": "large"}, "`space`"),
        ({"device": "tpu"}, "`device`"),
        ({"refit": "no"}, "`refit` must be True or False, not 'no'"),
        ({"folder": 5}, "`folder` must be a path, a text or a pathlib.Path, not 5"),
    ],
)
def test_what_cannot_be_is_said_in_a_line_of_arguments(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z") as caught:
        ThimbleClassifier(**SHORT | arguments).fit(X[:100], Y[:100])
    assert words in str(caught.value)


def test_what_is_no_data_is_refused(fitted: ThimbleClassifier) -> None:
    with pytest.raises(ValueError, match="class 0 has 1 picture"):
        ThimbleClassifier(**SHORT).fit(X[:10], Y[:10])
    with pytest.raises(ValueError, match="is no folder or file"):
        ThimbleClassifier(**SHORT).fit("nowhere")
    with pytest.raises(ValueError, match="X has 63 features, but ThimbleClassifier is expecting 64"):
        fitted.predict(X[:, :63])
    with pytest.raises(ValueError, match=r"samples must be \(8, 8\)"):
        fitted.predict(np.zeros((2, 4, 16)))
    items = TensorDataset(torch.from_numpy(PICTURES[:50])[:, None], torch.from_numpy(Y[:50]))
    with pytest.raises(ValueError, match="`y` must be None, as a torch Dataset has labels"):
        ThimbleClassifier(**SHORT).fit(items, Y[:50])
    with pytest.raises(ValueError, match="`X` is a DataLoader; give the torch Dataset"):
        ThimbleClassifier(**SHORT).fit(DataLoader(items))
    with pytest.raises(NotFittedError):
        ThimbleClassifier().confirm(X, Y)
    copy = pickle.loads(pickle.dumps(fitted))
    with pytest.raises(ValueError, match="`export` needs the study, which neither a pickle nor a copy"):
        copy.export()


@pytest.mark.slow
def test_it_stands_among_scikit_learns_tools(tmp_path: Path) -> None:
    some = ThimbleClassifier(**SHORT | {"epochs": 10})
    alone, beside = (cross_val_score(some, X[:500], Y[:500], cv=2, n_jobs=jobs) for jobs in (None, 2))
    assert np.array_equal(alone, beside)
    pipeline = make_pipeline(StandardScaler(), some).fit(X[:500], Y[:500])
    assert pipeline.score(X[500:], Y[500:]) > 0.3
    grid = GridSearchCV(some, {"budget": np.array([1000, 2000])}, cv=2).fit(X[:300], Y[:300])
    assert grid.best_estimator_.best_.parameters <= grid.best_params_["budget"]
