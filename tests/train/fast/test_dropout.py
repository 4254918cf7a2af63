"""The engine's dropout: its share, its scale, and that what is dropped has no pattern."""

import pytest
import torch
from torch import nn

from train.fast.engine import BlockNetwork


def dropping(layer, image, seed=0):
    """A network that gives its input back but for what the layer drops."""
    same = nn.Conv2d(image[0], image[0], 1, groups=image[0], bias=False)
    nn.init.ones_(same.weight)
    return BlockNetwork(nn.Sequential(same, layer), image, torch.Generator().manual_seed(seed)).train()


def outputs(layer, images, *image):
    with torch.no_grad():
        return dropping(layer, image)(torch.ones(images, *image)).view(images, *image)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout2d])
def test_share_scale_and_mean(rate, kind):
    """Six standard errors: a false alarm in less than one run of 10^8."""
    out = outputs(kind(rate), 500, 16, 5, 5)
    units = out[:, :, 0, 0] if kind is nn.Dropout2d else out
    dropped = (units == 0).double().mean().item()
    assert abs(dropped - rate) < 6 * (rate * (1 - rate) / units.numel()) ** 0.5
    assert out[out > 0].unique().numel() == 1
    assert out.max().item() == pytest.approx(1 / (1 - rate), rel=1e-5)
    if kind is nn.Dropout2d:
        assert (out.amax((2, 3)) == out.amin((2, 3))).all()


def test_dropped_elements_are_independent_of_their_neighbours_and_of_other_steps():
    """Correlations at every distance up to 64, along each axis, and with the next steps: six standard errors."""
    net = dropping(nn.Dropout(0.5), (8, 16, 16))
    with torch.no_grad():
        masks = torch.stack([net(torch.ones(64, 8, 16, 16)).view(64, 8, 16, 16) == 0 for _ in range(8)])
    bound = 6 / masks[0].numel() ** 0.5
    signs = masks.permute(0, 1, 3, 4, 2).double() * 2 - 1
    for order in (signs, signs.permute(0, 2, 3, 4, 1)):  # an image after the other, and as they lie in blocks
        flat = order.reshape(8, -1)
        for distance in [*range(1, 65), 128, 2048, 32768]:
            assert (flat[:, distance:] * flat[:, :-distance]).mean(1).abs().max() < 1.5 * bound
        products = flat @ flat.T / flat.shape[1]
        assert (products - torch.eye(8)).abs().max() < bound
    for axis in range(1, 5):  # no image, row, column or channel is dropped more than others
        means = signs.mean([other for other in range(5) if other != axis])
        assert means.abs().max() < 6 * (means.numel() / signs.numel()) ** 0.5


@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout2d])
def test_a_rate_next_to_one_is_still_finite(kind):
    assert outputs(kind(0.9999999999), 8, 3, 4, 4).isfinite().all()


@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout2d])
def test_an_evaluation_drops_nothing_and_a_training_follows_from_its_generator(kind):
    x = torch.rand(40, 3, 6, 6)
    net = dropping(kind(0.5), (3, 6, 6), seed=1)
    with torch.no_grad():
        first, second = net(x), net(x)
        assert not torch.equal(first, second)
        assert torch.equal(dropping(kind(0.5), (3, 6, 6), seed=1)(x), first)
        assert torch.equal(net.eval()(x), x.flatten(1))
