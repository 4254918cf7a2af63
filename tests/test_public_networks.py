"""Networks that people have published or that courses ask for: counted, trained, exported, and run elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fvcore.nn import parameter_count
from torch import nn

from results.export.evidence import Evidence
from results.export.module import render
from results.export.onnx_file import as_onnx, check
from results.export.verify import verify
from space.architecture import Architecture
from space.design import Design
from space.recipe import PLAIN_RECIPE
from space.task import DIGITS
from train.data.images import Images
from train.data.split import Split
from train.files.weights import as_file
from train.loop import train
from train.model import build

R = "relu bn do0.05"
NORMS = ("bn", "gn2", "ln")


def in_a_norm(norm):
    parts = [f"{maps} relu do0.05 {norm}" for maps in ("c6", "c12")]
    parts += ["c7k1 mp", *(f"{maps} relu do0.05 {norm}" for maps in ("c16", "c16", "c18", "c18k3p1")), "ap6 c10k1"]
    return " ".join(parts)


def separable(*widths, act, drop):
    """Depthwise 3x3 and 1x1 with bias to each width, with activation and dropout."""
    before = widths[0]
    parts = []
    for width in widths[1:]:
        parts.append(f"c{before}g{before} c{width}k1b {act} {drop}")
        before = width
    return " ".join(parts)


LEAKY = separable(7, 10, 10, 11, 12, act="lrelu0.2", drop="do0.1")
SMALL_LEAKY = separable(6, 5, 9, 10, 8, act="lrelu0.2", drop="do0.05")
CASES = {
    "strides": (f"c10 {R} c16 {R} c10s2 {R} c12 {R} c12 {R} c16 {R} ap5 c10k1", 7386),
    **{f"in {norm}": (in_a_norm(norm), 9958) for norm in NORMS},
    "leaky relu": (f"c7b lrelu0.2 mp do0.1 {LEAKY} gap c10k1b", 997),
    "padded leaky relu": (f"c6k3p1b lrelu0.2 mp {SMALL_LEAKY} gap c10k1b", 697),
    "prelu of one slope": ("c8 prelu1 gap c10k1", 153),
    "prelu of a slope a map": ("c8 prelu gap c10k1", 160),
    "dense head": ("c32 relu c64 relu mp c128 relu c256 relu mp flatten fc50 relu fc10", 592_660),
    "dense head with biases": ("c32b relu c64b relu mp c128b relu c256b relu mp flatten fc50b relu fc10b", 593_200),
}


class Separable(nn.Module):
    def __init__(self, maps):
        super().__init__()
        self.depthwise = nn.Conv2d(maps, maps, 3, padding=1, groups=maps, bias=False)
        self.pointwise = nn.Conv2d(maps, maps, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.depthwise(x)).relu()


class Written(nn.Module):
    """A network as people write it; forward takes its layers and images."""

    def __init__(self, forward, **layers):
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.run = forward

    def forward(self, x):
        return self.run(self.layers, x).flatten(1)


def conv(*sizes, **options):
    return nn.Conv2d(*sizes, bias=False, **options)


def dense(net, x):
    x = net["a"](x)
    x = torch.cat([x, net["b"](x).relu()], 1)
    return net["c"](torch.cat([x, net["d"](x).relu()], 1)).mean((2, 3))


def excited(net, x):
    x = net["a"](x).relu()
    x = x * net["up"](net["down"](x.mean((2, 3), keepdim=True)).relu()).sigmoid()
    return net["b"](x).mean((2, 3))


def attended(net, x):
    x = net["a"](x).relu()
    return net["b"](x * net["c"](x.mean((2, 3)).unsqueeze(1)).sigmoid().transpose(1, 2).unsqueeze(3)).mean((2, 3))


def in_order(net, x):
    for layer in net.values():
        x = layer(x)
    return x


POOL = nn.AdaptiveAvgPool2d(1)
WRITTEN = {
    "dilation": ("c8d2 relu c10k3p4d4 gap", Written(
        in_order, a=conv(1, 8, 3, dilation=2), b=nn.ReLU(), c=conv(8, 10, 3, padding=4, dilation=4), d=POOL)),
    "squeeze-excite": ("c8 relu se2b c10k1 gap", Written(
        excited, a=conv(1, 8, 3), down=nn.Conv2d(8, 2, 1), up=nn.Conv2d(2, 8, 1), b=conv(8, 10, 1))),
    "ECA": ("c8 relu eca3 c10k1 gap", Written(
        attended, a=conv(1, 8, 3), c=nn.Conv1d(1, 1, 3, padding=1, bias=False), b=conv(8, 10, 1))),
    "concatenation": ("c8 { c4k3p1 relu } { c4k3p1 relu } c10k1 gap", Written(
        dense, a=conv(1, 8, 3), b=conv(8, 4, 3, padding=1), d=conv(12, 4, 3, padding=1), c=conv(16, 10, 1))),
    "pools of 3 at stride 2": ("c8 mp3s2 c8 ap3s2p1 c10k5", Written(
        in_order, a=conv(1, 8, 3), b=nn.MaxPool2d(3, 2), c=conv(8, 8, 3), d=nn.AvgPool2d(3, 2, 1), e=conv(8, 10, 5))),
    "adaptive pool to 2x2": ("c8 relu aap2 flatten fc10b", Written(
        in_order, a=conv(1, 8, 3), b=nn.ReLU(), c=nn.AdaptiveAvgPool2d(2), d=nn.Flatten(), e=nn.Linear(32, 10))),
    "uneven adaptive pool": ("c8 relu aap4x3 flatten fc10b", Written(
        in_order, a=conv(1, 8, 3), b=nn.ReLU(), c=nn.AdaptiveAvgPool2d((4, 3)), d=nn.Flatten(), e=nn.Linear(96, 10))),
    "shortcut by a convolution": ("c8 [ c16k3s2p1 relu c16k3p1 | c16k1s2 ] relu gap c10k1", Written(
        lambda net, x: net["e"](POOL((net["c"](net["b"](net["a"](x)).relu()) + net["d"](net["a"](x))).relu())),
        a=conv(1, 8, 3), b=conv(8, 16, 3, stride=2, padding=1), c=conv(16, 16, 3, padding=1),
        d=conv(8, 16, 1, stride=2), e=conv(16, 10, 1))),
    "shortcut by a pool": ("c8 [ c8k2s2 | mp ] gap c10k1", Written(
        lambda net, x: net["c"](POOL(net["b"](net["a"](x)) + nn.functional.max_pool2d(net["a"](x), 2))),
        a=conv(1, 8, 3), b=conv(8, 8, 2, stride=2), c=conv(8, 10, 1))),
    "kernels of 3x1 and 1x3": ("c8k3x1 c8k1x3 relu gap c10k1", Written(
        in_order, a=conv(1, 8, (3, 1)), b=conv(8, 8, (1, 3)), c=nn.ReLU(), d=POOL, e=conv(8, 10, 1))),
    "weights used three times": ("c8 c8k3p1g8 c8k1 relu =conv2 =conv3 relu mp =conv2 =conv3 relu gap c10k1", Written(
        lambda net, x: net["c"](POOL(net["b"](nn.functional.max_pool2d(net["b"](net["b"](net["a"](x))), 2)))),
        a=conv(1, 8, 3), b=Separable(8), c=conv(8, 10, 1))),
    "five activations": ("c8 relu6 c8k1 gelu c8k1 hswish c8k1 tanh c8k1 sigmoid c10k1 gap", Written(
        in_order, a=conv(1, 8, 3), b=nn.ReLU6(), c=conv(8, 8, 1), d=nn.GELU(), e=conv(8, 8, 1), f=nn.Hardswish(),
        g=conv(8, 8, 1), h=nn.Tanh(), i=conv(8, 8, 1), j=nn.Sigmoid(), k=conv(8, 10, 1), l=POOL)),
    "instance and layer norm": ("c8 in c8k1s2 lne relu gap flatten ln fc10b", Written(
        in_order, a=conv(1, 8, 3), b=nn.InstanceNorm2d(8), c=conv(8, 8, 1, stride=2), d=nn.LayerNorm([8, 13, 13]),
        e=nn.ReLU(), f=POOL, g=nn.Flatten(), h=nn.LayerNorm(8), i=nn.Linear(8, 10))),
}  # fmt: skip


@pytest.mark.parametrize(("notation", "parameters"), CASES.values(), ids=CASES)
def test_published_networks_count_to_their_figures(notation, parameters):
    architecture = Architecture.parse(notation)
    assert architecture.notation == notation
    assert architecture.parameters == parameters
    model = build(architecture)
    assert parameter_count(model)[""] == sum(weights.numel() for weights in model.parameters()) == parameters


def test_receptive_fields_are_the_published_ones():
    """The first is wrong in the table it is from, which has 14 where torch's arithmetic has 8."""
    assert Architecture.parse(f"c8 {R} c16 {R} c16 mp c10 gap").costs[-3].receptive_field == 8
    convolutions = [cost for cost in Architecture.parse(CASES["strides"][0]).costs if cost.token[0] in "ca"]
    assert [cost.receptive_field for cost in convolutions] == [3, 5, 7, 11, 15, 19, 27, 27]
    assert Architecture.parse(in_a_norm("gn2")).receptive_field == 32


@pytest.mark.parametrize(("notation", "written"), WRITTEN.values(), ids=WRITTEN)
def test_a_network_is_what_people_write_in_torch(notation, written):
    """With its weights, in the order in which they are made."""
    model, written = build(Architecture.parse(notation), seed=0).eval(), written.eval()
    arrays = [weights.data for weights in written.parameters()]
    assert sum(array.numel() for array in arrays) == Architecture.parse(notation).parameters
    for weights in model.parameters():
        place = next(n for n, array in enumerate(arrays) if array.shape == weights.shape)
        weights.data = arrays.pop(place)
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(model(images), written(images), atol=1e-5)


ALL = {name: notation for name, (notation, _) in (CASES | WRITTEN).items()}


@pytest.mark.slow
@pytest.mark.parametrize("notation", ALL.values(), ids=ALL)
def test_one_trains_an_epoch_and_is_exported(notation):
    torch.set_num_threads(1)
    architecture, numbers = Architecture.parse(notation), torch.Generator().manual_seed(0)
    images = torch.randint(256, (72, 1, 28, 28), generator=numbers, dtype=torch.uint8)
    labels = torch.randint(10, (72,), generator=numbers)
    parts = [Images(images[start:end], labels[start:end]) for start, end in ((0, 64), (64, 72))]
    model = build(architecture, seed=1)
    before = [weights.clone() for weights in model.parameters()]
    split = Split(train=parts[0], held_out=parts[1], mean=DIGITS.mean, std=DIGITS.std)
    (score,) = train(model, replace(PLAIN_RECIPE, epochs=1, batch_size=32, learning_rate=0.001), split, seed=0)
    assert 0 < score.loss < 10
    assert not any(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    again = build(architecture)  # in memory as it is loaded, which is not as it is trained
    again.load_state_dict(model.state_dict())
    check_export(again.eval(), architecture, images[:64].float() / 255)


def check_export(model, architecture, images):
    """Asserts that the exported file and the ONNX file are the network."""
    with torch.inference_mode():
        logits = model(images).numpy()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    onnx = as_onnx(architecture, weights, task=DIGITS, about="a test")
    assert check(onnx, images=images.numpy(), logits=logits) <= 1e-5
    evidence = Evidence(
        title="", scores=(), found_by="", dataset="mnist", task=DIGITS, versions={}, date="", last_epochs=5
    )
    source = render(Design(architecture, PLAIN_RECIPE), evidence)
    names: dict = {"__name__": "net"}
    exec(compile(source, "net.py", "exec"), names)
    net = names["Net"]()
    net.load_state_dict(model.state_dict())
    with torch.inference_mode():
        assert np.abs(net.eval()(images).numpy() - logits).max() <= 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("notation", ALL.values(), ids=ALL)
def test_an_export_is_verified_in_a_clean_interpreter(notation, tmp_path):
    architecture = Architecture.parse(notation)
    model = build(architecture, seed=1).eval()
    module, weights = tmp_path / "net.py", tmp_path / "net.safetensors"
    evidence = Evidence(
        title="", scores=(), found_by="", dataset="mnist", task=DIGITS, versions={}, date="", last_epochs=5
    )
    module.write_text(render(Design(architecture, PLAIN_RECIPE), evidence))
    weights.write_bytes(as_file(model.state_dict(), {}, weights))
    images = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        logits = model(images).numpy()
    count = architecture.parameters
    verify(module, weights, images=images.numpy(), logits=logits, parameters=count, tolerance=1e-6)
