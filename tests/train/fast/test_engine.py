"""The engine against torch in float64: logits, gradients and statistics of every layer and of random designs."""

import copy
import itertools
import random

import numpy as np
import pytest
import torch
from torch import nn

from space.architecture import Architecture
from space.choices.choices import draw
from space.choices.encoding import design_from
from space.design import Budget
from space.task import DIGITS, Task
from tests.amounts import soak
from tests.compositions import composed
from train.fast.dense import window
from train.fast.engine import BlockNetwork
from train.fast.machine import LANES
from train.layers import GhostBatchNorm2d
from train.model import build

LAYERS = [
    "c10k28",
    "c4 relu mp c10k13",
    "c4 bn relu gap c10k1",
    "c8 relu bn c16 relu bn mp c8k1 c16 relu bn c24 relu bn gap c10k1",
    "c4k3p1b prelu bn prelu mpb [ c4k3p1g4 bn silu c4k1 bn ] relu ap2 c10k1b gap",
    "c25k5p2 bn relu c25k5p2g25 bn relu c13k1 bn relu mp c10k14",
    "c6k7p3g1 silu bn c6k9p4g6 bn relu c12k3p1g3 relu mpb gap c10k1",
    "c4 gbn16 silu mp gap c10k1",
    "bn c4 gap c10k1",
    "mp c4 gap c10k1",
    "prelu c4s2x1 gap c10k1",
    "prelu1 bn c4 gap c10k1",
    "c4 relu bn [ bn relu c4k3p1 [ c4k1 ] relu ] gap c10k1",
    "c4 bn relu [ c4k3p1 ] [ c4k5p2g4 ] mp [ [ c4k3p1 ] c4k1 ] gap c10k1",
    "c4 [ [ c4k1 ] [ c4k3p1 ] ] [ c4k1 [ c4k1 bn ] [ relu c4k1 ] ] [ c4k1 c4k1 | [ c4k3p1 ] | bn ] gap c10k1",
    "c4k1p2 relu c4 relu relu c4 bn relu bn relu gap c10k1",
    "3x12x9 c4 relu bn c6 gap c3k1",
    "c4k3s2p1 lrelu0.2 bn prelu1 c6k3d2 relu c6k1x3p0x1 bn c10k3x1s3 flatten fc12b bn relu fc10",
    "{ c4k3p1 bn relu { c3k3p1 | c2k1 bn } } bn relu mp [ c5k3p1 bn | c5k1 relu | mp3s1p1 c5k1 ] relu gap c10k1",
    "c4k3p1 { c3k1 prelu | c2k5s1p2 | c4k1 } prelu prelu1 c4k5s3p1 relu c4k3s3p2d2 { c2k1 | c1k1 } flatten lne fc10",
    "c8 relu c8k3s3 relu c4k1p2 relu gap c10k1",
    "c8 gap [ flatten fc8 silu | flatten fc8 | flatten ] fc10",
    "flatten fc8 [ fc8 | flatten ] fc10",
    "c6k28 flatten [ bn relu | bn | flatten ] fc10",
    "3x7x7 c4k1 [ c4k3s2p4b ] c3k1 silu gap",
    "1x20x20 c2k1 [ c2k1s3p19 ] c2k1 silu gap",
    "c4 relu { gap flatten | mp26 flatten } fc10",
    "c4 relu { gap flatten gelu | mp26 gelu tanh flatten | gap hswish flatten } relu fc10",
    "c4 bn relu c4k3p1 bn relu =conv2 =bn2 relu [ =conv2 ] { relu } gap c10k1",
    "c4 prelu1 mp c6 bn =prelu1 gap flatten fc8 =prelu1 fc10",
]
SIZES = [70, LANES, 17]  # images; the last block may be full or not, and be the only one


def prepared(architecture, seed):
    """A network whose norms scale and shift, with its dropout off."""
    generator = torch.Generator().manual_seed(seed)
    model = build(architecture, seed=seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(module.bias, 0, 0.3, generator=generator)
        if isinstance(module, nn.Dropout | nn.Dropout2d):
            module.p = 0.0
    return model, generator


def apart(found, true, least=1e-9):
    return ((found.double() - true).abs().max() / true.abs().max().clamp(min=least)).item()


def errors(net, model, exact, x, above):
    """How far logits, gradients and statistics of a step are from those of the exact network, relative."""
    found, true = net(x), exact(x.to(next(exact.parameters()).dtype))
    (found * above).sum().backward()
    (true * above).sum().backward()
    made = [apart(found.detach(), true.detach().double())]
    # What a later normalisation takes out again has a gradient of zero, whose rounding is no error of anything.
    least = 1e-3 * max(parameter.grad.abs().max().item() for parameter in exact.parameters())
    for one, other in zip(model.parameters(), exact.parameters(), strict=True):
        made.append(apart(one.grad, other.grad.double(), least))
    for one, other in zip(model.buffers(), exact.buffers(), strict=True):
        if one.is_floating_point():
            made.append(apart(one, other.double(), 1e-3))  # the mean of what another norm has centred is rounding
    return made


def check(architecture, images, seed=0):
    """With up to three draws: a value next to the bend of a relu may fall on its other side by rounding, in any
    engine, and changes gradients by more than rounding. What is wrong is wrong with every draw."""
    assert any(agrees(architecture, images, draw) for draw in (seed, seed + 1000, seed + 2000)), architecture.notation


def agrees(architecture, images, seed):
    model, generator = prepared(architecture, seed)
    exact, single = copy.deepcopy(model).double(), copy.deepcopy(model)
    fresh = copy.deepcopy(exact)
    net = BlockNetwork(model, architecture.image, torch.Generator()).train()
    x = torch.randn(images, *architecture.image, generator=generator)
    above = torch.randn(images, architecture.classes, generator=generator)
    found = max(errors(net, model, exact.train(), x, above))
    if found > 1e-5 and found > 3 * max(errors(single.train(), single, fresh.train(), x, above)):
        return False
    net.eval()
    exact.eval()
    with torch.no_grad():
        return apart(net(x), exact(x.double())) < 1e-4


@pytest.mark.parametrize("images", SIZES)
@pytest.mark.parametrize("notation", LAYERS)
def test_every_layer_is_torchs_own(notation, images):
    check(Architecture.parse(notation), images)


def drawn(number, task):
    rng = random.Random(number)
    space = rng.choice(["core", "wide"])
    budget = Budget(parameters=rng.randint(1_000, 12_000))
    augment = "natural" if task.colour else "digits"
    return design_from(
        draw(space, "inside", rng, task=task, augment=augment), space="wide", budget=budget, epochs=2, task=task
    ).architecture


COLOUR = Task(image=(3, 32, 32), class_names=tuple("abcdefg"), mean=(0.5,) * 3, std=(0.2,) * 3)


@pytest.mark.parametrize("number", range(6))
def test_random_designs_are_torchs_own(number):
    check(drawn(number, DIGITS), 40, seed=number)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_hundreds_of_random_designs_are_torchs_own():
    for number in range(soak("ENGINE", 60)):
        check(drawn(number, COLOUR if number % 4 == 3 else DIGITS), 40, seed=number)


class Masked(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.mask = mask

    def forward(self, x):
        return x * self.mask


def bits_of(dressing, images, shape):
    """What dropout let pass, scaled, (N, C, H, W)."""
    c, h, w = shape
    numbers = dressing.dress.passes.reshape(-1, h, w, c)
    lanes = (numbers[..., None] >> np.arange(LANES, dtype=np.uint32)) & 1
    mask = lanes.transpose(0, 4, 3, 1, 2).reshape(-1, c, h, w)[:images]
    return torch.from_numpy(mask.astype(np.float64)) / (1 - dressing.dropout.p)


@pytest.mark.parametrize(
    "notation", ["c8 relu bn do0.3 c10k1 gap", "c8 bn relu do0.5 mp c10k1 gap", "c8 do0.1 gap c10k1"]
)
def test_dropout_drops_its_share_and_its_gradient_the_same_elements(notation):
    architecture = Architecture.parse(notation)
    model, generator = prepared(architecture, 0)
    rate = next(layer.rate for layer in architecture.layers if hasattr(layer, "rate"))
    dropout = next(module for module in model if isinstance(module, nn.Dropout))
    dropout.p = rate
    net = BlockNetwork(model, architecture.image, torch.Generator().manual_seed(1)).train()
    x = torch.randn(50, *architecture.image, generator=generator)
    above = torch.randn(50, 10, generator=generator)
    before = copy.deepcopy(model)
    found = net(x)
    dressing = next(one.dressing for one in net.activations if one.dressing.dropout is dropout)
    shape = next(one.shape for one in net.activations if one.dressing is dressing)
    mask = bits_of(dressing, 50, shape)
    assert (mask > 0).double().mean().item() == pytest.approx(1 - rate, abs=0.01)
    exact = copy.deepcopy(model).double()
    layers = [Masked(mask) if isinstance(module, nn.Dropout) else module for module in exact]
    true = nn.Sequential(*layers).train()(x.double())
    (found * above).sum().backward()
    (true * above).sum().backward()
    assert apart(found.detach(), true.detach()) < 1e-5
    for one, other in zip(model.parameters(), exact.parameters(), strict=True):
        assert apart(one.grad, other.grad) < 1e-4
    again = BlockNetwork(before, architecture.image, torch.Generator().manual_seed(1)).train()(x)
    assert torch.equal(found, again)
    net.eval()
    assert torch.equal(net(x), net(x))


def test_a_nan_stays_one_whatever_it_passes():
    architecture = Architecture.parse("c4 relu bn mp c6 silu gap c10k1")
    model, _ = prepared(architecture, 0)
    net = BlockNetwork(model, architecture.image, torch.Generator()).train()
    x = torch.zeros(4, 1, 28, 28)
    x[1, 0, 5, 5] = float("nan")
    assert net(x).isnan().any()


@pytest.mark.parametrize("number", range(12))
def test_random_compositions_of_all_layers_are_torchs_own(number):
    check(composed(number), 40, seed=number)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_hundreds_of_compositions_of_all_layers_are_torchs_own():
    for number in range(soak("ENGINE", 60)):
        check(composed(number), 40, seed=number)


def test_gradients_of_two_batches_add_up():
    """As torch's do, until somebody clears them."""
    architecture = Architecture.parse("c4k3p1b prelu bn c6k3p1g2 silu c6k3p1g6 relu mp c5k1 gap c10k1b")
    model, generator = prepared(architecture, 0)
    exact = copy.deepcopy(model).double()
    net = BlockNetwork(model, architecture.image, torch.Generator()).train()
    for _ in range(2):
        x = torch.randn(40, *architecture.image, generator=generator)
        above = torch.randn(40, 10, generator=generator)
        found = errors(net, model, exact, x, above)
    assert max(found) < 1e-4


class Gate(nn.Module):
    """A layer that the engine has no pass for."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, 1, 1))

    def forward(self, x):
        return x * torch.sigmoid(self.weight * x.mean((2, 3), keepdim=True))


@pytest.mark.parametrize("place", [0, 1, 2, 3, 6, 8])
def test_a_layer_without_a_pass_runs_through_torch_wherever_it_stands(place):
    architecture = Architecture.parse("c4 relu bn mp [ c4k3p1 bn ] relu gap c10k1")
    model, generator = prepared(architecture, 0)
    channels = [1, 4, 4, 4, 4, 4, 4, 4, 4, 4][place]
    model = type(model)(*list(model)[:place], Gate(channels), *list(model)[place:])
    exact = copy.deepcopy(model).double()
    net = BlockNetwork(model, architecture.image, torch.Generator()).train()
    assert net.by_torch == ["Gate"]
    x = torch.randn(40, *architecture.image, generator=generator)
    above = torch.randn(40, 10, generator=generator)
    assert max(errors(net, model, exact, x, above)) < 1e-4
    net.eval()
    with torch.no_grad():
        assert apart(net(x), exact.eval()(x.double())) < 1e-4
    assert BlockNetwork(build(architecture), architecture.image, torch.Generator()).by_torch == []


def test_the_taps_that_lie_within_a_line():
    """None of them where the first is the one after the last."""
    for side, padding, kernel, apart, stride in itertools.product((1, 2, 5), (0, 1, 4), (1, 3), (1, 2), (1, 3)):
        for place in range(0, side + 2 * padding + 3):
            first, end = window.py_func(place, side, padding, kernel, apart, stride)
            taps = [tap for tap in range(kernel) if 0 <= place * stride - padding + tap * apart < side]
            assert list(range(first, end)) == taps
            assert first <= end


@pytest.mark.slow
@pytest.mark.parametrize("side", [12, 14, 28])
def test_a_mean_of_many_pixels_is_summed_up_in_float32(side):
    same = nn.Conv2d(3, 3, 1, groups=3, bias=False)
    nn.init.ones_(same.weight)
    network = BlockNetwork(nn.Sequential(same, nn.AdaptiveAvgPool2d(1)), (3, side, side), torch.Generator(), "bf16")
    with torch.no_grad():
        assert torch.equal(network.eval()(torch.ones(5, 3, side, side)), torch.ones(5, 3))


def test_no_part_of_a_batch_has_one_image():
    """Of which there would be no variance."""
    for images in (2, 3, 16):
        assert all(batch // GhostBatchNorm2d(4, images).parts(batch) >= 2 for batch in range(2, 200))


def test_images_of_another_shape_are_refused():
    network = BlockNetwork(build(Architecture.parse("c4 gap c10k1")), (1, 28, 28), torch.Generator(), "fp32")
    with pytest.raises(ValueError, match="images of"):
        network.eval()(torch.zeros(2, 1, 32, 32))
