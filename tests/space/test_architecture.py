"""Closed forms against torch, fvcore and a probe of what an output has really seen."""

import random
from dataclasses import replace

import pytest
import torch
from fvcore.nn import FlopCountAnalysis, parameter_count
from hypothesis import given, settings
from hypothesis import strategies as st

from space.architecture import Architecture, LayerCost
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.design import Budget
from space.invalid import InvalidDesign
from space.known.references import REFERENCES
from space.layers import AvgPool, Conv, GlobalAvgPool, MaxPool
from space.task import DIGITS
from tests.amounts import soak
from train.model import build

TOKENS = ["c4", "c10", "c8k5", "c4k3p1", "mp", "ap2", "ap9", "gap", "c10k1", "bn", "relu", "do0.1", "c8g2"]
TOKENS += ["[", "]", "prelu", "silu", "gbn2"]
Windows = Conv | MaxPool | AvgPool | GlobalAvgPool
SMALL = [name for name, reference in REFERENCES.items() if reference.parameters < 1_000_000]


def drawn(count, sampling="plain"):
    rng = random.Random(1)
    budget = Budget(parameters=8000)
    return [
        design_from(
            draw("core", sampling, rng, task=DIGITS, augment="digits"),
            space="core",
            budget=budget,
            epochs=15,
            task=DIGITS,
        ).architecture
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
def test_thousands_of_proposals_are_counted_three_ways():
    rng = random.Random(2)
    for number in range(soak("PROPOSALS", 1_000)):
        sampling = ("inside", "plain")[number % 2]
        budget = Budget(parameters=rng.choice([1000, 2000, 4000, 8000, 15000]))
        architecture = design_from(
            draw("core", sampling, rng, task=DIGITS, augment="digits"),
            space="core",
            budget=budget,
            epochs=15,
            task=DIGITS,
        ).architecture
        assert sampling == "plain" or budget.allows(architecture)
        with torch.device("meta"):
            model = build(architecture)
        assert parameter_count(model)[""] == architecture.parameters
        assert sum(weights.numel() for weights in model.parameters()) == architecture.parameters


@pytest.mark.parametrize("name", REFERENCES)
def test_fvcore_counts_the_references_without_memory_for_their_weights(name):
    architecture = REFERENCES[name].design.architecture
    with torch.device("meta"):
        assert parameter_count(build(architecture))[""] == architecture.parameters


def seen_by_the_centre(notation):
    """For each layer: what the closed form says of the middle element's rows, and the input rows with a
    gradient under weights of one and means for maxima."""
    architecture = Architecture.parse(notation)
    model = build(architecture, seed=0).eval()
    for weights in model.parameters():
        torch.nn.init.ones_(weights)
    image, mean = torch.ones(1, 1, 28, 28, requires_grad=True), torch.nn.functional.avg_pool2d
    x, first, jump = image, 0, 1
    for module, cost, layer in zip(model, architecture.costs, architecture.layers, strict=False):
        if isinstance(layer, Conv):
            first -= layer.padding * jump
        before = x.shape[2]
        x = mean(mean(x, 2, 1) if layer.blur else x, 2) if isinstance(layer, MaxPool) else module(x)
        middle = x.shape[2] // 2
        if isinstance(layer, MaxPool | AvgPool | GlobalAvgPool):
            jump *= getattr(layer, "kernel", 2 if isinstance(layer, MaxPool) else before)
        start = first + middle * jump
        (gradient,) = torch.autograd.grad(x[0, 0, middle, middle], image, retain_graph=True)
        rows = (gradient[0, 0].abs().sum(1) > 0).nonzero().flatten().tolist()
        yield list(range(max(start, 0), min(start + cost.receptive_field, 28))), rows


def bones(name):
    """The windows of a reference, two maps wide: what its receptive field depends on."""
    layers = [layer for layer in REFERENCES[name].design.architecture.layers if isinstance(layer, Windows)]
    last = max(place for place, layer in enumerate(layers) if isinstance(layer, Conv))
    return " ".join(
        replace(layer, channels=2).token if isinstance(layer, Conv) and place != last else layer.token
        for place, layer in enumerate(layers)
    )


@pytest.mark.parametrize(
    "notation",
    [
        "c4k5p2 c4 mp c4 mp c10 gap",
        "c4 c4 mp c4k1 c4 ap2 c10k5",
        "c2 c2 c2 mp c3 c3 c10k7",
        "c2 ap3 c2 c10k6",
        "c4 mpb c4k1 c4 mpb c10 gap",
        "c2 relu bn do0.5 mp c2 relu d2d0.5 gap c10k1",
        *dict.fromkeys(map(bones, REFERENCES)),
    ],
)
def test_receptive_field_is_what_an_output_sees(notation):
    for said, seen in seen_by_the_centre(notation):
        assert said == seen


def test_the_probe_can_fail(monkeypatch):
    def too_wide(**cost):
        return LayerCost(**cost | {"receptive_field": cost["receptive_field"] + 2})

    monkeypatch.setattr("space.tracing.LayerCost", too_wide)
    with pytest.raises(AssertionError):
        test_receptive_field_is_what_an_output_sees("c4 c4 mp c4 gap c10k1")


@pytest.mark.parametrize("architecture", drawn(6) + [Architecture.parse(REFERENCES[n].notation) for n in SMALL[:12]])
def test_peak_activation_memory_is_the_largest_input_and_output(architecture):
    """Of layers that write somewhere else than they read; batch normalisation, ReLU and dropout do not."""
    x = torch.zeros(1, 1, 28, 28)
    peak = 0
    for module, layer in zip(build(architecture, seed=0).eval(), architecture.layers, strict=False):
        before, x = x, module(x)
        if isinstance(layer, Windows):
            peak = max(peak, before.nbytes + x.nbytes)
    assert architecture.activation_bytes == peak


@pytest.mark.parametrize(
    ("notation", "message"),
    [
        ("c8 mp c8 mp c8 mp c10k5", "layer 7 `c10k5`: kernel 5 does not fit a 1x1 map"),
        ("c8 mp c8 c8 mp c8 c10k5", "layer 7 `c10k5`: kernel 5 does not fit a 2x2 map"),
        ("c8 c8 mp c8 c8 mp c10k5", "layer 7 `c10k5`: kernel 5 does not fit a 4x4 map"),
        ("c8 c8 mp c8 relu mp c10k7p0", "layer 7 `c10k7`: kernel 7 does not fit a 5x5 map"),
        ("c8k6 mp c8 c8 c8 c8 c10k5", "layer 7 `c10k5`: kernel 5 does not fit a 3x3 map"),
        ("c8", "layer 1 `c8` leaves 8x26x26, the last must leave a number a class, Nx1x1"),
        ("c6 c9g4 gap", "layer 2"),
        ("c10 gap mp", "layer 3 `mp`: kernel 2 does not fit a 1x1 map"),
        ("c4 c10g5 gap", "layer 2 `c10g5`: 4 incoming maps do not divide into 5 groups"),
        ("c1 gn2 c10 gap", "layer 2 `gn2`: 1 incoming map does not divide into 2 groups"),
        (
            "c10 [ c10 ] gap",
            "layer 4 `]`: a residual block must keep the shape, 10x26x26 comes in at layer 2 `[` and",
        ),
        ("c10 [ relu gap", "layer 2 `[`: no `]` closes it"),
        ("c10 [ [ relu ] gap", "layer 2 `[`: no `]` closes it"),
        ("c10 relu ] gap", "layer 3 `]`: no `[` opens it"),
        ("c10 [ ] gap", "layer 3 `]`: there is nothing between it and its `[`"),
    ],
)
def test_what_does_not_fit_names_its_layer(notation, message):
    with pytest.raises(InvalidDesign) as error:
        Architecture.parse(notation)
    assert message in str(error.value)


@given(st.lists(st.sampled_from(TOKENS), max_size=12))
@settings(max_examples=300)
def test_random_lists_are_networks_or_refused(tokens):
    try:
        architecture = Architecture.parse(" ".join(tokens))
    except InvalidDesign:
        return
    assert build(architecture)(torch.rand(2, 1, 28, 28)).shape == (2, architecture.classes)


def test_what_a_residual_block_keeps_is_memory():
    """A block's first layer reads what is kept; behind it that lies beside input and output."""
    side = 26 * 26 * 4
    assert Architecture.parse("c2 [ c2k1 relu ] c10k26").activation_bytes == 4 * side
    assert Architecture.parse("c2 [ c2k1 c2k1 ] c10k26").activation_bytes == 6 * side
    assert Architecture.parse("c2 [ c3k1 [ c3k1 c3k1 ] c2k1 ] c10k26").activation_bytes == (2 + 9) * side


def test_what_comes_into_a_block_is_kept_until_its_last_branch():
    """Before that it lies beside what has left other branches, and the input and output of the layer under way."""
    side = 26 * 26 * 4
    assert Architecture.parse("c2 [ c2k1 | c8k1 c2k1 ] c10k26").activation_bytes == (2 + 8 + 2) * side
    assert Architecture.parse("c2 [ c2k1 | c8k1 c2k1 | c2k1 ] c10k26").activation_bytes == (2 + 2 + 8 + 2) * side
    three = Architecture.parse("c2 { c2k1 | relu c8k1 c2k1 | c2k1 } c10k26")
    assert three.activation_bytes == (2 + 2 + 2 + 8) * side


def test_whole_map_average_pools_have_one_normal_form():
    spelled = Architecture.parse("c8 c8 mp c8 ap10 c10k1")
    assert spelled != spelled.normal_form() == Architecture.parse("c8 c8 mp c8 gap c10k1")
    cropped = Architecture.parse("c8 c8 mp c8 ap8 c10k1")
    assert cropped.normal_form() == cropped


@pytest.mark.parametrize("image", [(1, 999_999_999, 1), (1, 28, 131_073)])
def test_an_image_that_no_memory_has_room_for_is_refused(image):
    with pytest.raises(InvalidDesign, match=r"at most 131,072 rows and columns, not (999,999,999|131,073)"):
        Architecture.parse("gap c10k1", image=image)
