"""Pictures of every kind come out as a person sees them, and what is done to them is said."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from train.data.dataset import Dataset, open_dataset

RNG = np.random.default_rng(0)
COLOUR = Image.fromarray(RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8))
GRAY = Image.fromarray(RNG.integers(0, 256, (6, 9), dtype=np.uint8))


def folder_of(tmp_path: Path, image: Image.Image, ending: str = "png", **how) -> Dataset:
    """A data set of one picture, three times in each of two classes; the other's have one dark column."""
    for name in ("a", "b"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for place in range(3):
            image.save(tmp_path / "set" / name / f"{place}.{ending}", **how)
    return open_dataset(str(tmp_path / "set"), tmp_path)


def pixels(opened: Dataset) -> np.ndarray:
    """What all its images are, (H, W) or (H, W, C)."""
    images = torch.cat([opened.training().images, opened.test().images])
    assert (images == images[0]).all()
    return opened.first_image()


def test_a_palette_of_colours(tmp_path: Path) -> None:
    image = COLOUR.quantize(16)
    opened = folder_of(tmp_path, image)
    assert np.array_equal(pixels(opened), np.asarray(image.convert("RGB")))
    assert "6 pictures with a palette, converted to its colours" in opened.notes


def test_a_palette_of_grey_values(tmp_path: Path) -> None:
    image = GRAY.quantize(8)
    opened = folder_of(tmp_path, image, "gif")
    assert np.array_equal(pixels(opened), np.asarray(image.convert("RGB"))[:, :, 0])


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_lie_on_white(tmp_path: Path, mode: str) -> None:
    image = (COLOUR if mode == "RGBA" else GRAY).convert(mode)
    alpha = RNG.integers(0, 256, (6, 9), dtype=np.uint8)
    alpha[:, 0], alpha[:, 1] = 0, 255
    image.putalpha(Image.fromarray(alpha))
    opened = folder_of(tmp_path, image)
    colours = np.asarray(image.convert("RGBA")).astype(float)[:, :, : 3 if mode == "RGBA" else 1]
    share = alpha[:, :, None] / 255
    theirs = (colours * share + 255 * (1 - share)).squeeze()
    assert np.abs(pixels(opened) - theirs).max() <= 1
    assert (pixels(opened)[:, 0] == 255).all()
    assert "6 pictures that may have transparent parts, laid on white" in opened.notes


def test_a_transparent_colour_of_a_palette(tmp_path: Path) -> None:
    opened = folder_of(tmp_path, COLOUR.quantize(4), transparency=0)
    clear = np.asarray(COLOUR.quantize(4)) == 0
    assert clear.any()
    assert (pixels(opened)[clear] == 255).all()


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits(tmp_path: Path, ending: str) -> None:
    wide = RNG.integers(0, 65_536, (6, 9)).astype(np.uint16)
    wide[0, :2] = 0, 65_535
    opened = folder_of(tmp_path, Image.fromarray(wide), ending)
    assert np.abs(pixels(opened).astype(float) - wide / 65_535 * 255).max() <= 0.5
    assert "6 pictures of 16 bits, brought to 8" in opened.notes


def test_a_transparent_value_of_sixteen_bits_stays_and_nothing_else_is_said(tmp_path: Path) -> None:
    wide = RNG.integers(0, 65_536, (6, 9)).astype(np.uint16)
    opened = folder_of(tmp_path, Image.fromarray(wide), transparency=int(wide[0, 0]))
    with Image.open(tmp_path / "set" / "a" / "0.png") as image:
        assert "transparency" in image.info
    assert np.abs(pixels(opened).astype(float) - wide / 65_535 * 255).max() <= 0.5
    assert "6 pictures of 16 bits, brought to 8" in opened.notes
    assert not any("white" in note for note in opened.notes)


def test_the_a_of_lab_is_a_colour(tmp_path: Path) -> None:
    lab = Image.merge("LAB", COLOUR.split())
    opened = folder_of(tmp_path, lab, "tif")
    assert np.array_equal(pixels(opened), np.asarray(lab.convert("RGB")))
    assert not any("white" in note for note in opened.notes)


@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_as_exif_says(tmp_path: Path, orientation: int, ending: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    opened = folder_of(tmp_path, COLOUR, ending, exif=exif)
    with Image.open(tmp_path / "set" / "a" / f"0.{ending}") as image:
        theirs = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(pixels(opened), theirs)
    assert opened.task.image == ((3, 9, 6) if orientation >= 5 else (3, 6, 9))
    assert ("6 pictures turned as EXIF data says" in opened.notes) == (orientation > 1)


def test_of_a_moving_picture_the_first(tmp_path: Path) -> None:
    other = ImageOps.invert(GRAY)
    opened = folder_of(tmp_path, GRAY, "gif", save_all=True, append_images=[other, GRAY])
    assert np.array_equal(pixels(opened), np.asarray(GRAY))
    assert "6 pictures that move, their first image taken" in opened.notes


@pytest.mark.parametrize("mode", ["1", "CMYK", "YCbCr"])
def test_other_modes_are_as_pillow_converts_them(tmp_path: Path, mode: str) -> None:
    image = COLOUR.convert(mode)
    opened = folder_of(tmp_path, image, "tif")
    assert np.array_equal(pixels(opened), np.asarray(image.convert("L" if mode == "1" else "RGB")))
