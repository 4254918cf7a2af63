"""Studies on data in memory, which later commands find again by their content."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import thimble

X, Y = load_digits(return_X_y=True)
PICTURES = (X.reshape(-1, 8, 8) * 15).astype(np.uint8)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a study in runs/memory, whose images are in a cache of its own."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        data = (PICTURES[:300], Y[:300])
        thimble.Search(2000, data, folder=home / "runs" / "memory", epochs=1, finals=0, workers=1).run(1)
        yield home


@pytest.mark.slow
def test_everything_that_is_asked_of_a_study_goes(home: Path) -> None:
    study = thimble.load(home / "runs" / "memory")
    assert len(study.confirm(seeds=1, workers=1).scores) == 1
    assert study.explain(seeds=1, epochs=1, undo=False, workers=1).rungs
    assert "memory" in study.report(home / "page.html").read_text()
    study.export(home / "net.py", data=home / "data.npz")
    data = np.load(home / "data.npz")
    assert {picture.tobytes() for part in ("x_train", "x_test") for picture in data[part]} == {
        picture.tobytes() for picture in PICTURES[:300]
    }


@pytest.mark.slow
def test_what_goes_on_names_the_study_and_no_images(home: Path) -> None:
    from search.study.begun import settings_of
    from search.study.folder import StudyFolder

    assert settings_of(StudyFolder("memory", home / "runs"))["command"] == "python -m search run --study memory"


@pytest.mark.slow
def test_the_same_arrays_go_on_and_others_are_another_study(home: Path) -> None:
    def search(images: np.ndarray) -> thimble.Search:
        return thimble.Search(2000, (images, Y[:300]), folder=home / "runs" / "memory", epochs=1, finals=0, workers=1)

    assert len([trial for trial in search(PICTURES[:300].copy()).run(2).trials if trial.score is not None]) == 2
    with pytest.raises(ValueError, match="begun with other settings"):
        search(PICTURES[300:600]).run(3)


@pytest.mark.slow
def test_without_test_images_an_export_has_the_held_out_ones(home: Path) -> None:
    some = thimble.ThimbleClassifier(
        2000, epochs=1, trials=1, finals=0, workers=1, folder=home / "runs" / "estimator"
    )
    some.fit(X[:300], Y[:300]).export(home / "own.py", data=home / "own.npz")
    data = np.load(home / "own.npz")
    assert (len(data["x_train"]), len(data["x_test"])) == (250, 50)
    with pytest.raises(ValueError, match="has no test images to score the network on; leave `test` out"):
        thimble.train("best", study=home / "runs" / "estimator", test=True)
    assert "test accuracy" not in (home / "own.py").read_text()


@pytest.mark.slow
def test_where_they_are_gone_a_line_asks_for_them(home: Path) -> None:
    shutil.rmtree(home / "cache")
    with pytest.raises(ValueError, match="pass the same arrays again"):
        thimble.load(home / "runs" / "memory").confirm(seeds=2, workers=1)
    thimble.data((PICTURES[:300], Y[:300]))
    assert len(thimble.load(home / "runs" / "memory").confirm(seeds=2, workers=1).scores) == 2
