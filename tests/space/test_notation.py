"""The notation: exact round trips, and errors that name the layer."""

import contextlib
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space.invalid import InvalidDesign
from space.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GhostBatchNorm,
    GlobalAvgPool,
    Layer,
    MapDropout,
    MaxPool,
    PRelu,
    Relu,
    Silu,
    Skip,
    Sum,
)
from space.notation import format_layers, parse_layers

rates = st.floats(0, 1, exclude_min=True, exclude_max=True)  # down to 5e-324, of 326 characters
convs = st.builds(
    lambda per_group, kernel, padding, groups, bias: Conv(per_group * groups, kernel, padding, groups, bias),
    st.integers(1, 500),
    st.integers(1, 28),
    st.integers(0, 9),
    st.integers(1, 9),
    st.booleans(),
)
layers = st.one_of(
    convs,
    st.builds(Dropout, rates),
    st.builds(MapDropout, rates),
    st.builds(AvgPool, st.integers(1, 28)),
    st.builds(GhostBatchNorm, st.integers(2, 999)),
    st.builds(MaxPool, st.booleans()),
    st.sampled_from([Relu(), PRelu(), Silu(), BatchNorm(), GlobalAvgPool(), Skip(), Sum()]),
)


@given(st.lists(layers, min_size=1, max_size=30).map(tuple))
def test_every_list_of_layers_reads_back_as_itself(written):
    assert parse_layers(format_layers(written)) == written


def test_every_kind_of_layer_can_be_written_and_read():
    one_of_each = (Conv(8), Dropout(0.1), MapDropout(0.1), AvgPool(2), GhostBatchNorm(16), MaxPool())
    one_of_each += (Relu(), PRelu(), Silu(), BatchNorm(), GlobalAvgPool(), Skip(), Sum())
    assert {type(layer) for layer in one_of_each} == set(get_args(Layer))
    assert parse_layers(format_layers(one_of_each)) == one_of_each


@pytest.mark.parametrize(
    ("short", "long"), [("c8", "c8k3"), ("c8", "c8k3p0"), ("c16k3p1", "c16p1"), ("do0.05", "do.05"), ("c8", "c8g1")]
)
def test_spellings_of_one_layer_are_written_in_one_way(short, long):
    assert format_layers(parse_layers(long)) == short


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c8 foo", "layer 2 `foo`"),
        ("", "at least one layer"),
        ("   ", "at least one layer"),
        ("c0", "layer 1 `c0`"),
        ("c8k0", "layer 1 `c8k0`"),
        ("c9g2", "9 maps do not divide into 2 groups"),
        ("relu do1", "between 0 and 1, not 1.0"),
        ("do0", "between 0 and 1"),
        ("c8k3b2", "layer 1 `c8k3b2`: not a layer"),
        ("C8", "layer 1 `C8`"),
        ("c\u0668", "not a layer"),
        ("ap0", "at least 1"),
        ("gbn1", "at least 2 images, not 1"),
        ("gbn", "layer 1 `gbn`: not a layer"),
        ("[c8]", "layer 1 `.c8.`: not a layer"),
        ("c8k-3", "not a layer"),
        ("c" + "9" * 5000, "layer 1 `c9999.*too long"),
        ("bn c8k" + "9" * 10, "layer 2 `c8k9999999999`: the number is too long"),
        ("relu do" + "9" * 10 + ".5", "layer 2 .*too long"),
        ("do0." + "0" * 400 + "1", "between 0 and 1"),
        ("do1e-3", "layer 1 `do1e-3`: not a layer"),
        ("c8,relu", "layer 1 `c8,relu`: not a layer"),
        ("d2d.", "layer 1 `d2d.`: not a layer"),
        ("relu " * 1001, "at most 1000 layers"),
    ],
)
def test_what_is_no_layer_is_named(text, message):
    with pytest.raises(InvalidDesign, match=message.replace("(", r"\(")):
        parse_layers(text)


@pytest.mark.parametrize("text", ["x" * 100_000, "c8 " + "c" + "9" * 100_000, "do0." + "x" * 100_000])
def test_a_hostile_text_is_answered_in_a_line(text):
    with pytest.raises(InvalidDesign) as error:
        parse_layers(text)
    assert len(str(error.value)) < 200


@given(st.text(max_size=40) | st.text("cdogapkmrelubn0123456789. 2-", max_size=40))
def test_no_text_raises_anything_else(text):
    with contextlib.suppress(InvalidDesign):
        parse_layers(text)
