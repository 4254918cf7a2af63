"""The work of a training, against figures that are counted otherwise."""

import math
from dataclasses import replace

import pytest

from space.architecture import Architecture
from space.augmentations import Flip, Rotation
from space.design import Design
from space.known.references import REFERENCES
from space.known.zoo import zoo
from space.recipe import DEFAULT_RECIPE
from space.work import KINDS, work

PLAIN = replace(DEFAULT_RECIPE, augmentation=(), ema=0.0, batch_size=100)


def of(notation, *, images=1000, held_out=0, recipe=PLAIN, image=(1, 28, 28)):
    return work(Design(Architecture.parse(notation, image=image), recipe), images=images, held_out=held_out)


@pytest.mark.parametrize(
    "design", [known.design for known in (*zoo().values(), REFERENCES["ladder-3/6"])], ids=lambda d: d.fingerprint
)
def test_multiply_adds_are_the_networks_less_the_gradient_of_the_images(design):
    counts = work(design, images=3, held_out=30)
    first = design.architecture.costs[0].macs
    assert sum(counts[kind] for kind in ("dense", "pointwise", "grouped")) == pytest.approx(
        design.architecture.macs * (3 + 10) - first
    )
    assert counts.keys() <= KINDS.keys()
    assert min(counts.values()) >= 0


def test_each_layer_is_work_of_its_kind():
    counts = of("c4 bn relu mp c8k1 gbn25 silu do0.1 [ c8k3p1g8 prelu ] gap c10k1")
    elements = 1000 * 4 * 26 * 26
    assert counts["norm"] == elements + 1000 * 8 * 13 * 13
    assert counts["pool"] == elements + 1000 * 8 * 13 * 13
    assert counts["silu"] == counts["dropout"] == counts["sum"] == 1000 * 8 * 13 * 13
    assert counts["activation"] == elements + 1000 * 8 * 13 * 13
    assert counts["grouped"] == 1000 * 8 * 9 * 13 * 13
    assert counts["pointwise"] == 1000 * (4 * 8 * 13 * 13 + 8 * 10)
    assert counts["convolution"] == 4 * 10
    assert counts["layer"] == 10 * (10 - 1 + 4)  # a ghost batch has four parts, and so is four


def test_steps_depend_on_the_batch_and_elements_do_not():
    small, large = (of("c4 bn relu gap c10k1", recipe=replace(PLAIN, batch_size=size)) for size in (10, 200))
    assert (small["step"], large["step"]) == (100, 5)
    assert small["norm"] == large["norm"]


def test_what_a_recipe_adds_is_counted():
    plain, notation = of("c4 bn relu gap c10k1"), "c4 bn relu gap c10k1"
    moved = of(notation, recipe=replace(PLAIN, augmentation=(Rotation(degrees=9.0), Flip())))
    assert moved["warp"] == moved["recolour"] == 1000 * 28 * 28
    assert of(notation, recipe=replace(PLAIN, ema=0.9))["parameters"] == 2 * plain["parameters"]
    assert of(notation, recipe=replace(PLAIN, optimizer="muon"))["muon"] == 2 * 10
    assert of(notation, recipe=replace(PLAIN, distillation=0.5))["dense"] > 10 * plain["dense"]


def test_larger_pictures_and_more_channels_are_more_work():
    small, large = of("c4 gap c10k1", image=(3, 32, 32)), of("c4 gap c10k1", image=(3, 64, 64))
    assert large["dense"] / small["dense"] == pytest.approx((62 / 30) ** 2)
    assert small["pixels"] == 1000 * math.prod((3, 32, 32))
