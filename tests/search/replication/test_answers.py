"""Answers to the test images are taken for a run's where they score what it says, as far as its arithmetic goes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from results.findings.confirmation import SeedRun
from search.errors import UserError
from search.replication.answers import answers, stored_answers
from space.architecture import Architecture
from train.data.dataset import Dataset
from train.data.forms.memory import open_arrays
from train.device import Precision
from train.files.digests import digest
from train.files.weights import as_file
from train.model import build

IMAGES = 600  # to test with, of which one in 100 is more than another machine's arithmetic turns
NETWORK = Architecture.parse("1x6x6 c4 relu gap c2k1")


@pytest.fixture
def source() -> Dataset:
    pixels, labels = np.random.default_rng(0).integers(0, 256, (IMAGES, 6, 6), dtype=np.uint8), np.arange(IMAGES) % 2
    return open_arrays((pixels[:8], labels[:8], pixels, labels))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    file = tmp_path / "1001.safetensors"
    file.write_bytes(as_file(build(NETWORK, seed=0).state_dict(), {}, file))
    return file


@pytest.mark.parametrize(("trained_in", "most"), [("fp32", 2), ("bf16", IMAGES // 100)])
@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_run_in_bf16_one_picture_in_100_may_be_answered_otherwise(
    source: Dataset, weights: Path, trained_in: Precision, most: int, sign: int
) -> None:
    """It scored in bf16, and is asked in fp32, which turns what is on the border; made now, and read where stored."""
    run = SeedRun(
        seed=1001, accuracies=(), training_accuracies=(), seconds=1.0, weights_sha256=digest(weights.read_bytes())
    )
    right = IMAGES - answers(NETWORK, weights, run, source).wrong
    assert most < right < IMAGES - most

    def asked(apart: int, images: Dataset | None) -> int | None:
        said = replace(run, accuracies=((right + sign * apart) / IMAGES,))
        given = stored_answers(NETWORK, weights, said, images, trained_in=trained_in)
        return given.images - given.wrong if given else None

    assert asked(most, None) is None, "they are not stored yet"
    assert asked(most, source) == right
    assert weights.with_suffix(".answers").exists()
    assert asked(most, None) == right
    for images in (source, None):
        with pytest.raises(UserError, match=f"of {IMAGES} test images, their record says"):
            asked(most + 1, images)
