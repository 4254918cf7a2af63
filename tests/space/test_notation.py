"""The notation: exact round trips, and errors that name the layer."""

import contextlib
import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space.invalid import InvalidDesign
from space.layers import (
    AdaptiveAvgPool,
    Again,
    AvgPool,
    BatchNorm,
    Branch,
    Concat,
    Conv,
    Dropout,
    EfficientAttention,
    Flatten,
    Fork,
    Gelu,
    GhostBatchNorm,
    GlobalAvgPool,
    GroupNorm,
    HardSwish,
    InstanceNorm,
    Layer,
    LayerNorm,
    LeakyRelu,
    Linear,
    MapDropout,
    MaxPool,
    PRelu,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Skip,
    SqueezeExcite,
    Sum,
    Tanh,
)
from space.layers.sides import pair
from space.notation import format_layers, parse_layers, parse_network

rates = st.floats(0, 1, exclude_min=True, exclude_max=True)  # down to 5e-324, of 326 characters


def sides(least, most):
    """A number, or one of rows and one of columns."""
    one = st.integers(least, most)
    return one | st.tuples(one, one)


PLAIN = [
    *(Relu(), Relu6(), LeakyRelu(), PRelu(), PRelu(one_slope=True), Silu(), Gelu(), HardSwish(), Tanh(), Sigmoid()),
    *(BatchNorm(), GroupNorm(1), LayerNorm(), InstanceNorm(), GlobalAvgPool(), MaxPool(blur=True), Flatten()),
    *(Skip(), Sum(), Fork(), Concat(), Branch()),
]
NUMBERED = [
    *(Conv(8), Dropout(0.1), MapDropout(0.1), AvgPool(2), AdaptiveAvgPool(2), GhostBatchNorm(16), MaxPool()),
    *(Linear(8), SqueezeExcite(4), EfficientAttention(3), Again("conv1")),
]
convs = st.builds(
    lambda per_group, kernel, padding, groups, bias, stride, dilation: Conv(
        per_group * groups, kernel, padding, groups, bias, stride, dilation
    ),
    st.integers(1, 500),
    sides(1, 28),
    sides(0, 9),
    st.integers(1, 9),
    st.booleans(),
    sides(1, 4),
    sides(1, 4),
)


def pools(kind):
    return st.builds(
        lambda kernel, stride, padded: kind(kernel, stride, (min(pair(kernel)) // 2) * padded),
        sides(1, 28),
        st.none() | sides(1, 9),
        st.booleans(),
    )


layers = st.one_of(
    convs,
    pools(MaxPool),
    pools(AvgPool),
    st.builds(Dropout, rates),
    st.builds(MapDropout, rates),
    st.builds(LeakyRelu, st.floats(0, 100, exclude_min=True, exclude_max=True)),
    st.builds(AdaptiveAvgPool, sides(1, 28)),
    st.builds(GhostBatchNorm, st.integers(2, 999)),
    st.builds(GroupNorm, st.integers(1, 999)),
    st.builds(Linear, st.integers(1, 9999), st.booleans()),
    st.builds(SqueezeExcite, st.integers(1, 99), st.booleans()),
    st.builds(lambda half: EfficientAttention(2 * half + 1), st.integers(0, 9)),
    st.builds(
        lambda kind, number: Again(f"{kind}{number}"), st.sampled_from(["conv", "bn", "fc"]), st.integers(1, 99)
    ),
    st.sampled_from(PLAIN),
)


@given(st.lists(layers, min_size=1, max_size=30).map(tuple))
def test_every_list_of_layers_reads_back_as_itself(written):
    assert parse_layers(format_layers(written)) == written


def test_every_kind_of_layer_can_be_written_and_read():
    one_of_each = (*PLAIN, *NUMBERED)
    assert {type(layer) for layer in one_of_each} == set(get_args(Layer))
    assert parse_layers(format_layers(one_of_each)) == one_of_each


@pytest.mark.parametrize(
    ("short", "long"),
    [
        *(("c8", "c8k3"), ("c8", "c8k3p0"), ("c16k3p1", "c16p1"), ("do0.05", "do.05"), ("c8", "c8g1")),
        *(("c8", "c8s1d1"), ("c8s2", "c8k3x3s2x2"), ("c8k3s2p1d2g4b", "c8g4d2p1s2k3b"), ("c8k3x1p1x0", "c8p1x0k3x1")),
        *(
            ("mp", "mp2"),
            ("mp", "mp2s2"),
            ("mp3", "mp3x3s3p0"),
            ("ap3", "ap3s3"),
            ("ln", "gn1"),
            ("lrelu", "lrelu.01"),
        ),
    ],
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
        ("c1g2", "1 map does not divide into 2 groups"),
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
        ("c8k3k3", "layer 1 `c8k3k3`: kernel, stride, padding, dilation and groups are each said once"),
        ("c8s0", "a kernel, stride and dilation of 1"),
        ("mp3p2", "layer 1 `mp3p2`: a pool is padded by at most half its kernel, not by 2 where that is 3"),
        ("eca4", "odd"),
        ("lrelu0", "between 0 and 100, not 0.0"),
        ("aap0", "at least 1"),
        ("fc0", "1 number or more"),
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


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        *(("maxpool", "mp"), ("conv16", "cN"), ("batchnorm", "bn"), ("rleu", "relu"), ("leakyrelu0.1", "lrelu")),
        *(("dense10", "fcN"), ("linear", "fcN"), ("dropout0.1", "doR"), ("groupnorm4", "gnG"), ("layernorm", "ln")),
        *(("swish", "silu"), ("hardswish", "hswish"), ("Flatten", "flatten"), ("[c8]", "["), ("=Conv1", "=NAME")),
        *(
            ("globalavgpool", "gap"),
            ("avgpool2", "apK"),
            ("C8", "cN"),
            ("c8k3b2", "cN"),
            ("se", "seN"),
            ("gelu1", "gelu"),
        ),
        *(("instancenorm", "in"), ("adaptiveavgpool2", "aapK"), ("concat", "{"), ("sigmoidal", "sigmoid")),
    ],
)
def test_what_is_no_layer_is_answered_with_the_nearest(written, nearest):
    with pytest.raises(InvalidDesign, match=f"not a layer; the nearest is `{re.escape(nearest)}"):
        parse_layers(f"c8 {written}")


@pytest.mark.parametrize("text", ["3x1024x1024 c8 gap c10k1", "3x32x32\tc8 gap c10k1", "3x32x32\n\n c8 gap\nc10k1 "])
def test_a_shape_stands_in_front(text):
    shape, layers = parse_network(text)
    assert shape == ((3, 1024, 1024) if "1024" in text else (3, 32, 32))
    assert layers == parse_layers("c8 gap c10k1")


@pytest.mark.parametrize("shape", ["3x0x28", "3x00x28", "0x28x28", f"3x28x{'9' * 5000}"])
def test_what_is_no_shape_is_named(shape):
    with pytest.raises(InvalidDesign, match="is no shape of images; one is channels, height and width"):
        parse_network(f"{shape} c8 gap c10k1")
