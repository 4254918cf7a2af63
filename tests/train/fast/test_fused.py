"""Fused blocks against torch's layers: the same results, the same statistics of what is dropped."""

import copy

import pytest
import torch
from numba import njit
from torch import nn

from train.fast.compiling import compiled
from train.fast.fused import FusedBlock, MapDropout, with_fused_blocks
from train.model import GhostBatchNorm2d

SHAPES = [(12, 8, 6, 6), (98, 32, 1, 1), (7, 3, 5, 9), (8, 700, 2, 2), (2, 1, 1, 1)]
RUNS = [
    ("gbn",),
    ("relu", "gbn"),
    ("gbn", "relu"),
    ("relu",),
    ("bn",),
    ("relu", "bn"),
    ("bn", "relu"),
    ("relu", "bn", "relu"),
    ("prelu",),
    ("prelu", "gbn"),
    ("bn", "prelu"),
    ("prelu", "bn", "relu"),
    ("mp",),
    ("relu", "bn", "mp"),
]


def layers(names, channels):
    made = []
    for name in names:
        if name in ("bn", "gbn"):
            norm = nn.BatchNorm2d(channels) if name == "bn" else GhostBatchNorm2d(channels, 4)
            nn.init.uniform_(norm.weight, -2, 2)
            nn.init.normal_(norm.bias)
            made.append(norm)
        elif name == "prelu":
            activation = nn.PReLU(channels)
            nn.init.uniform_(activation.weight, -0.5, 1.5)
            made.append(activation)
        else:
            made.append({"relu": nn.ReLU(), "mp": nn.MaxPool2d(2)}[name])
    return nn.Sequential(*made)


def only(*names_and_rate):
    """A dropout alone, fused, in training."""
    return with_fused_blocks(nn.Sequential(*names_and_rate), torch.Generator().manual_seed(0)).train()


@pytest.mark.parametrize(
    ("names", "shape"),
    [(names, shape) for names in RUNS for shape in SHAPES if "mp" not in names or min(shape[2:]) > 1],
)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_results_gradients_and_running_statistics_are_torchs(names, shape, layout):
    """Against the same layers in float64."""
    torch.manual_seed(0)
    ours = layers(names, shape[1])
    theirs = copy.deepcopy(ours).double()
    net = with_fused_blocks(ours, torch.Generator())
    x = (torch.randn(shape) * 2 + 1.5).to(memory_format=layout)
    a, b = x.clone().requires_grad_(), x.double().requires_grad_()
    for _ in range(2):
        y, expected = net(a), theirs(b)
        grad = torch.randn(expected.shape)
        y.backward(grad)
        expected.backward(grad.double())
    assert y.shape == expected.shape
    torch.testing.assert_close(y, expected.float(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(a.grad, b.grad.float(), rtol=1e-4, atol=2e-4)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad.float(), rtol=1e-4, atol=1e-3)
    for one, other in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(one.double(), other.double(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(net.eval()(x), theirs.eval()(x.double()).float(), rtol=1e-4, atol=1e-4)


def test_moments_do_not_cancel_where_the_mean_is_far_from_zero():
    x = torch.randn(64, 4, 9, 9) + 1000
    y = only(nn.BatchNorm2d(4))(x)
    torch.testing.assert_close(y, nn.BatchNorm2d(4).double()(x.double()).float(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("names", [("relu", "bn"), ("bn", "relu"), ("prelu", "bn"), ("mp",)])
def test_bfloat16_is_rounded_where_it_is_stored_and_nowhere_else(names):
    """Half a unit in the last of its 8 bits from the result in float32 for the same input."""
    torch.manual_seed(0)
    net = with_fused_blocks(layers(names, 6), torch.Generator())
    x, grad = torch.randn(16, 6, 8, 8).bfloat16(), torch.randn(16, 6, 8, 8).bfloat16()
    half, full = x.clone().requires_grad_(), x.float().requires_grad_()
    y, expected = net(half), net(full)
    grad = grad[:, :, : y.shape[2], : y.shape[3]]
    y.backward(grad)
    expected.backward(grad.float())
    assert y.dtype == half.grad.dtype == torch.bfloat16
    assert torch.equal(y, expected.bfloat16())
    assert torch.equal(half.grad, full.grad.bfloat16())


@pytest.mark.parametrize("names", [("relu",), ("prelu",), ("bn",), ("relu", "bn"), ("mp",)])
def test_a_nan_is_not_hidden(names):
    x = torch.zeros(2, 3, 4, 4)
    x[1, 2, 3, 3] = torch.nan
    assert with_fused_blocks(layers(names, 3), torch.Generator())(x).isnan().any()


def test_of_equal_pixels_the_first_takes_the_gradient():
    x = torch.zeros(1, 1, 4, 4, requires_grad=True)
    only(nn.MaxPool2d(2))(x).sum().backward()
    assert x.grad[0, 0, ::2, ::2].eq(1).all()
    assert x.grad.sum() == 4


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("whole_maps", [False, True])
def test_share_scale_and_mean_of_dropout(rate, whole_maps):
    """Six standard errors each: false alarm below 1e-8."""
    out = only(nn.Dropout2d(rate) if whole_maps else nn.Dropout(rate))(torch.ones(500, 16, 5, 5))
    units = out[:, :, 0, 0] if whole_maps else out
    dropped = (units == 0).double().mean().item()
    assert abs(dropped - rate) < 6 * (rate * (1 - rate) / units.numel()) ** 0.5
    assert out[out > 0].unique().numel() == 1
    assert out.max().item() == pytest.approx(1 / (1 - rate), rel=1e-5)
    if whole_maps:
        assert (out.amax((2, 3)) == out.amin((2, 3))).all()


def test_dropped_elements_are_independent_of_their_neighbours_and_of_other_steps():
    """Correlations at every distance up to 64, along each axis, and with the next steps: six standard errors."""
    layer = only(nn.Dropout(0.5))
    masks = torch.stack([(layer(torch.ones(64, 8, 16, 16)) == 0).permute(0, 2, 3, 1) for _ in range(8)])
    signs = masks.double() * 2 - 1
    flat = signs.view(8, -1)
    bound = 6 / flat.shape[1] ** 0.5
    for distance in [*range(1, 65), 128, 2048, 32768]:
        assert (flat[:, distance:] * flat[:, :-distance]).mean(1).abs().max() < 1.5 * bound
    products = flat @ flat.T / flat.shape[1]
    assert (products - torch.eye(8)).abs().max() < bound
    for axis in range(1, 5):  # no image, row, column or channel is dropped more than others
        rest = [other for other in range(5) if other != axis]
        means = signs.mean(rest)
        assert means.abs().max() < 6 * (means.numel() / signs.numel()) ** 0.5


def test_the_gradient_passes_where_the_element_did():
    torch.manual_seed(0)
    x = torch.rand(8, 3, 4, 4, requires_grad=True)
    out = only(nn.Dropout(0.3))(x)
    out.sum().backward()
    assert torch.allclose(x.grad, out.detach() / x.detach())
    assert 0.5 < (x.grad > 0).float().mean() < 0.9


def test_the_gradient_of_a_whole_block_is_that_of_its_mask():
    """relu, normalisation and dropout at once, against the same mask on torch's layers."""
    torch.manual_seed(0)
    ours = layers(("relu", "bn"), 5)
    theirs = copy.deepcopy(ours).double()
    block = FusedBlock(ours[0], ours[1], None, 0.4, torch.Generator().manual_seed(1))
    x = torch.randn(16, 5, 6, 6)
    a, b = x.clone().requires_grad_(), x.double().requires_grad_()
    y, full = block(a), theirs(b)
    expected = full * (y != 0) / 0.6
    grad = torch.randn(y.shape)
    y.backward(grad)
    expected.backward(grad.double())
    torch.testing.assert_close(y, expected.float(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(a.grad, b.grad.float(), rtol=1e-3, atol=1e-5)


def test_evaluation_drops_nothing_and_parameters_are_shared():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Dropout(0.5), nn.Dropout2d(0.5), nn.Flatten())
    net = with_fused_blocks(model, torch.Generator())
    assert next(net.parameters()) is model[0].weight
    x = torch.rand(2, 1, 28, 28)
    assert torch.equal(net.eval()(x), model.eval()(x))
    assert not torch.equal(net.train()(x), net(x))


@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout2d])
def test_a_rate_next_to_one_is_still_finite(kind):
    layer = only(kind(0.9999999999))
    assert isinstance(layer[0], FusedBlock | MapDropout)
    assert layer(torch.ones(8, 3, 4, 4)).isfinite().all()


def test_kernels_are_compiled_where_nothing_can_be_kept():
    """As from a read-only installation: numba refuses to cache what has no file."""
    made = {}
    exec(compile("def double(x):\n    return 2 * x", "<nowhere>", "exec"), made)
    with pytest.raises(RuntimeError, match="cannot cache"):
        njit(cache=True)(made["double"])
    assert compiled(made["double"])(21) == 42
