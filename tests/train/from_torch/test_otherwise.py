"""Notes on what a module does otherwise than the network that is read of it."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from train.from_torch.read import TorchNetwork


class Net(nn.Module):
    """In which something stands between a convolution and means."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.drop, self.steps = nn.Conv2d(1, 10, 3), nn.Dropout(0.1), 0

    def between(self, x: torch.Tensor) -> torch.Tensor:
        return self.drop(functional.dropout(x, training=self.training))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.between(self.a(x)).mean((2, 3))
        if self.training:
            self.mean = x.mean()
        return x if self.training else functional.softmax(x, 1).view(-1, 10)


class AlwaysDrops(Net):
    def between(self, x: torch.Tensor) -> torch.Tensor:
        return functional.dropout(x, 0.3)


class Bends(Net):
    def between(self, x: torch.Tensor) -> torch.Tensor:
        return x if self.training else torch.relu(x)


class Answers(Net):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.a(x).mean((2, 3))
        return x if self.training else x.argmax(1)


class Fails(Net):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.a(x).mean((2, 3))
        return x if self.training else (x, x)  # type: ignore[return-value]


_CHANGES = "does something else in evaluation than in training; the network read of it does what it does in training"


@pytest.mark.parametrize(
    ("kind", "notes"),
    [
        (Net, []),
        (AlwaysDrops, ["dropout drops in evaluation, too; the network read of it drops in training alone"]),
        (Bends, [_CHANGES]),
        (Answers, [_CHANGES]),
        (Fails, [_CHANGES]),
    ],
)
def test_a_module_that_is_another_network_in_evaluation(kind: type[Net], notes: list[str]) -> None:
    net = kind()
    found = TorchNetwork(net).read().notes
    assert len(found) == len(notes)
    assert all(one.endswith(note) for one, note in zip(found, notes, strict=True))
    assert net.training


def test_numbers_that_are_not_torchs_own() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, eps=1e-3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    (note,) = TorchNetwork(net).read().notes
    assert note.endswith("BatchNorm2d (1) has eps 0.001, and the network read of it 1e-05")


def test_statistics_of_all_batches_are_read_and_told() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, momentum=None), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    for given in (net, lambda: net):  # of the meta device, or a copy
        reading = TorchNetwork(given).read()
        assert reading.architecture.notation == "c4b bn gap"
        (note,) = reading.notes
        assert note.endswith("BatchNorm2d (1) has momentum None, and the network read of it 0.1")
    assert net[1].num_batches_tracked == 0


def test_parameters_that_do_not_learn() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    net[0].requires_grad_(False)
    net[1].bias.requires_grad_(False)
    (note,) = TorchNetwork(net).read().notes
    assert note == (
        "requires_grad is False of 0.weight, 0.bias and 1 more; in the network read of it all parameters learn"
    )
