"""Modules in the ways people write them."""

from pathlib import Path

import pytest
import torch
from torch import nn

from tests.train.from_torch.agreement import check_agrees, read, run, written
from train.from_torch.bad_code import BadCode
from train.from_torch.read import TorchNetwork

WAYS = {
    "functional calls and a view": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
                self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
                self.drop = nn.Dropout2d()
                self.fc1 = nn.Linear(320, 50)
                self.fc2 = nn.Linear(50, 10)

            def forward(self, x):
                x = F.relu(F.max_pool2d(self.conv1(x), 2))
                x = F.relu(F.max_pool2d(self.drop(self.conv2(x)), 2))
                x = x.view(-1, 320)
                x = F.relu(self.fc1(x))
                x = F.dropout(x, training=self.training)
                return F.log_softmax(self.fc2(x), dim=1)
        """,
        "c10k5b mp relu c20k5b d2d0.5 mp relu c50k4b relu do0.5 c10k1b",
    ),
    "1x1 convolutions that end in a view": (
        """
        class Net(nn.Module):
            def __init__(self, dropout=0.05):
                super().__init__()
                def block(i, o, k=3, p=0):
                    return nn.Sequential(
                        nn.Conv2d(i, o, k, padding=p, bias=False), nn.ReLU(), nn.BatchNorm2d(o), nn.Dropout(dropout))
                self.convblock1 = block(1, 8)
                self.convblock2 = block(8, 16)
                self.pool1 = nn.MaxPool2d(2, 2)
                self.convblock3 = block(16, 8, 1)
                self.convblock4 = block(8, 16, p=1)
                self.gap = nn.Sequential(nn.AvgPool2d(kernel_size=12))
                self.convblock5 = nn.Sequential(nn.Conv2d(16, 10, (1, 1), bias=False))

            def forward(self, x):
                x = self.convblock2(self.convblock1(x))
                x = self.convblock3(self.pool1(x))
                x = self.convblock5(self.gap(self.convblock4(x)))
                x = x.view(-1, 10)
                return F.log_softmax(x, dim=-1)
        """,
        "c8 relu bn do0.05 c16 relu bn do0.05 mp c8k1 relu bn do0.05 c16k3p1 relu bn do0.05 gap c10k1",
    ),
    "a loop over a ModuleList with sums, and mean((2, 3))": (
        """
        class Block(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.conv1 = nn.Conv2d(width, width, 3, 1, 1, groups=width, bias=False)
                self.bn1 = nn.BatchNorm2d(width)
                self.conv2 = nn.Conv2d(width, width, 1, bias=False)
                self.bn2 = nn.BatchNorm2d(width)
                self.act = nn.ReLU(inplace=True)

            def forward(self, x):
                identity = x
                out = self.act(self.bn1(self.conv1(x)))
                out = self.bn2(self.conv2(out))
                out += identity
                return self.act(out)

        class Net(nn.Module):
            def __init__(self, width=12, depth=2, classes=10):
                super().__init__()
                self.stem = nn.Conv2d(3, width, 3, padding="same", bias=False)
                self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
                self.head = nn.Linear(width, classes)

            def forward(self, x):
                x = self.stem(x)
                for number, block in enumerate(self.blocks):
                    x = block(x)
                    if number == 0 and x.shape[-1] > 4:
                        x = F.avg_pool2d(x, 2)
                return self.head(x.mean((2, 3)))
        """,
        "3x32x32 c12k3p1 [ c12k3p1g12 bn relu c12k1 bn ] relu ap2 [ c12k3p1g12 bn relu c12k1 bn ] relu gap c10k1b",
    ),
    "nested containers and no forward of its own": (
        """
        class Head(nn.Sequential):
            def __init__(self, maps, classes):
                super().__init__(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(maps, classes, bias=False))

        def Net():
            features = nn.Sequential()
            features.add_module("one", nn.Sequential(nn.Conv2d(1, 6, 3), nn.PReLU(6)))
            features.add_module("two", nn.Sequential(nn.Conv2d(6, 9, 3), nn.SiLU(), nn.Identity(), nn.Dropout(0)))
            return nn.Sequential(features, nn.MaxPool2d(kernel_size=(2, 2)), Head(9, 7))
        """,
        "c6b prelu c9b silu mp gap c7k1",
    ),
    "methods, squeeze, a module used twice without weights": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Conv2d(1, 4, 3, bias=False)
                self.b = nn.Conv2d(4, 6, 3, bias=False)
                self.c = nn.Conv2d(6, 10, 1, bias=False)
                self.relu = nn.ReLU()
                self.pool = nn.MaxPool2d(2)

            def forward(self, x: Tensor) -> Tensor:
                x = self.pool(self.relu(self.a(x)))
                x = self.pool(self.b(x).relu_())
                x = self.c(x.clamp(min=0).contiguous())
                n = x.size(0)
                return F.adaptive_avg_pool2d(x, (1, 1)).squeeze(-1).squeeze(-1).reshape(n, -1).log_softmax(dim=1)
        """,
        "c4 relu mp c6 relu mp relu c10k1 gap",
    ),
    "a mean over rows and one over columns, batch norm of logits, sum()": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Conv2d(1, 5, 3, padding=1)
                self.b = nn.Conv2d(5, 5, 3, padding=1)
                self.fc = nn.Linear(5, 10)
                self.bn = nn.BatchNorm1d(10)

            def forward(self, x):
                x = self.a(x)
                x = sum([x, torch.relu(self.b(x))])
                x = x.mean(-1).mean(2)
                return torch.softmax(self.bn(self.fc(x)), 1)
        """,
        "c5k3p1b [ c5k3p1b relu ] gap c10k1b bn",
    ),
    "adaptive pools, and maps that are flat before a mean": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b = nn.Conv2d(1, 5, 5), nn.Conv2d(5, 10, 1)

            def forward(self, x):
                x = F.adaptive_avg_pool2d(self.a(x), 12)
                x = nn.AdaptiveAvgPool2d((None, 12))(x)
                x = self.b(x)
                return torch.mean(x.view(x.shape[0], x.shape[1], -1), dim=2)
        """,
        "c5k5b ap2 c10k1b gap",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_read_as_torch_has_it(way: str, tmp_path: Path) -> None:
    code, notation = WAYS[way]
    file = written(tmp_path, code)
    reading = read(file)
    assert reading.architecture.notation == notation
    check_agrees(run(file), reading)


def test_the_check_can_fail(tmp_path: Path) -> None:
    code, _ = WAYS["functional calls and a view"]
    read_from = written(tmp_path, code)
    without = written(tmp_path, code.replace("F.relu(self.fc1(x))", "self.fc1(x)"), "other.py")
    with pytest.raises(AssertionError):
        check_agrees(run(without), read(read_from))


def test_a_module_in_memory_is_read_and_left_as_it_is() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(True), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net.eval()
    reading = TorchNetwork(net).read()
    assert reading.architecture.notation == "c4b bn relu gap"
    assert not net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())
    check_agrees(net, reading)


def test_tied_and_shared_weights_are_seen_in_a_copy() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(1, 10, 1, bias=False), nn.Conv2d(10, 10, 1, bias=False)
            self.c = nn.Conv2d(10, 10, 1, bias=False)
            self.c.weight = self.b.weight

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.c(torch.relu(self.b(self.a(x)))).mean((2, 3))

    with pytest.raises(BadCode, match=r"b is used 2 times in forward"):
        TorchNetwork(Tied).read()


def test_what_is_done_otherwise_is_noted() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, eps=1e-3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    (note,) = TorchNetwork(net).read().notes
    assert note.endswith("BatchNorm2d (1) has eps 0.001, and `bn` has 1e-05")


def test_images_are_those_that_the_first_convolution_takes() -> None:
    def net(channels: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    assert TorchNetwork(net(1)).read().architecture.image == (1, 28, 28)
    assert TorchNetwork(net(3)).read().architecture.image == (3, 32, 32)
    assert TorchNetwork(net(3)).read((3, 17, 40)).architecture.image == (3, 17, 40)
    with pytest.raises(BadCode, match=r"Sequential: Conv2d \(0\) fails on images of 1x9x9"):
        TorchNetwork(net(3)).read((1, 9, 9))
