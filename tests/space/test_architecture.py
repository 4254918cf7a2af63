"""Closed forms against torch, fvcore and a probe of what an output has really seen."""

import random

import pytest
import torch
from fvcore.nn import FlopCountAnalysis, parameter_count
from hypothesis import given, settings
from hypothesis import strategies as st

from space.architecture import Architecture
from space.choices import design_from, draw
from space.design import Budget
from space.layers import InvalidDesign
from space.references import REFERENCES
from train.model import build

TOKENS = ["c4", "c10", "c8k5", "c4k3p1", "mp", "ap2", "ap9", "gap", "c10k1", "bn", "relu", "do0.1", "c8g2"]
SMALL = [name for name, reference in REFERENCES.items() if reference.parameters < 1_000_000]


def drawn(count, sampling="plain"):
    rng = random.Random(1)
    budget = Budget(parameters=8000)
    return [
        design_from(draw(sampling, rng), sampling=sampling, budget=budget, epochs=15).architecture
        for _ in range(count)
    ]


@pytest.mark.parametrize("name", REFERENCES)
def test_references_count_to_their_published_figures(name):
    reference = REFERENCES[name]
    architecture = Architecture.parse(reference.notation)
    assert architecture.notation == reference.notation
    assert architecture.parameters == reference.parameters


@pytest.mark.parametrize("architecture", drawn(12) + [Architecture.parse(REFERENCES[n].notation) for n in SMALL])
def test_shapes_and_counts_are_torchs(architecture):
    model = build(architecture, seed=0).eval()
    x = torch.rand(2, 1, 28, 28)
    for module, cost in zip(model, architecture.costs, strict=False):
        x = module(x)
        assert tuple(x.shape[1:]) == cost.shape
    assert sum(weights.numel() for weights in model.parameters()) == architecture.parameters
    assert parameter_count(model)[""] == architecture.parameters
    counts = FlopCountAnalysis(model, torch.rand(1, 1, 28, 28)).unsupported_ops_warnings(False)
    counts.uncalled_modules_warnings(False).set_op_handle("aten::batch_norm", None)
    assert counts.by_operator()["conv"] == architecture.macs


@pytest.mark.slow
def test_ten_thousand_proposals_are_counted_three_ways():
    rng = random.Random(2)
    for number in range(10_000):
        sampling = ("inside", "plain")[number % 2]
        budget = Budget(parameters=rng.choice([1000, 2000, 4000, 8000, 15000]))
        architecture = design_from(draw(sampling, rng), sampling=sampling, budget=budget, epochs=15).architecture
        assert sampling == "plain" or budget.allows(architecture)
        with torch.device("meta"):
            model = build(architecture)
        assert parameter_count(model)[""] == architecture.parameters
        assert sum(weights.numel() for weights in model.parameters()) == architecture.parameters


@pytest.mark.parametrize(
    "notation",
    [
        "c4 relu c4 relu mp c4 relu gap c10k1",
        "c4k5p2 c4 mp c4 mp c10 gap",
        "c4 c4 mp c4k1 c4 ap2 c10k5",
        "c2 c2 c2 mp c3 c3 c10k7",
    ],
)
def test_receptive_field_is_what_an_output_sees(notation):
    """Positive weights and no maximum: every pixel in the field has a gradient, none outside has."""
    architecture = Architecture.parse(notation)
    model = build(architecture, seed=0).double().eval()
    for weights in model.parameters():
        torch.nn.init.ones_(weights)
    image = torch.rand(1, 1, 28, 28, dtype=torch.double, requires_grad=True)
    x = image
    for module, cost, layer in zip(model, architecture.costs, architecture.layers, strict=False):
        x = torch.nn.functional.avg_pool2d(x, 2) if layer.token == "mp" else module(x)
        if cost.shape[1] > 1 and cost.receptive_field <= 28:
            (gradient,) = torch.autograd.grad(
                x[0, 0, cost.shape[1] // 2, cost.shape[2] // 2], image, retain_graph=True
            )
            rows = (gradient[0, 0].abs().sum(1) > 0).nonzero()
            side = int(rows.max() - rows.min()) + 1
            edge = "p" in notation  # padding cuts the field at the border
            assert side == cost.receptive_field or (edge and side <= cost.receptive_field)


@pytest.mark.parametrize(
    ("notation", "message"),
    [
        ("c8 mp c8 mp c8 mp c10k5", "layer 7 `c10k5`: kernel 5 does not fit a 1x1 map"),
        ("c8 mp c8 c8 mp c8 c10k5", "layer 7 `c10k5`: kernel 5 does not fit a 2x2 map"),
        ("c8 c8 mp c8 c8 mp c10k5", "layer 7 `c10k5`: kernel 5 does not fit a 4x4 map"),
        ("c8 c8 mp c8 relu mp c10k7p0", "layer 7 `c10k7`: kernel 7 does not fit a 5x5 map"),
        ("c8k6 mp c8 c8 c8 c8 c10k5", "layer 7 `c10k5`: kernel 5 does not fit a 3x3 map"),
        ("c8", "layer 1 `c8` leaves 8x26x26, the last must leave 10x1x1"),
        ("c6 c9g4 gap", "layer 2"),
        ("c10 gap mp", "layer 3 `mp`: kernel 2 does not fit a 1x1 map"),
        ("c4 c10g5 gap", "layer 2 `c10g5`: 4 incoming maps do not divide into 5 groups"),
    ],
)
def test_what_does_not_fit_names_its_layer(notation, message):
    with pytest.raises(InvalidDesign) as error:
        Architecture.parse(notation)
    assert message in str(error.value)


@given(
    st.lists(
        st.sampled_from(
            ["c4", "c10", "c8k5", "c4k3p1", "mp", "ap2", "ap9", "gap", "c10k1", "bn", "relu", "do0.1", "c8g2"]
        ),
        max_size=12,
    )
)
@settings(max_examples=300)
def test_random_lists_are_networks_or_refused(tokens):
    try:
        architecture = Architecture.parse(" ".join(tokens))
    except InvalidDesign:
        return
    assert build(architecture)(torch.rand(2, 1, 28, 28)).shape == (2, 10)


def test_whole_map_average_pools_have_one_normal_form():
    spelled = Architecture.parse("c8 c8 mp c8 ap10 c10k1")
    assert spelled != spelled.normal_form() == Architecture.parse("c8 c8 mp c8 gap c10k1")
    cropped = Architecture.parse("c8 c8 mp c8 ap8 c10k1")
    assert cropped.normal_form() == cropped
