"""The steps from a bare skeleton to a design: each is one change, and the last is the design."""

import itertools
from dataclasses import replace

import pytest

from space.architecture import Architecture
from space.design import Design
from space.known.ladder import ladder, leave_one_out
from space.known.references import REFERENCES
from space.known.zoo import find
from space.layers import BatchNorm, Conv, Dropout, GhostBatchNorm, GlobalAvgPool, MapDropout, PRelu, Silu, Skip
from space.recipe import DEFAULT_RECIPE, Constant

NET = "c16 bn prelu do0.1 c16 bn prelu do0.1 mp [ c16k3p1 bn prelu c16k3p1 bn ] prelu c24 gbn16 prelu gap c10k1"
BODY = "c8 bn relu do0.1 c8 bn relu do0.1 mp c8 bn relu do0.1"
DESIGNS = [
    *(reference.design for reference in REFERENCES.values()),
    find("zoo/8000").design,
    Design(
        Architecture.parse(NET),
        replace(DEFAULT_RECIPE, optimizer="sgd", nesterov=True, decay_vectors=False, distillation=0.5),
    ),
]


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.architecture.notation[:40])
def test_a_ladder_ends_at_the_design_and_each_step_is_another_network_or_recipe(design):
    steps = ladder(design)
    assert steps[-1].design == design
    assert len({step.design.fingerprint for step in steps}) == len(steps)
    assert len({step.name for step in steps}) == len(steps)
    for one, other in itertools.pairwise(step.design for step in steps):
        assert (one.architecture != other.architecture) + (one.recipe != other.recipe) == 1


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.architecture.notation[:40])
def test_the_skeleton_is_bare_and_twice_as_wide(design):
    first, second = (step.design for step in ladder(design)[:2])
    bare = (BatchNorm, GhostBatchNorm, Dropout, MapDropout, GlobalAvgPool, PRelu, Silu, Skip)
    assert not [layer for layer in first.architecture.layers if isinstance(layer, bare)]
    assert first.recipe.schedule == Constant()
    assert not first.recipe.augmentation
    assert not first.recipe.ema
    widths = [[x.channels for x in d.architecture.layers if isinstance(x, Conv)] for d in (first, second)]
    assert widths[0] == [*(2 * width for width in widths[1][:-1]), 10]


def test_the_steps_of_a_design_with_everything():
    names = [step.name for step in ladder(DESIGNS[-1])]
    assert names == [
        "skeleton",
        "lighter widths",
        "batch normalisation",
        "regularisation",
        "global average pooling",
        "capacity",
        "pool position",
        "residual sums",
        "activation",
        "ghost batches",
        "augmentation",
        "schedule",
        "fading",
        "label smoothing",
        "weight average",
        "distillation",
        "decay of weights only",
        "Nesterov momentum",
    ]


@pytest.mark.parametrize(
    ("name", "notation"),
    [
        ("without batch normalisation", "c8 relu do0.1 c8 relu do0.1 mp c8 relu do0.1 c12k1 relu gap c10k1"),
        ("without regularisation", "c8 bn relu c8 bn relu mp c8 bn relu c12k1 bn relu gap c10k1"),
        (
            "without global average pooling",
            f"{BODY} c12k1 bn relu c10k10",
        ),
        ("without pool position", "c8 bn relu do0.1 c8 bn relu do0.1 c8 bn relu do0.1 c12k1 bn relu mp gap c10k1"),
        ("0.7 times as wide", "c6 bn relu do0.1 c6 bn relu do0.1 mp c6 bn relu do0.1 c8k1 bn relu gap c10k1"),
    ],
)
def test_a_design_with_one_change_undone(name, notation):
    net = f"{BODY} c12k1 bn relu gap c10k1"
    found = {step.name: step.design for step in leave_one_out(Design(Architecture.parse(net), DEFAULT_RECIPE))}
    assert found[name].architecture.notation == notation
    assert found[name].recipe == DEFAULT_RECIPE


def test_class_maps_whose_mean_is_taken_become_one_large_convolution():
    net = "c8 relu c8 relu mp c10k3 bn relu gap"
    found = {step.name: step.design for step in leave_one_out(Design(Architecture.parse(net), DEFAULT_RECIPE))}
    assert found["without global average pooling"].architecture.notation == "c8 relu c8 relu mp c10k12"


def test_a_pool_stays_in_front_of_the_class_maps():
    net = "c8 relu c8 relu mp c8 relu c10k1 gap"
    found = {step.name: step.design for step in leave_one_out(Design(Architecture.parse(net), DEFAULT_RECIPE))}
    assert found["without pool position"].architecture.notation == "c8 relu c8 relu c8 relu mp c10k1 gap"


def test_a_depthwise_convolution_follows_its_input():
    net = "c8 relu c8g8 c16k1 relu mp gap c10k1"
    found = {step.name: step.design for step in leave_one_out(Design(Architecture.parse(net), DEFAULT_RECIPE))}
    assert found["twice as wide"].architecture.notation == "c16 relu c16g16 c32k1 relu mp gap c10k1"


def test_a_step_that_changes_no_training_is_none():
    """AdamW has no Nesterov momentum, and no weight decay reaches nothing."""
    design = Design(
        Architecture.parse(NET), replace(DEFAULT_RECIPE, nesterov=True, weight_decay=0.0, decay_vectors=False)
    )
    names = {step.name for step in (*ladder(design), *leave_one_out(design))}
    assert "schedule" in names
    assert not {name for name in names if "Nesterov" in name or "decay" in name}


@pytest.mark.parametrize(
    ("notation", "without"),
    [
        ("c8 relu mp c16 relu gap flatten fc10", "c8 relu mp c16 relu flatten fc10"),
        ("c8 relu gap flatten fc32 relu fc10", "c8 relu flatten fc32 relu fc10"),
        ("gap flatten fc10", "flatten fc10"),
        ("10x32x32 gap", None),
        ("c8 relu { gap flatten | mp26 flatten } fc10", "c8 relu { flatten | mp26 flatten } fc10"),
    ],
)
def test_every_step_has_the_designs_classes(notation, without):
    """Also where fully connected layers follow the mean."""
    design = Design(Architecture.parse(notation), DEFAULT_RECIPE)
    undone = leave_one_out(design)
    assert {step.design.architecture.classes for step in (*ladder(design), *undone)} == {10}
    found = {step.name: step.design.architecture for step in undone}.get("without global average pooling")
    assert (found and found.notation) == without


@pytest.mark.parametrize(
    ("notation", "without"),
    [
        (
            "c8 [ c16k3s2p1 bn relu c16k3p1 bn | c16k1s2 bn ] relu gap c10k1",
            "c8 c16k3s2p1 bn relu c16k3p1 bn relu gap c10k1",
        ),
        (
            "c8 [ c16k1s2 bn | c16k3s2p1 bn relu c16k3p1 bn ] relu gap c10k1",
            "c8 c16k3s2p1 bn relu c16k3p1 bn relu gap c10k1",
        ),
        ("c8 [ mp3s2p1 | [ c8k3p1 ] c8k1s2 ] gap c10k1", "c8 c8k3p1 c8k1s2 gap c10k1"),
        ("c8 { c4k1 | [ c4k1 | c4k3p1 ] } gap c10k1", "c8 { c4k1 | c4k3p1 } gap c10k1"),
        ("c8 [ c8k3p1 | c8k3p1 relu ] gap c10k1", "c8 c8k3p1 gap c10k1"),
    ],
)
def test_without_sums_a_network_is_what_its_shortcuts_went_around(notation, without):
    undone = leave_one_out(Design(Architecture.parse(notation), DEFAULT_RECIPE))
    (step,) = (step for step in undone if step.name == "without residual sums")
    assert step.design.architecture.notation == without
