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
        "c10k5b mp relu c20k5b d2d0.5 mp relu flatten fc50b relu do0.5 fc10b",
    ),
    "1x1 convolutions that end in a view": (
        """
        class Net(nn.Module):
            def __init__(self, dropout=0.05):
                super().__init__()
                def block(i, o, k=3, p=0):
                    conv = nn.Conv2d(i, o, k, padding=p, bias=False)
                    return nn.Sequential(conv, nn.ReLU(), nn.BatchNorm2d(o), nn.Dropout(dropout))
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
        "3x32x32 c12k3p1 [ c12k3p1g12 bn relu c12k1 bn ] relu ap2 [ c12k3p1g12 bn relu c12k1 bn ] relu gap flatten "
        "fc10b",
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
        "c6b prelu c9b silu mp gap flatten fc7",
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
        "c5k3p1b [ c5k3p1b relu ] gap flatten fc10b bn",
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
        "c5k5b aap12 c10k1b gap",
    ),
    "strides, dilation, oblong kernels, groups and padding around": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Conv2d(1, 6, 3, stride=2, padding=1)
                self.b = nn.Conv2d(6, 6, (3, 1), padding=(1, 0), bias=False)
                self.c = nn.Conv2d(6, 6, (1, 3), stride=(1, 2), bias=False)
                self.d = nn.Conv2d(6, 9, 3, dilation=2, groups=3, padding="same")
                self.pad = nn.ZeroPad2d(2)
                self.e = nn.Conv2d(9, 10, 5, bias=False)

            def forward(self, x):
                x = self.d(F.leaky_relu(self.c(F.relu6(self.b(self.a(x)))), 0.2))
                return self.e(self.pad(x)).amax(dim=(2, 3))
        """,
        "c6k3s2p1b c6k3x1p1x0 relu6 c6k1x3s1x2 lrelu0.2 c9k3p2d2g3b c10k5p2 mp14x6",
    ),
    "every norm and activation": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.f = nn.Sequential(
                    nn.Conv2d(1, 8, 3), nn.GroupNorm(2, 8), nn.LeakyReLU(), nn.MaxPool2d(3, stride=2, padding=1),
                    nn.Conv2d(8, 8, 3), nn.GroupNorm(1, 8), nn.GELU(), nn.AvgPool2d(3, 1, 1),
                    nn.Conv2d(8, 8, 3), nn.InstanceNorm2d(8), nn.Hardswish(), nn.AdaptiveAvgPool2d(4),
                    nn.Conv2d(8, 8, 3), nn.LayerNorm([8, 2, 2]), nn.Tanh(), nn.InstanceNorm2d(8, affine=True),
                    nn.ReLU6(), nn.PReLU(), nn.Sigmoid(), nn.Hardtanh(0, 6))
                self.fc = nn.Sequential(nn.Linear(32, 9), nn.LayerNorm(9), nn.Linear(9, 10))

            def forward(self, x):
                return self.fc(self.f(x).flatten(start_dim=1))
        """,
        "c8b gn2 lrelu mp3s2p1 c8b ln gelu ap3s1p1 c8b in hswish aap4 c8b lne tanh gn8 relu6 prelu1 sigmoid relu6 "
        "flatten fc9b lne fc10b",
    ),
    "shortcuts that change the shape, by convolution and by pool": (
        """
        class Block(nn.Module):
            def __init__(self, inp, out, stride):
                super().__init__()
                self.main = nn.Sequential(nn.Conv2d(inp, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out))
                self.shortcut = nn.Sequential()
                if stride != 1 or inp != out:
                    self.shortcut = nn.Sequential(nn.Conv2d(inp, out, 1, stride, bias=False), nn.BatchNorm2d(out))

            def forward(self, x):
                return F.relu(self.shortcut(x) + self.main(x))

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.stem = nn.Conv2d(3, 8, 3)
                self.blocks = nn.Sequential(Block(8, 8, 1), Block(8, 12, 2))
                self.last = nn.Conv2d(12, 12, 3, 2, 1)

            def forward(self, x):
                x = self.blocks(self.stem(x))
                return (self.last(x) + F.max_pool2d(x, 3, 2, 1)).mean([-2, -1])
        """,
        "3x32x32 c8b [ c8k3p1 bn ] relu [ c12k1s2 bn | c12k3s2p1 bn ] relu [ c12k3s2p1b | mp3s2p1 ] gap",
    ),
    "dense blocks in three spellings, and branches side by side": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b, self.c = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 3, 3, padding=1), nn.Conv2d(7, 3, 1)
                self.d, self.e, self.f = nn.Conv2d(10, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 2, 3, 1, 1)
                self.head = nn.Conv2d(10, 10, 1)

            def forward(self, x):
                features = [self.a(x)]
                for layer in (self.b, self.c):
                    features.append(F.relu(layer(torch.cat(features, 1))))
                x = self.d(torch.cat(features, dim=1))
                x = torch.cat([self.e(x), F.avg_pool2d(x, 3, 1, 1), self.f(x)], dim=-3)
                return self.head(x).mean(dim=(2, 3))
        """,
        "c4b { c3k3p1b relu } { c3k1b relu } c4k1b { c4k1b | ap3s1p1 | c2k3p1b } c10k1b gap",
    ),
    "new maps in front, most recent first": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b, self.c = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 3, 3, padding=1), nn.Conv2d(7, 3, 1)

            def forward(self, x):
                x = self.a(x)
                y = self.b(x)
                z = self.c(torch.cat([y, x], 1))
                return torch.cat([z, y, x], 1).mean((2, 3))
        """,
        "c4b { c3k3p1b | ap1 } { c3k1b | ap1 } gap",
    ),
    "gates by convolutions and by fully connected layers": (
        """
        class SE(nn.Module):
            def __init__(self, c, r=4):
                super().__init__()
                self.avg_pool = nn.AdaptiveAvgPool2d(1)
                self.fc = nn.Sequential(
                    nn.Linear(c, c // r, bias=False), nn.ReLU(inplace=True),
                    nn.Linear(c // r, c, bias=False), nn.Sigmoid())

            def forward(self, x):
                b, c, _, _ = x.size()
                y = self.avg_pool(x).view(b, c)
                return x * self.fc(y).view(b, c, 1, 1).expand_as(x)

        class ECA(nn.Module):
            def __init__(self):
                super().__init__()
                self.avg_pool = nn.AdaptiveAvgPool2d(1)
                self.conv = nn.Conv1d(1, 1, kernel_size=3, padding=1, bias=False)
                self.sigmoid = nn.Sigmoid()

            def forward(self, x):
                y = self.avg_pool(x)
                y = self.conv(y.squeeze(-1).transpose(-1, -2)).transpose(-1, -2).unsqueeze(-1)
                return x * self.sigmoid(y).expand_as(x)

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.se, self.eca = nn.Conv2d(1, 8, 3), SE(8), ECA()
                self.down, self.up = nn.Conv2d(8, 3, 1), nn.Conv2d(3, 8, 1)

            def forward(self, x):
                x = self.eca(self.se(self.a(x)))
                s = x.mean((2, 3), keepdim=True)
                x = torch.sigmoid(self.up(F.relu(self.down(s)))) * x
                x = x * torch.sigmoid(x)
                return x.mean((2, 3))
        """,
        "c8b se2 eca3 se3b silu gap",
    ),
    "means that count their padding": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b = nn.Conv2d(1, 5, 4, stride=4), nn.Conv2d(5, 10, 1)
                self.pool = nn.AvgPool2d(7, padding=1)

            def forward(self, x):
                return F.avg_pool2d(self.b(self.pool(self.a(x))), 1).flatten(1)
        """,
        "c5k4s4b ap7p1 c10k1b gap",
    ),
    "in place, by layers, calls and operators": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b, self.fc = nn.Conv2d(1, 5, 3), nn.Conv2d(5, 5, 3, padding=1), nn.Linear(845, 10)
                self.bn, self.act = nn.BatchNorm2d(5), nn.ReLU(inplace=True)

            def forward(self, x):
                x = self.act(self.bn(self.a(x)))
                y = F.relu_(self.b(x))
                y += x
                x = F.max_pool2d(y.relu_(), 2)
                x = x.view(x.size(0), -1)
                return self.fc(F.dropout(F.silu(x, inplace=True), 0.5, self.training, True))
        """,
        "c5b bn relu [ c5k3p1b relu ] relu mp flatten silu do0.5 fc10b",
    ),
    "indices that add and take dimensions of one": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 10, 1)
                self.down, self.up = nn.Linear(8, 2), nn.Linear(2, 8)

            def forward(self, x):
                x = self.a(x[:])
                x = x * torch.sigmoid(self.up(F.relu(self.down(x.mean((2, 3))))))[:, :, None, None]
                x = self.b(x.mean((2, 3), keepdim=True))
                return x[..., 0, 0] if self.training else x[:, :, 0, -1]
        """,
        "c8b se2b gap c10k1b",
    ),
    "padding by nothing": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Conv2d(1, 5, 3, bias=False)
                self.b = nn.Conv2d(5, 10, 1, padding_mode="reflect", bias=False)

            def forward(self, x):
                return self.b(F.max_pool2d(F.pad(self.a(x), (0, 0, 0, 0)), 2)).mean((2, 3))
        """,
        "c5 mp c10k1 gap",
    ),
    "a view of log_softmax over classes": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Conv2d(1, 10, 28)

            def forward(self, x):
                return F.log_softmax(self.a(x), dim=-3).squeeze(-1).view(-1, 10)
        """,
        "c10k28b",
    ),
    "a mean over columns and one over rows, with all dimensions": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b = nn.Conv2d(1, 5, 3), nn.Conv2d(5, 10, 1)

            def forward(self, x):
                return self.b(self.a(x).mean(3, keepdim=True).mean(2, keepdim=True)).flatten(1)
        """,
        "c5b gap c10k1b",
    ),
    "images and constants that go to a device": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
                self.a, self.fc = nn.Conv2d(1, 5, 3), nn.Linear(5, 10)

            def forward(self, x):
                scale = torch.ones(x.size(0)).to(self.device, non_blocking=True)
                x = x.to(device=self.device)
                x = F.relu(self.a(x.to("cpu", torch.float32))).cpu()
                return self.fc(x.mean((2, 3)).to(self.device).to(scale.dtype))
        """,
        "c5b relu gap flatten fc10b",
    ),
    "one slope wherever maps or numbers are": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b, self.c = nn.Conv2d(1, 1, 3), nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3)
                self.prelu, self.pool = nn.PReLU(), nn.MaxPool2d(2)
                self.fc1, self.fc2 = nn.Linear(16 * 10 * 10, 20), nn.Linear(20, 10)

            def forward(self, x):
                x = self.pool(self.prelu(self.b(self.prelu(self.a(x)))))
                x = self.prelu(self.c(x))
                x = self.prelu(self.fc1(x.view(x.size(0), -1)))
                return self.fc2(x)
        """,
        "c1b prelu1 c8b =prelu1 mp c16b =prelu1 flatten fc20b =prelu1 fc10b",
    ),
    "one separable convolution used three times": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.stem = nn.Conv2d(1, 10, 3)
                self.separable = nn.Sequential(
                    nn.Conv2d(10, 10, 3, padding=1, groups=10, bias=False), nn.Conv2d(10, 10, 1), nn.BatchNorm2d(10))

            def forward(self, x):
                x = self.stem(x)
                for _ in range(3):
                    x = F.relu(self.separable(x))
                return torch.flatten(F.avg_pool2d(x, x.shape[2:]), 1)
        """,
        "c10b c10k3p1g10 c10k1b bn relu =conv2 =conv3 =bn1 relu =conv2 =conv3 =bn1 relu gap",
    ),
    "softmax of log_softmax, which is softmax": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Conv2d(1, 10, 3)

            def forward(self, x):
                return F.softmax(F.log_softmax(self.a(x).mean((2, 3)), 1), 1)
        """,
        "c10b gap",
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


def test_tied_weights_are_a_layer_that_is_used_again() -> None:
    class Tied(nn.Module):
        def __init__(self, *, bias: bool) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(1, 10, 1, bias=False), nn.Conv2d(10, 10, 1, bias=False)
            self.c = nn.Conv2d(10, 10, 1, bias=bias)
            self.c.weight = self.b.weight

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.c(torch.relu(self.b(self.a(x)))).mean((2, 3))

    tied = Tied(bias=False)
    reading = TorchNetwork(tied).read()
    assert reading.architecture.notation == "c10k1 c10k1 relu =conv2 gap"
    check_agrees(tied, reading)
    with pytest.raises(BadCode, match=r"Tied: b is used 2 times in layers that differ"):
        TorchNetwork(Tied(bias=True)).read()


def test_images_are_those_that_the_first_convolution_takes() -> None:
    def net(channels: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    assert TorchNetwork(net(1)).read().architecture.image == (1, 28, 28)
    assert TorchNetwork(net(3)).read().architecture.image == (3, 32, 32)
    assert TorchNetwork(net(3)).read((3, 17, 40)).architecture.image == (3, 17, 40)
    with pytest.raises(BadCode, match=r"Sequential: Conv2d \(0\) fails on images of 1x9x9"):
        TorchNetwork(net(3)).read((1, 9, 9))


class Lazy(nn.Module):
    """Whose layers take as much as comes first."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.bn, self.fc = nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.LazyLinear(10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(torch.relu(self.bn(self.a(x))).amax((2, 3)))


class Counting(nn.Module):
    """Which does otherwise the second time."""

    def __init__(self) -> None:
        super().__init__()
        self.times, self.a = 0, nn.Conv2d(1, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.times += 1
        x = self.a(x)
        return (x if self.times == 1 else torch.relu(x)).mean((2, 3))


@pytest.mark.parametrize(
    ("kind", "notation"), [(Lazy, "c4b bn relu mp{} flatten fc10b"), (Counting, "c4b gap")], ids=["lazy", "counting"]
)
def test_a_module_that_a_run_changes_is_read_anew_each_time(kind: type[nn.Module], notation: str) -> None:
    network = TorchNetwork(kind)
    assert network.read().architecture.notation == notation.format(26)
    assert network.read((1, 32, 32)).architecture.notation == f"1x32x32 {notation.format(30)}"
    assert network.read().architecture.notation == notation.format(26)
    if kind is Lazy:
        assert network.read((3, 32, 32)).architecture.image == (3, 32, 32)
