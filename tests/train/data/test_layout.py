"""Samples of any range and shape as pictures."""

import math

import numpy as np
import pytest

from train.data.bad_data import BadData
from train.data.layout import LEAST, Layout

RANDOM = np.random.default_rng(0)


def levels(samples: np.ndarray) -> np.ndarray:
    """Returns where each number lies between the smallest and the largest, from 0 to 255, by a second formula."""
    return np.interp(samples, [samples.min(), samples.max()], [0, 255])


def spread(samples: np.ndarray) -> np.ndarray:
    """Returns bytes of which one is 0 and one is 255."""
    samples.reshape(-1)[:2] = 0, 255
    return samples


@pytest.mark.parametrize(
    ("low", "high", "sides", "said"),
    [
        (0, 255, (12, 14), ""),
        (30, 200, (12, 14), "Pixels in [0, 1] are (x - 30) / 170, where x"),
        (-1, 1.5, (8, 5), "Pixels in [0, 1] are (x + 1) / 2.5, each repeated 2x3, where x"),
    ],
)
def test_it_says_what_becomes_of_numbers(low: float, high: float, sides: tuple[int, int], said: str) -> None:
    layout = Layout.of(np.linspace(low, high, math.prod(sides)).reshape(1, *sides), None)
    assert layout.describe().startswith(said)
    assert bool(layout.describe()) == bool(said)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_bytes_are_pixels_as_they_are(dtype: type) -> None:
    pixels = spread(RANDOM.integers(0, 256, (9, 14, 13)))
    samples = pixels.astype(dtype)
    assert np.array_equal(Layout.of(samples, None).pictures(samples), pixels)


def test_a_smaller_range_is_widened_and_no_two_numbers_become_one() -> None:
    for most in (1, 16, 250):
        samples = np.arange(most + 1, dtype=np.uint8).repeat(144).reshape(-1, 12, 12)
        made = Layout.of(samples, None).pictures(samples)
        assert (made.min(), made.max(), len(np.unique(made))) == (0, 255, most + 1)


@pytest.mark.parametrize(
    "samples",
    [
        RANDOM.random((30, 12, 12)),
        RANDOM.normal(size=(30, 12, 12)),
        RANDOM.random((30, 12, 12)) * 7.9,
        RANDOM.normal(size=(30, 12, 12)).astype(np.float32) * 1e30,
        RANDOM.integers(0, 65_536, (30, 12, 12)),
        RANDOM.random((30, 12, 12)) < 0.5,
    ],
)
def test_other_ranges_become_256_levels(samples: np.ndarray) -> None:
    made = Layout.of(samples, None).pictures(samples)
    assert made.dtype == np.uint8
    assert np.abs(made - levels(samples.astype(np.float64))).max() <= 0.501


def test_the_range_of_the_first_samples_holds_for_later_ones() -> None:
    first = np.linspace(-1.0, 1.0, 144).reshape(1, 12, 12)
    layout = Layout.of(first, None)
    assert layout.pictures(np.full((1, 12, 12), 0.0)).max() == 128
    assert layout.pictures(np.full((1, 12, 12), 9.0)).min() == 255
    assert layout.pictures(np.full((1, 12, 12), -9.0)).max() == 0


def test_flat_samples_are_rows_of_a_picture() -> None:
    pictures = spread(RANDOM.integers(0, 256, (5, 14, 15), dtype=np.uint8))
    flat = pictures.reshape(5, -1)
    assert np.array_equal(Layout.of(flat, (14, 15)).pictures(flat), pictures)
    square = Layout.of(flat[:, :196], None)
    assert np.array_equal(square.pictures(flat[:, :196]), flat[:, :196].reshape(5, 14, 14))
    assert np.array_equal(square.pictures(flat[:, :196].reshape(5, 14, 14)), flat[:, :196].reshape(5, 14, 14))


@pytest.mark.parametrize("numbers", [1, 2, 3, 4, 10, 17, 64])
def test_any_number_of_features_has_room(numbers: int) -> None:
    samples = spread(RANDOM.integers(1, 256, (3, numbers)))
    made = Layout.of(samples, None).pictures(samples)
    side = int(np.ceil(np.sqrt(numbers)))
    assert made.shape[1] == made.shape[2] >= LEAST
    once = made[:, :: made.shape[1] // side, :: made.shape[2] // side].reshape(3, -1)
    assert np.array_equal(once[:, :numbers], samples)
    assert not once[:, numbers:].any()


def test_colours_first_and_last_are_the_same_pictures() -> None:
    last = spread(RANDOM.integers(0, 256, (4, 13, 12, 3), dtype=np.uint8))
    first = np.moveaxis(last, 3, 1)
    flat = last.reshape(4, -1)
    for samples, shape in ((last, None), (first, None), (flat, (13, 12, 3)), (first.reshape(4, -1), (3, 13, 12))):
        assert np.array_equal(Layout.of(samples, shape).pictures(samples), last)
    grey = spread(last[..., :1].copy())
    assert np.array_equal(Layout.of(grey, None).pictures(grey), grey[..., 0])


def test_small_pictures_are_enlarged() -> None:
    samples = spread(RANDOM.integers(0, 256, (2, 8, 5), dtype=np.uint8))
    made = Layout.of(samples, None).pictures(samples)
    assert np.array_equal(made, np.kron(samples, np.ones((2, 3))))


@pytest.mark.parametrize(
    ("samples", "shape", "words"),
    [
        (np.zeros((2, 63)), (8, 8), "`image_shape` (8, 8) is of 64 numbers, and samples are (63,)"),
        (np.zeros((2, 8, 8)), (4, 16), "`image_shape` (4, 16) is of 64 numbers, and samples are (8, 8)"),
        (np.zeros((2, 8, 8, 2)), None, "no picture"),
        (np.zeros((2, 0, 8)), None, "samples are (0, 8), which have no pixels"),
        (np.zeros((2, 2, 2, 2, 2)), None, "no picture"),
        (np.zeros((2, 1, 1025)), None, "make them smaller, 1,024 pixels a side at most"),
    ],
)
def test_what_is_no_picture_is_refused(samples: np.ndarray, shape: tuple[int, ...] | None, words: str) -> None:
    with pytest.raises(BadData) as caught:
        Layout.of(samples, shape)
    assert words in str(caught.value)


def test_other_samples_must_have_the_same_shape() -> None:
    layout = Layout.of(RANDOM.random((2, 14, 12)), None)
    with pytest.raises(BadData, match=r"samples must be \(14, 12\), or flat, \(168,\)"):
        layout.pictures(np.zeros((2, 12, 14)))


def test_pictures_from_a_file_are_taken_as_files_have_them() -> None:
    pixels = RANDOM.integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
    layout = Layout(shape=(6, 5, 3), size=90)
    for samples in (pixels, np.moveaxis(pixels, 3, 1), pixels / 255, pixels.reshape(4, -1)):
        assert np.array_equal(layout.pictures(samples), pixels)
    with pytest.raises(BadData, match="those of the search were"):
        layout.pictures(pixels[:, :5])


@pytest.mark.parametrize(
    ("samples", "pixels"),
    [
        (np.array([0, 200, 65_535], np.uint16), [0, 1, 255]),
        (np.array([0, 200, 65_535], np.int32), [0, 1, 255]),
        (np.array([0, 200, 255], np.int64), [0, 200, 255]),
        (np.array([0, 0, 0], np.uint16), [0, 0, 0]),
        (np.array([0, 0.5, 1.0]), [0, 128, 255]),
        (np.array([0, 0.5, 200.0], np.float32), [0, 0, 200]),
        (np.array([0, 200 / 65_535, 0]), [0, 1, 0]),
        (np.array([False, True, True]), [0, 255, 255]),
    ],
)
def test_samples_beside_pictures_from_a_file_are_of_the_range_that_type_and_largest_number_say(
    samples: np.ndarray, pixels: list[int]
) -> None:
    made = Layout(shape=(1, 3), size=3).pictures(samples.reshape(1, 1, 3))
    assert made[0, 0].tolist() == pixels


@pytest.mark.parametrize("most", [1, 200, 255])
def test_sixteen_bits_that_may_be_bytes_are_refused_beside_pictures_from_a_file(most: int) -> None:
    with pytest.raises(BadData, match=rf"uint16 numbers up to {most}, .*bytes as uint8, .*as X / 65535\Z"):
        Layout(shape=(1, 3), size=3).pictures(np.array([[[0, 0, most]]], np.uint16))
