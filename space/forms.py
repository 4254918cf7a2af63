"""The forms of all layers: their tokens, how these are taken apart, and what the page of the notation says."""

import re

from space.form import Form, Row, form, plain
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
    LayerNorm,
    LeakyRelu,
    Linear,
    MapDropout,
    MaxPool,
    PRelu,
    Relu,
    Relu6,
    Side,
    Sigmoid,
    Silu,
    Skip,
    SqueezeExcite,
    Sum,
    Tanh,
)

_CONV = re.compile(r"c(\d+)((?:[kspd]\d+(?:x\d+)?|g\d+)*)(b?)", re.ASCII)
_PART = re.compile(r"([kspdg])(\d+(?:x\d+)?)", re.ASCII)
_WINDOW = r"(\d+(?:x\d+)?)(?:s(\d+(?:x\d+)?))?(?:p(\d+(?:x\d+)?))?"
_NUMBER = r"(\d*\.?\d+)"


def _side(text: str) -> Side:
    """Reads `3`, or `3x1` of rows and columns."""
    rows, _, columns = text.partition("x")
    return (int(rows), int(columns)) if columns else int(rows)


def _conv(match: re.Match[str]) -> Conv:
    parts = _PART.findall(match[2])
    given = dict(parts)
    if len(given) < len(parts):
        raise InvalidDesign("kernel, stride, padding, dilation and groups are each said once")
    return Conv(
        int(match[1]),
        _side(given.get("k", "3")),
        _side(given.get("p", "0")),
        int(given.get("g", "1")),
        match[3] == "b",
        _side(given.get("s", "1")),
        _side(given.get("d", "1")),
    )


def _window(match: re.Match[str]) -> tuple[Side, Side | None, Side]:
    """Reads the kernel, stride and padding of a pool."""
    return _side(match[1]), _side(match[2]) if match[2] else None, _side(match[3] or "0")


_STAYS = "stays"
_NONE = "none"

FORMS: tuple[Form, ...] = (
    Form(
        _CONV,
        _conv,
        (
            Row("cN", "3x3 convolution to N maps, stride 1, no padding, no bias", "9 M N",
                "N maps; 2 rows and 2 columns fewer", "c16"),
            Row("cNkK", "the same with a KxK kernel", "K K M N", "N maps; K - 1 rows and columns fewer", "c10k1",
                (20, 12, 12)),
            Row("cNkRxC", "with a kernel of R rows and C columns; stride, padding and dilation are written so, too",
                "R C M N", "N maps; R - 1 rows and C - 1 columns fewer", "c16k3x1p1x0", (8, 12, 12)),
            Row("cN…sS", "at every Sth place, rows and columns", "as without a stride",
                "an Sth of the rows and columns, rounded up", "c16k3s2p1", (8, 12, 12)),
            Row("cN…pP", "padded by P rows and columns of zeros on each side", "as without padding",
                "2 P rows and columns more", "c16k3p1", (8, 12, 12)),
            Row("cN…dD", "dilated: the elements of a window lie D apart, so that a kernel of K spans D (K - 1) + 1",
                "as without dilation", "D (K - 1) rows and columns fewer", "c16k3p2d2", (8, 12, 12)),
            Row("cN…gG", "in G groups, each from M / G maps to N / G; G divides M and N", "K K M N / G",
                "as without groups", "c24k3p1g24", (24, 12, 12)),
            Row("cN…b", "with a bias", "N more", "as without a bias", "c10k1b", (20, 1, 1)),
        ),
        ("conv", "convolution", "convd", "depthwise", "dw", "dwconv", "sepconv"),
        "cN[kK][sS][pP][dD][gG][b]",
    ),
    plain(Relu(), ("max(x, 0)", _NONE, _STAYS, "relu")),
    plain(Relu6(), ("min(max(x, 0), 6)", _NONE, _STAYS, "relu6")),
    form(
        rf"lrelu{_NUMBER}?", lambda match: LeakyRelu(float(match[1])) if match[1] else LeakyRelu(),
        Row("lrelu", "x where it is positive, else x times 0.01, torch's slope", _NONE, _STAYS, "lrelu"),
        Row("lreluR", "x where it is positive, else x times R, between 0 and 100", _NONE, _STAYS, "lrelu0.2"),
        called="leakyrelu leaky", usage="lrelu[R]",
    ),
    plain(PRelu(), ("x where it is positive, else x times a slope that each map learns", "M", _STAYS, "prelu")),
    plain(
        PRelu(one_slope=True),
        ("the same with one slope for all maps, torch's default", "1", _STAYS, "prelu1"),
    ),
    plain(Silu(), ("x times sigmoid(x)", _NONE, _STAYS, "silu"), called="swish"),
    plain(Gelu(), ("x times the share of a normal distribution that lies below x", _NONE, _STAYS, "gelu")),
    plain(
        HardSwish(), ("x times min(max(x + 3, 0), 6) / 6", _NONE, _STAYS, "hswish"), called="hardswish hardsilu"
    ),
    plain(Tanh(), ("the hyperbolic tangent", _NONE, _STAYS, "tanh")),
    plain(Sigmoid(), ("1 / (1 + exp(-x))", _NONE, _STAYS, "sigmoid"), called="logistic"),
    plain(
        BatchNorm(),
        ("batch normalisation of each map, with a learned scale and shift", "2 M", _STAYS, "bn"),
        called="batchnorm norm",
    ),
    form(
        r"gbn(\d+)", lambda match: GhostBatchNorm(int(match[1])),
        Row("gbnN", "ghost batch normalisation: in training each N images of a batch by themselves; N is 2 or more",
            "2 M", _STAYS, "gbn32"),
        called="ghostbatchnorm",
    ),
    form(
        r"gn(\d+)", lambda match: GroupNorm(int(match[1])),
        Row("gnG", "normalisation of each image's maps in G groups, with a learned scale and shift a map; with G = M "
            "instance normalisation that learns, with G = 1 `ln`", "2 M", _STAYS, "gn2"),
        called="groupnorm",
    ),
    form(
        "ln", lambda _: GroupNorm(1),
        Row("ln", "normalisation of each image's maps together, with a learned scale and shift a map", "2 M", _STAYS,
            "ln"),
        called="layernorm",
    ),
    plain(
        LayerNorm(),
        ("the same with a scale and shift an element, H rows and W columns: torch's LayerNorm of a whole map",
         "2 M H W", _STAYS, "lne"),
        (8, 12, 12),
    ),
    plain(
        InstanceNorm(),
        ("instance normalisation: each map of each image by itself", _NONE, _STAYS, "in"),
        called="instancenorm",
    ),
    form(
        rf"do{_NUMBER}", lambda match: Dropout(float(match[1])),
        Row("doR", "dropout of single elements at rate R, between 0 and 1", _NONE, _STAYS, "do0.05"),
        called="dropout drop",
    ),
    form(
        rf"d2d{_NUMBER}", lambda match: MapDropout(float(match[1])),
        Row("d2dR", "dropout of whole maps at rate R, between 0 and 1", _NONE, _STAYS, "d2d0.05"),
        called="dropoutd mapdropout spatialdropout",
    ),
    form(
        f"mp(?:{_WINDOW})?", lambda match: MaxPool(*_window(match)) if match[1] else MaxPool(),
        Row("mp", "maximum over 2x2 windows", _NONE, "half of the rows and columns; one left over is dropped", "mp",
            (8, 25, 25)),
        Row("mpK", "maximum over KxK windows, or RxC with `mpRxC`", _NONE,
            "a Kth of the rows and columns; what is left over is dropped", "mp3", (8, 25, 25)),
        Row("mpK…sS", "at every Sth place", _NONE, "an Sth of the rows and columns after K - S are taken off",
            "mp3s2", (8, 25, 25)),
        Row("mpK…pP", "padded by P on each side, at most half of K", _NONE, "2 P rows and columns more before that",
            "mp3s2p1", (8, 25, 25)),
        called="maxpool maxpooling pool pooling", usage="mp[K][sS][pP]",
    ),
    plain(
        MaxPool(blur=True),
        ("blurred max pool: the maximum over every 2x2 window, then the mean over 2x2 at stride 2, so that moving "
         "the image by a pixel changes less", _NONE, "half of the rows and columns after one is taken off", "mpb"),
        called="blurpool",
    ),
    form(
        f"ap{_WINDOW}", lambda match: AvgPool(*_window(match)),
        Row("apK", "mean over KxK windows; with `…sS` and `…pP` as of `mp`, zeros of the padding counted", _NONE,
            "a Kth of the rows and columns; what is left over is dropped", "ap3", (8, 8, 8)),
        called="avgpool averagepool meanpool", usage="apK[sS][pP]",
    ),
    form(
        r"aap(\d+(?:x\d+)?)", lambda match: AdaptiveAvgPool(_side(match[1])),
        Row("aapK", "adaptive average pool: means over as large windows as leave KxK, or RxC with `aapRxC`", _NONE,
            "KxK", "aap2", (8, 5, 5)),
        called="adaptiveavgpool adaptivepool",
    ),
    plain(
        GlobalAvgPool(), ("mean over the whole map", _NONE, "1x1", "gap"), (16, 4, 4),
        called="globalavgpool globalaveragepool globalpool",
    ),
    plain(
        Flatten(),
        ("one row of numbers, map by map and row by row; `fcN`, norms but `gbnN` and `in`, activations, dropout and "
         "blocks may follow it", _NONE, "all numbers, 1x1", "flatten"),
        (16, 4, 4), called="view reshape",
    ),
    form(
        r"fc(\d+)(b?)", lambda match: Linear(int(match[1]), match[2] == "b"),
        Row("fcN", "fully connected layer to N numbers, behind `flatten`; as `cNkK` is that covers a map of KxK",
            "M N", "Nx1x1", "flatten fc50", (16, 4, 4)),
        Row("fcNb", "with a bias", "N more", "Nx1x1", "flatten fc10b", (16, 4, 4)),
        called="linear dense fullyconnected", usage="fcN[b]",
    ),
    form(
        r"se(\d+)(b?)", lambda match: SqueezeExcite(int(match[1]), match[2] == "b"),
        Row("seN", "squeeze-excite gate: each map times a sigmoid of what a 1x1 convolution to N, ReLU and one back "
            "to M make of the means of all maps", "2 M N", _STAYS, "se2"),
        Row("seNb", "with biases", "M + N more", _STAYS, "se2b"),
        called="squeezeexcite squeezeexcitation senet", usage="seN[b]",
    ),
    form(
        r"eca(\d+)", lambda match: EfficientAttention(int(match[1])),
        Row("ecaK", "ECA gate: each map times a sigmoid of what one kernel of K, odd, makes of the means of it "
            "and its neighbours", "K", _STAYS, "eca3"),
        called="efficientchannelattention",
    ),
    plain(
        Skip(),
        ("a residual block begins: what comes in here is added at `]`; what stands between keeps the shape, and "
         "blocks nest", "those of its layers", _STAYS, "[ c8k3p1 bn ]"), (8, 12, 12), called="skip residual",
    ),
    plain(
        Sum(),
        ("a residual block ends; with `|` in it, what leaves its branches is added, of the same shape",
         "those of its layers", "as its branches", "[ c16k3s2p1 bn | c16k1s2 ]"), (8, 12, 12), called="sum add",
    ),
    plain(
        Fork(),
        ("a dense block begins: what comes in here is put in front of the maps that come to `}`",
         "those of its layers", "maps added", "{ c4k3p1 relu }"), (8, 12, 12), called="cat concat concatenate",
    ),
    plain(
        Concat(),
        ("a dense block ends; with `|` in it, it has the maps of its branches, in order, which are as high and wide",
         "those of its layers", "maps of its branches together", "{ c4k1 | c4k3p1 | mp3s1p1 }"), (8, 12, 12),
    ),
    plain(
        Branch(),
        ("the next branch of a block begins, with what came into the block", "those of its layers",
         "what came into the block", "[ c8k3p1 | c8k1 ]"), (8, 12, 12),
    ),
    form(
        r"=([a-z]+\d+)", lambda match: Again(match[1]),
        Row("=NAME", "a layer with weights once more, by its name: `=conv2` is the second convolution of the "
            "network, with the same weights", _NONE, "as that layer", "c8k3p1 relu =conv1", (8, 12, 12)),
        called="shared repeat again same",
    ),
)  # fmt: skip
"""All of them, in the order of the page."""
