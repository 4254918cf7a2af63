"""Bulk dropout has the statistics of torch's."""

import pytest
import torch
from torch import nn

from train.dropout import BulkDropout, with_bulk_dropout


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("whole_maps", [False, True])
def test_share_scale_and_mean(rate, whole_maps):
    """Six standard errors each: false alarm below 1e-8."""
    layer = BulkDropout(rate, torch.Generator().manual_seed(0), whole_maps=whole_maps)
    x = torch.ones(500, 16, 5, 5)
    out = layer(x)
    units = out[:, :, 0, 0] if whole_maps else out
    dropped = (units == 0).double().mean().item()
    error = (rate * (1 - rate) / units.numel()) ** 0.5
    assert abs(dropped - rate) < 6 * error + 1 / 65536
    assert out[out > 0].unique().numel() == 1
    assert out.max().item() == pytest.approx(1 / (1 - rate), rel=1e-4)
    if whole_maps:
        assert (out.amax((2, 3)) == out.amin((2, 3))).all()


def test_neighbours_are_independent():
    """The four elements that share one draw are not correlated: six standard errors."""
    layer = BulkDropout(0.5, torch.Generator().manual_seed(1), whole_maps=False)
    dropped = (layer(torch.ones(4000, 4, 5, 5)) == 0).permute(0, 2, 3, 1).reshape(-1, 4).double()
    correlation = torch.corrcoef(dropped.T) - torch.eye(4)
    assert correlation.abs().max() < 6 / len(dropped) ** 0.5


def test_gradient_passes_where_the_element_did():
    layer = BulkDropout(0.3, torch.Generator().manual_seed(2), whole_maps=False)
    x = torch.rand(8, 3, 4, 4, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    assert torch.allclose(x.grad, out.detach() / x.detach())
    assert 0.5 < (x.grad > 0).float().mean() < 0.9


def test_evaluation_drops_nothing_and_parameters_are_shared():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Dropout(0.5), nn.Dropout2d(0.5), nn.Flatten())
    net = with_bulk_dropout(model, torch.Generator())
    assert next(net.parameters()) is model[0].weight
    x = torch.rand(2, 1, 28, 28)
    assert torch.equal(net.eval()(x), model.eval()(x))
    assert not torch.equal(net.train()(x), net(x))


def test_a_rate_that_rounds_to_one_is_still_finite():
    layer = BulkDropout(0.999999, torch.Generator().manual_seed(3), whole_maps=False)
    assert layer(torch.ones(8, 3, 4, 4)).isfinite().all()
