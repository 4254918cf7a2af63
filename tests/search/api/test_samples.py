"""What an estimator makes of the pictures of a folder: their classes, and samples that it is asked about later."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.api import samples
from thimble import ThimbleClassifier

RNG = np.random.default_rng(0)
FAR = ["9" * 25, "8" * 25]


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[[Sequence[str]], Path]:
    """Makes a folder of four pictures of each of these classes."""

    def make(names: Sequence[str]) -> Path:
        for name in names:
            (tmp_path / "pictures" / name).mkdir(parents=True)
            for place in range(4):
                pixels = RNG.integers(0, 256, (12, 13), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{place}.png")
        return tmp_path / "pictures"

    return make


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["10", "2"], [2, 10]),
        (["07", "11"], [7, 11]),
        (["1", "01"], ["01", "1"]),
        (["1", "+1"], ["+1", "1"]),
        (["1", "１"], ["1", "１"]),
        (FAR, sorted(FAR)),
        (["1" + "0" * 17, "2"], [2, 10**17]),
    ],
)
def test_classes_are_whole_numbers_where_they_stay_apart(
    pictures: Callable[[Sequence[str]], Path], names: list[str], classes: list
) -> None:
    known = samples.elsewhere(pictures(names), None, Path())
    assert sorted(known.classes.tolist()) == classes
    again = samples.tested(known, np.zeros((2, 12, 13), np.uint8), np.array(classes[:2]))
    assert [again.task.class_names[label] for label in again.test().labels] == sorted(
        names, key=lambda name: classes.index(name if name in classes else int(name))
    )


@pytest.mark.slow
def test_an_estimator_of_classes_that_differ_by_a_zero(pictures: Callable[[Sequence[str]], Path]) -> None:
    one = ThimbleClassifier(2_000, trials=1, epochs=1, workers=1, finals=0).fit(pictures(["1", "01"]))
    assert list(one.classes_) == ["01", "1"]
    with pytest.raises(ValueError, match="`X` holds uint16 numbers up to 200, bytes or dark pixels of 16 bits"):
        one.predict(np.full((2, 12, 13), 200, np.uint16))
    assert set(one.predict(RNG.integers(0, 256, (9, 12, 13), dtype=np.uint8))) <= {"1", "01"}
